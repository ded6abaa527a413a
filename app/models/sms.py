"""The way of a fact to a phone: notices, subscriptions, deliveries, the outbox."""

from datetime import time
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.sms_states import KINDS, STATES
from app.models.base import Code, Moment, Now, OfFamily, OfNobody, OfOffice, Phone, Small, Table, Versioned, to_one
from app.models.people import Guardian, Student
from app.models.sms_links import SmsLink


class Notice(OfNobody, Table):
    """One fact that families should know: the key of the record it is about, not its words."""

    __tablename__ = "notice"
    __table_args__ = (
        Index("notices_without_deliveries", "id", postgresql_where=text("delivered_at IS NULL")),
        Index("notices_of_a_record", "record", "record_id"),
        Index("notices_of_a_student", "student_id", "id"),
        Index("notices_of_a_class", "school_class_id", "id", postgresql_where=text("student_id IS NULL")),
        Index(
            "notices_of_a_school",
            "school_id",
            "id",
            postgresql_where=text("student_id IS NULL AND school_class_id IS NULL"),
        ),
    )

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    record: Mapped[str] = mapped_column(String(40))  # mark, absence, remark, homework, announcement, …
    record_id: Mapped[int]
    action: Mapped[Code]  # added, changed, deleted
    urgent: Mapped[bool] = mapped_column(default=False)
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))
    school_class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id"))  # neither: the whole school
    subgroup_id: Mapped[int | None] = mapped_column(ForeignKey("subgroup.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))  # whose act it was
    was: Mapped[dict[str, object] | None] = mapped_column(JSONB)  # of a deleted record: the words that told it
    trace: Mapped[str] = mapped_column(String(40), default="")
    happened_at: Mapped[Now]
    delivered_at: Mapped[Moment | None]  # when its deliveries were made


class SmsSubscription(OfFamily, Versioned, Table):
    """A guardian's wish to hear of a child by SMS: what, when, in which words."""

    __tablename__ = "sms_subscription"
    __table_args__ = (
        Index(
            "one_subscription_in_force_for_a_guardian_and_student",
            "guardian_id",
            "student_id",
            unique=True,
            postgresql_where=text("status <> 'stopped'"),
        ),
        Index("subscriptions_of_a_student", "student_id"),
        Index("subscriptions_of_a_phone", "phone"),
        CheckConstraint("status IN ('active', 'paused', 'stopped')", name="a_subscription_is_active_paused_or_stopped"),
        CheckConstraint("longest_parts BETWEEN 1 AND 10", name="a_text_has_one_to_ten_parts"),
        CheckConstraint("detail IN ('full', 'counts', 'absences')", name="a_subscription_tells_so_much"),
    )
    school_from = "student"

    phone: Mapped[Phone]
    phone_confirmed_at: Mapped[Moment | None]  # nothing is sent before
    status: Mapped[Code] = mapped_column(default="active")
    language: Mapped[Code] = mapped_column(default="ru")  # ru, en
    script: Mapped[Code] = mapped_column(default="cyrillic")  # cyrillic, latin
    marks: Mapped[Code] = mapped_column(default="digest")  # at_once, digest, never; so those below
    absences: Mapped[Code] = mapped_column(default="at_once")
    remarks: Mapped[Code] = mapped_column(default="digest")
    homework: Mapped[Code] = mapped_column(default="digest")
    announcements: Mapped[Code] = mapped_column(default="digest")
    debts: Mapped[Code] = mapped_column(default="digest", server_default="digest")
    term_marks: Mapped[Code] = mapped_column(default="digest", server_default="digest")
    timetable: Mapped[Code] = mapped_column(default="never", server_default="never")  # changes of it
    reminders: Mapped[Code] = mapped_column(default="never", server_default="never")
    low_marks_at_once: Mapped[bool] = mapped_column(default=False, server_default="false")  # others wait
    detail: Mapped[Code] = mapped_column(default="full", server_default="full")  # full, counts, absences
    quiet_from: Mapped[time | None]  # the family's own, beside the school's and in its time zone
    quiet_until: Mapped[time | None]
    longest_parts: Mapped[int | None] = mapped_column(SmallInteger)  # what does not fit is counted; None: more texts
    digest_at: Mapped[time] = mapped_column(default=time(18, 0))  # in the school's time zone
    digest_days: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), default=lambda: [1, 2, 3, 4, 5, 6])  # ISO
    channels: Mapped[list[str]] = mapped_column(  # what comes by other channels: sms_presets.wish
        ARRAY(String(40)), default=list, server_default="{}"
    )
    email_fallback: Mapped[bool] = mapped_column(default=False, server_default="false")  # what did not arrive, by mail

    guardian: Mapped[Guardian] = to_one()
    student: Mapped[Student] = to_one()

    def __str__(self) -> str:
        return f"{self.guardian} – {self.student}"


