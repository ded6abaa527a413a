"""Words that several record types of the journal share."""

from app.words import _

JOURNAL = _("Journal")
