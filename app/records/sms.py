"""Record types of the SMS diary: subscriptions, the outbox, inbound texts, links."""

from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.phones import check_country
from app.domain.sms_presets import KINDS, REMINDERS, check_wishes, wish
from app.models import AccountContact, Guardianship, SmsInbound, SmsMessage, SmsSubscription
from app.records.checks import AROUND, write_phone
from app.records.record_type import RecordType
from app.records.timetable import WEEKDAYS
from app.records.words import LABELS
from app.services.channels import channel_named, further
from app.services.contact_changes import tell_removed
from app.services.numbers import free_number
from app.services.settings import rules_of
from app.session.actors import Actor
from app.session.declarations import Change
from app.session.owners import related
from app.words import _, sms_kinds

SMS = _("SMS diary")
WISHES = (*KINDS, "reminders", "detail", "digest_at", "digest_days", "quiet_from", "quiet_until", "channels")
READ_TEXTS = ("can_read_text", "sms_message")  # texts tell marks: not everybody who minds the outbox reads them
DETAILS = {
    "full": _("everything: “maths 5 (test)”"),
    "counts": _("how many: “3 new marks, see the diary”"),
    "absences": _("absences only"),
}
KIND_LABELS = {
    "debts": _("Debts"), "term_marks": _("Term marks"), "timetable": _("Changes of the timetable"),
}  # fmt: skip
KIND_TITLES = {kind: LABELS.get(kind) or KIND_LABELS[kind] for kind in (*KINDS, *REMINDERS)}
BY_CHANNELS = "channels"
WHEN = {"at_once": _("at once"), "digest": _("in the digest"), "never": _("never")}
CHANNELS = {
    wish(channel.name, kind, when): _(
        "{kind}: {channel}, {when}", kind=KIND_TITLES[kind], channel=channel.title, when=WHEN[when]
    )
    for channel in further()
    for kind in channel.kinds
    for when in ("digest", "at_once")
}

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
KIND_WORDS = sms_kinds.KIND_WORDS


def _writes_subscription(actor: Actor, subscription: Any) -> bool:
    return actor.runs(subscription.school_id) or subscription.guardian_id in actor.own_guardian_ids


def _fill_subscription(session: Session, subscription: SmsSubscription) -> None:
    """A number that the guardian has confirmed, at school or in the account, is confirmed here; another one is not."""
    write_phone(session, subscription)
    state = inspect(subscription)
    decides = ("phone", "guardian", "guardian_id")
    if state.persistent and not any(state.attrs[name].history.has_changes() for name in decides):
        return
    guardian = related(session, subscription, "guardian")
    at_school = guardian.phone_confirmed_at if guardian is not None and guardian.phone == subscription.phone else None
    subscription.phone_confirmed_at = at_school or _confirmed_in_account(session, guardian, subscription.phone)


def _confirmed_in_account(session: Session, guardian: Any, phone: str) -> Any:
    if guardian is None or guardian.user_id is None:
        return None
    query = select(AccountContact.confirmed_at).where(
        AccountContact.user_id == guardian.user_id, AccountContact.address == phone,
        AccountContact.confirmed_at.is_not(None),
    )  # fmt: skip
    return session.scalars(query.limit(1), execution_options=AROUND).first()


def _tell_old_phone(change: Change) -> None:
    """A confirmed phone that news went to hears that another one took its place; one confirmed anew is free again."""
    was, now = change.was, change.record
    if change.action != "deleted" and "phone_confirmed_at" in change.fields and now.phone_confirmed_at is not None:
        free_number(change.session, now.guardian_id, now.phone, "code")
    if change.action == "changed" and "phone" in change.fields and was.phone_confirmed_at is not None:
        tell_removed(change.session, change.record.school_id, [was.phone])


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
    if subscription.status == "active":
        check_wishes({name: getattr(subscription, name) for name in WISHES})
        _check_country(session, subscription)
        _check_channels(session, subscription)


def _check_country(session: Session, subscription: SmsSubscription) -> None:
    """A number that no text may go to is refused where it is typed, and not when the first text would go."""
    if inspect(subscription).attrs["phone"].history.has_changes() and subscription.phone:
        rules = rules_of(session, {subscription.school_id})[subscription.school_id]
        check_country(subscription.phone, rules.values["sms_countries"])