class SmsDelivery(OfNobody, Table):
    """A notice on its way to one phone: by a subscription or, for urgent news, by the guardian's consent."""

    __tablename__ = "sms_delivery"
    __table_args__ = (
        UniqueConstraint(
            "notice_id",
            "subscription_id",
            "guardian_id",
            "channel",
            name="a_notice_goes_once_to_a_subscription",
            postgresql_nulls_not_distinct=True,
        ),
        Index("deliveries_due", "due_at", "subscription_id", postgresql_where=text("state = 'due'")),
        Index("deliveries_of_a_record", "subscription_id", "record", "record_id"),
        Index("deliveries_of_a_message", "sms_message_id"),
        Index("deliveries_of_a_guardian", "guardian_id"),
        Index("deliveries_by_other_channels", "message_id", "channel", postgresql_where=text("message_id IS NOT NULL")),
        Index("deliveries_held", "school_id", "held_at", postgresql_where=text("held_at IS NOT NULL")),
    )

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("sms_subscription.id"))
    guardian_id: Mapped[int] = mapped_column(ForeignKey("guardian.id"))
    record: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    channel: Mapped[Code] = mapped_column(default="sms", server_default="sms")  # app/services/channels
    kind: Mapped[Code]  # urgent, immediate, digest
    state: Mapped[Code] = mapped_column(default="due")  # due, told, superseded, dropped
    due_at: Mapped[Moment]
    sms_message_id: Mapped[int | None] = mapped_column(ForeignKey("sms_message.id"))
    message_id: Mapped[int | None] = mapped_column(BigInteger)  # of another channel, in its own outbox
    read_at: Mapped[Moment | None]  # when its reader said so
    told: Mapped[str | None] = mapped_column(String(100))  # the value that the text named, for a later correction
    held_at: Mapped[Moment | None]  # when a budget or the family's cap put it off
    held_for: Mapped[Code | None]  # budget, family; stale: it was of no use any more when it could go
    created_at: Mapped[Now]

    notice: Mapped[Notice] = to_one()
    subscription: Mapped[SmsSubscription | None] = to_one()
    guardian: Mapped[Guardian] = to_one()


