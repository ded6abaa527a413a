"""What each kind of text is called."""

from app.words import _

KIND_WORDS = {
    "code": _("code"),
    "urgent": _("urgent"),
    "reply": _("answer"),
    "immediate": _("at once"),
    "digest": _("digest"),
    "weekly": _("weekly summary"),
}