def _check_channels(session: Session, subscription: SmsSubscription) -> None:
    """What is chosen exists, and somebody can be reached by it."""
    if not inspect(subscription).attrs["channels"].history.has_changes():
        return
    if wrong := sorted(set(subscription.channels) - CHANNELS.keys()):
        raise InvalidInput("channels", "choice", allowed=", ".join(CHANNELS), given=", ".join(wrong))
    for name in dict.fromkeys(one.partition(":")[0] for one in subscription.channels):
        channel = channel_named(name)
        if channel is not None and not channel.can_reach(session, subscription):
            raise InvalidInput(BY_CHANNELS, channel.unreachable)


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
        "detail",
        "longest_parts",
        "marks",
        "absences",
        "remarks",
        "homework",
        "announcements",
        "debts",
        "term_marks",
        "timetable",
        "reminders",
        "low_marks_at_once",
        "digest_at",
        "digest_days",
        "quiet_from",
        "quiet_until",
        "channels",
        "email_fallback",
    ),
    detail=(
        "guardian",
        "student",
        "phone",
        "phone_confirmed_at",
        "status",
        "language",
        "script",
        "detail",
        "longest_parts",
        "marks",
        "absences",
        "remarks",
        "homework",
        "announcements",
        "debts",
        "term_marks",
        "timetable",
        "reminders",
        "low_marks_at_once",
        "digest_at",
        "digest_days",
        "quiet_from",
        "quiet_until",
        "channels",
        "email_fallback",
    ),
    search=("guardian.surname", "student.surname", "phone"),
    choices={
        "status": {"active": _("active"), "paused": _("paused"), "stopped": _("stopped")},
        "language": {"ru": _("Russian"), "en": _("English")},
        "script": {"cyrillic": _("Cyrillic letters"), "latin": _("Latin letters (shorter bill)")},
        "detail": DETAILS,
        "marks": WHEN,
        "absences": WHEN,
        "remarks": WHEN,
        "homework": WHEN,
        "announcements": WHEN,
        "debts": WHEN,
        "term_marks": WHEN,
        "timetable": WHEN,
        "reminders": WHEN,
        "digest_days": WEEKDAYS,
        "channels": CHANNELS,
    },
    labels={
        "email_fallback": _("What does not arrive comes by e-mail"),
        "detail": _("How much is told"),
        "longest_parts": _("Longest text, parts"),
        "quiet_from": _("No texts from"),
        "quiet_until": _("No texts until"),
        **KIND_LABELS,
        "low_marks_at_once": _("A mark of 2 or lower at once"),
        "channels": _("By other ways too"),
    },
    help={
        "phone": _("Nothing is sent before the phone is confirmed by its owner."),
        "longest_parts": _(
            "1–10: what does not fit is counted (“and 3 more in the diary”). Empty: another text follows."
        ),
        "quiet_from": _("Besides the school’s quiet hours. Urgent texts, codes and answers come at any hour."),
        "channels": _("The digest comes in the same hour as that of the texts."),
    },
    groups=(
        (_("Whom and where to"), ("guardian", "student", "phone", "status")),
        (_("How it is said"), ("language", "script", "detail", "longest_parts")),
        (_("What is told and when"), (*KINDS, "reminders", "low_marks_at_once")),
        (_("The digest"), ("digest_at", "digest_days")),
        (_("Own quiet hours"), ("quiet_from", "quiet_until")),
        (_("Besides the texts"), ("channels", "email_fallback")),
    ),
    inline=("status", "digest_at"),
    bulk=("status", "digest_at", "script"),
    writes=_writes_subscription,
    fill=_fill_subscription,
    check=_check_subscription,
    follows=_tell_old_phone,
)

SMS_MESSAGES = RecordType(
    model=SmsMessage,
    title=_("Outbox"),
    one=_("Text message"),
    menu=SMS,
    columns=("id", "phone", "kind", "state", "parts", "cost", "body", "error", "created_at", "submitted_at", "done_at"),
    detail=(
        "id", "phone", "kind", "state", "parts", "cost", "body", "error", "error_code", "attempts", "guardian", "link",
        "created_at", "due_at", "expires_at", "submitted_at", "done_at", "trace",
    ),
    search=("phone",),
    filters=("phone", "kind", "state", "created_at"),
    order=("-id",),
    choices={"state": STATE_WORDS, "kind": KIND_WORDS},
    labels={"error_code": _("Error code"), "trace": _("Trace"), "cost": _("Cost")},
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