class SmsMessage(OfOffice, Table):
    """One row of the outbox; app/domain/sms_states.py draws its states."""

    __tablename__ = "sms_message"
    __table_args__ = (
        CheckConstraint(f"state IN {STATES!r}", name="an_sms_message_has_a_known_state"),
        CheckConstraint(f"kind IN {KINDS!r}", name="an_sms_message_has_a_known_kind"),
        Index("messages_to_claim", "priority", "due_at", "id", postgresql_where=text("state = 'queued'")),
        Index(
            "messages_under_way",
            "state",
            "claimed_until",
            postgresql_where=text("state IN ('claimed', 'sending', 'uncertain')"),
        ),
        Index(
            "messages_of_one_link_to_claim",
            "only_link_id",
            postgresql_where=text("state = 'queued' AND only_link_id IS NOT NULL"),
        ),
        Index(
            "messages_not_delivered",
            "done_at",
            postgresql_where=text("state IN ('undeliverable', 'expired', 'rejected')"),
        ),
        Index("messages_to_a_phone", "phone", "id"),
        Index("messages_of_a_school", "school_id", "id"),
        Index("messages_of_a_day", "created_at", postgresql_using="brin"),
    )

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))  # messages_of_a_school begins with it
    phone: Mapped[Phone]
    body: Mapped[str] = mapped_column(Text)
    kind: Mapped[Code]
    priority: Mapped[Small]  # place of the kind in KINDS
    state: Mapped[Code] = mapped_column(default="queued")
    parts: Mapped[Small] = mapped_column(default=1)  # segments
    cost: Mapped[Decimal | None] = mapped_column(Numeric(12, 4))  # a forecast until it is submitted; none: no tariff
    error: Mapped[str | None] = mapped_column(String(200))
    error_code: Mapped[int | None]  # SMPP command_status, or the receipt's err
    attempts: Mapped[Small] = mapped_column(default=0)
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id"))
    subscription_id: Mapped[int | None] = mapped_column(ForeignKey("sms_subscription.id"))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("sms_link.id"))  # by which it was submitted
    only_link_id: Mapped[int | None] = mapped_column(ForeignKey("sms_link.id"))  # of a test: by no other
    claimed_by: Mapped[str | None] = mapped_column(String(60))
    claimed_until: Mapped[Moment | None]
    due_at: Mapped[Now]  # not submitted before
    expires_at: Mapped[Moment]  # not submitted after
    created_at: Mapped[Now]
    submitted_at: Mapped[Moment | None]
    done_at: Mapped[Moment | None]
    trace: Mapped[str] = mapped_column(String(40), default="")

    guardian: Mapped[Guardian | None] = to_one()
    link: Mapped[SmsLink | None] = to_one(foreign_keys=link_id)

    def __str__(self) -> str:
        return f"{self.phone} · {self.state}"


class SmsPart(OfNobody, Table):
    """One SMPP message: a segment of a message, with the SMSC's id of it."""

    __tablename__ = "sms_part"
    __table_args__ = (
        UniqueConstraint("message_id", "attempt", "number", name="a_message_has_each_part_once_an_attempt"),
        Index("parts_by_smsc_id", "link_id", "smsc_id"),
        Index("parts_uncertain", "submitted_at", postgresql_where=text("state = 'uncertain'")),
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("sms_message.id", ondelete="CASCADE"))
    number: Mapped[Small]  # from 1
    attempt: Mapped[Small]  # from 1
    link_id: Mapped[int]  # the message's, whose foreign key is checked: the gateway's busiest statement need not again
    state: Mapped[Code] = mapped_column(default="sending")  # sending, accepted, delivered, undeliverable, …
    smsc_id: Mapped[str | None] = mapped_column(String(70))  # as the SMSC wrote it, without leading zeros, lower case
    error_code: Mapped[int | None]
    created_at: Mapped[Now]
    submitted_at: Mapped[Moment | None]
    done_at: Mapped[Moment | None]


class SmsReceipt(OfNobody, Table):
    """A receipt that matched no part when it came; tried again after later answers."""

    __tablename__ = "sms_receipt"
    __table_args__ = (Index("receipts_to_match", "received_at", postgresql_where=text("matched_at IS NULL")),)

    link_id: Mapped[int] = mapped_column(ForeignKey("sms_link.id"))
    smsc_id: Mapped[str] = mapped_column(String(70))
    phone: Mapped[str] = mapped_column(String(21))
    state: Mapped[Code]
    error_code: Mapped[int | None]
    text: Mapped[str] = mapped_column(String(300), default="")
    received_at: Mapped[Now]
    matched_at: Mapped[Moment | None]
