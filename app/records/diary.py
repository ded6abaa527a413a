"""Record types of the diary: signatures, absence notices, reminders. Families write them on the diary's own pages."""

from typing import Any

from app.models import AbsenceNotice, Reminder, WeekSignature
from app.records.announcements import WAYS
from app.records.checks import in_order
from app.records.journal_words import JOURNAL
from app.records.record_type import RecordType
from app.records.telling import absence_notice_told, reminder_told
from app.session.actors import Actor
from app.words import _

NOTICE_REASONS = {
    "ill": _("ill"),
    "family": _("for family reasons"),
    "event": _("competition or event"),
    "other": _("another valid reason"),
}
NOTICE_STATES = {
    "sent": _("sent, not answered yet"),
    "accepted": _("accepted"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
}
REMINDER_KINDS = {
    "sign": _("sign the week"),
    "day": _("lessons of the next day"),
    "test": _("planned control work"),
    "meeting": _("invitation to a meeting"),
    "soon": _("meeting in a few hours"),
}
MEANS = {"password": _("by password"), "sms": _("by a code from an SMS")}


def _signs(actor: Actor, signature: Any) -> bool:
    """A guardian for an own child, in the own name."""
    return signature.guardian_id in actor.own_guardian_ids and signature.student_id in actor.child_ids


def _sends(actor: Actor, notice: Any) -> bool:
    """A guardian for an own child; what was answered is changed on the answerer's word (app/services/absences.py)."""
    is_own = notice.guardian_id in actor.own_guardian_ids and notice.student_id in actor.child_ids
    return is_own and notice.state in ("sent", "withdrawn")


WEEK_SIGNATURES = RecordType(
    model=WeekSignature,
    title=_("Signatures of weeks"),
    one=_("Signature of a week"),
    menu=JOURNAL,
    columns=("student", "monday", "guardian", "signed_at", "means"),
    detail=("student", "monday", "guardian", "signed_at", "means", "content_hash"),
    search=("student.surname", "guardian.surname"),
    filters=("student", "guardian", "monday", "signed_at"),
    order=("-monday", "-id"),
    choices={"means": MEANS},
    labels={
        "monday": _("Week from Monday"),
        "content_hash": _("Hash of what was signed"),
        "signed_at": _("Signed"),
    },
    secret=("parts",),
    writes=_signs,
    adds=False,
    deletes=False,
)

ABSENCE_NOTICES = RecordType(
    model=AbsenceNotice,
    title=_("Absence notices"),
    one=_("Absence notice"),
    menu=JOURNAL,
    columns=("student", "begins_on", "ends_on", "reason", "state", "sent_at"),
    detail=(
        "student", "begins_on", "ends_on", "reason", "comment", "state", "answer", "sent_at", "way", "decided_at",
        "decided_by",
    ),
    search=("student.surname", "comment"),
    filters=("student", "state", "reason", "begins_on", "ends_on"),
    order=("-begins_on", "-id"),
    choices={"reason": NOTICE_REASONS, "state": NOTICE_STATES, "way": WAYS},
    labels={
        "answer": _("Answer of the school"),
        "decided_at": _("Answered"),
        "decided_by": _("Answered by"),
        "sent_at": _("Sent"),
        "way": _("How"),
    },
    secret=("guardian_id",),  # who sees the student need not see the guardian; the author stands in the history
    volatile=("filled_to",),
    writes=_sends,
    adds=False,
    deletes=False,
    check=in_order("begins_on", "ends_on"),
    notice=absence_notice_told,
)  # fmt: skip

REMINDERS = RecordType(
    model=Reminder,
    title=_("Reminders"),
    one=_("Reminder"),
    menu=JOURNAL,
    columns=("student", "kind", "about_on", "text", "made_at"),
    search=("student.surname",),
    filters=("student", "kind", "about_on"),
    order=("-id",),
    choices={"kind": REMINDER_KINDS},
    volatile=("about_at",),  # the text tells it
    labels={"about_on": _("About the day"), "made_at": _("Reminded")},
    adds=False,
    deletes=False,
    notice=reminder_told,
)
