"""Record types of oversight: closed terms that the head has opened, and what somebody did not do themselves."""

from app.models import Incident, TermUnlock
from app.records.record_type import RecordType
from app.records.school import SCHOOL, office
from app.records.unlocking import check_unlock
from app.words import _

TERM_UNLOCKS = RecordType(
    model=TermUnlock,
    title=_("Opened terms"),
    one=_("Opened term"),
    menu=SCHOOL,
    columns=("term", "staff", "school_class", "subject", "closes_at", "reason", "opened_by"),
    detail=("term", "staff", "school_class", "subject", "opens_at", "closes_at", "reason", "opened_by"),
    search=("reason",),
    filters=("term", "staff", "school_class", "closes_at"),
    order=("-closes_at",),
    labels={
        "staff": _("For whom"),
        "opens_at": _("Open from"),
        "closes_at": _("Open until"),
        "opened_by": _("Opened by"),
    },
    writes=office,
    check=check_unlock,
)  # made on a page of its own, which asks for the password: app/pages/unlocks.py

INCIDENTS = RecordType(
    model=Incident,
    title=_("Incidents"),
    one=_("Incident"),
    menu=SCHOOL,
    columns=("happened_at", "person", "about", "state", "note"),
    fields=("state", "note"),
    detail=("happened_at", "kind", "person", "about", "state", "note"),
    search=("person", "about", "note"),
    filters=("state", "happened_at"),
    order=("-id",),
    choices={
        "state": {"open": _("not settled"), "closed": _("settled")},
        "kind": {"not_me": _("“it was not me”"), "chain": _("the history is broken")},
    },
    labels={
        "about": _("What it is about"),
        "note": _("What was found out"),
        "person": _("Whose account"),
        "happened_at": _("Reported"),
    },
    inline=("state", "note"),
    bulk=("state",),
    adds=False,
    deletes=False,
    writes=office,
)
