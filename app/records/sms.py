"""Record types of the SMS diary: subscriptions, the outbox, inbound texts, links."""

from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import Guardianship, SmsInbound, SmsMessage, SmsSubscription
from app.records.checks import AROUND, write_phone
from app.records.record_type import RecordType
from app.records.timetable import WEEKDAYS
from app.session.actors import Actor
from app.session.owners import related
from app.words import _

SMS = _("SMS diary")
READ_TEXTS = ("can_read_text", "sms_message")  # texts tell marks: not everybody who minds the outbox reads them
WHEN = {"at_once": _("at once"), "digest": _("in the digest"), "never": _("never")}

STATE_WORDS = {
    "queued": _("waiting"),
    "claimed": _("taken by the gateway"),
    "sending": _("being sent"),
    "accepted": _("accepted by the operator"),
    "delivered": _("delivered"),
    "undeliverable": _("not delivered"),
    "expired": _("expired"),
    "rejected": _("refused by the operator"),
    "uncertain": _("uncertain"),
    "cancelled": _("cancelled"),
}
INBOUND_WORDS = {
    "new": _("new"),
    "handled": _("answered"),
    "stranger": _("stranger"),
    "refused": _("refused"),
}
KIND_WORDS = {
    "code": _("code"),
    "urgent": _("urgent"),
    "reply": _("answer"),
    "immediate": _("at once"),
    "digest": _("digest"),
    "weekly": _("weekly summary"),
}


def _writes_subscription(actor: Actor, subscription: Any) -> bool:
    return actor.runs(subscription.school_id) or subscription.guardian_id in actor.own_guardian_ids


def _fill_subscription(session: Session, subscription: SmsSubscription) -> None:
    """A number that the guardian has confirmed is confirmed here too; another one is not."""
    write_phone(session, subscription)
    state = inspect(subscription)
    decides = ("phone", "guardian", "guardian_id")
    if state.persistent and not any(state.attrs[name].history.has_changes() for name in decides):
        return
    guardian = related(session, subscription, "guardian")
    same = guardian is not None and guardian.phone == subscription.phone
    subscription.phone_confirmed_at = guardian.phone_confirmed_at if same else None


def _check_subscription(session: Session, subscription: SmsSubscription) -> None:
    if subscription.status == "stopped" and inspect(subscription).persistent:
        return  # whoever has no right to it any more may still end it
    query = select(Guardianship.id).where(
        Guardianship.guardian_id == subscription.guardian_id,
        Guardianship.student_id == subscription.student_id,
        Guardianship.barred.is_(False),
    )
    if session.scalars(query.limit(1), execution_options=AROUND).first() is None:
        raise InvalidInput("student", "guardian.not_of_student")
    if subscription.longest_parts is not None and not 1 <= subscription.longest_parts <= 10:
        raise InvalidInput("longest_parts", "number", lowest=1, highest=10)
    if not set(subscription.digest_days) <= set(range(1, 8)):
        raise InvalidInput("digest_days", "number", lowest=1, highest=7)


SMS_SUBSCRIPTIONS = RecordType(
    model=SmsSubscription,
    title=_("Subscriptions"),
    one=_("Subscription"),
    menu=SMS,
    columns=("guardian", "student", "phone", "status", "marks", "absences", "digest_at"),
    fields=(
        "guardian",
        "student",
        "phone",
        "status",
        "language",
        "script",
        "longest_parts",
        "marks",
        "absences",
        "remarks",
        "homework",
        "announcements",
        "digest_at",
        "digest_days",
    ),
    detail=(
        "guardian",
        "student",
        "phone",
        "phone_confirmed_at",
        "status",
        "language",
        "script",
        "longest_parts",
        "marks",
        "absences",
        "remarks",
        "homework",
        "announcements",
        "digest_at",
        "digest_days",
    ),
    search=("guardian.surname", "student.surname", "phone"),
    choices={
        "status": {"active": _("active"), "paused": _("paused"), "stopped": _("stopped")},
        "language": {"ru": _("Russian"), "en": _("English")},
        "script": {"cyrillic": _("Cyrillic letters"), "latin": _("Latin letters (shorter bill)")},
        "marks": WHEN,
        "absences": WHEN,
        "remarks": WHEN,
        "homework": WHEN,
        "announcements": WHEN,
        "digest_days": WEEKDAYS,
    },
    labels={"longest_parts": _("Longest text, parts")},
    help={
        "phone": _("Nothing is sent before the phone is confirmed by its owner."),
        "longest_parts": _(
            "1–10: what does not fit is counted (“and 3 more in the diary”). Empty: another text follows."
        ),
    },
    groups=(
        (_("Whom and where to"), ("guardian", "student", "phone", "status")),
        (_("How it is said"), ("language", "script", "longest_parts")),
        (_("What is told and when"), ("marks", "absences", "remarks", "homework", "announcements")),
        (_("The digest"), ("digest_at", "digest_days")),
    ),
    inline=("status", "digest_at"),
    bulk=("status", "digest_at", "script"),
    writes=_writes_subscription,
    fill=_fill_subscription,
    check=_check_subscription,
)

SMS_MESSAGES = RecordType(
    model=SmsMessage,
    title=_("Outbox"),
    one=_("Text message"),
    menu=SMS,
    columns=("id", "phone", "kind", "state", "parts", "body", "error", "created_at", "submitted_at", "done_at"),
    detail=(
        "id", "phone", "kind", "state", "parts", "body", "error", "error_code", "attempts", "guardian", "link",
        "created_at", "due_at", "expires_at", "submitted_at", "done_at", "trace",
    ),
    search=("phone",),
    filters=("phone", "kind", "state", "created_at"),
    order=("-id",),
    choices={"state": STATE_WORDS, "kind": KIND_WORDS},
    labels={"error_code": _("Error code"), "trace": _("Trace")},
    guarded={"body": READ_TEXTS},
    watched=False,
)  # fmt: skip

SMS_INBOUND = RecordType(
    model=SmsInbound,
    title=_("Inbound texts"),
    one=_("Inbound text"),
    menu=SMS,
    columns=("id", "phone", "to", "body", "state", "received_at"),
    search=("phone",),
    filters=("phone", "state", "received_at"),
    order=("-id",),
    choices={"state": INBOUND_WORDS},
    guarded={"body": READ_TEXTS},
    watched=False,
)
