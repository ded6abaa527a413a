"""What the watch over the SMS line looks at and raises: codes that were sent and used, and its alarms."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfNobody, Phone, Small, Table


class SmsCode(OfNobody, Table):
    """That a code went to a phone, and whether it was used; not the code. Kept for a month."""

    __tablename__ = "sms_code"
    __table_args__ = (
        Index("codes_to_a_phone", "phone", "sent_at"),
        Index("codes_of_a_school", "school_id", "sent_at"),
        Index("codes_of_an_account", "user_id", "sent_at"),
        Index("a_code_opens_one_door", "opens", unique=True),
    )

    school_id: Mapped[int | None] = mapped_column(ForeignKey("school.id"))
    phone: Mapped[Phone]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))  # on whose word
    opens: Mapped[str] = mapped_column(String(40))  # such as "token:17" or "request:4"
    parts: Mapped[Small]  # segments, which is what it costs
    is_known: Mapped[bool]  # the phone had been confirmed before
    sent_at: Mapped[Now]
    used_at: Mapped[Moment | None]


class SmsAlarm(OfNobody, Table):
    """Something is wrong with the line, from a moment on until it is over or the operator ends it."""

    __tablename__ = "sms_alarm"
    __table_args__ = (
        CheckConstraint("kind IN ('codes_unused', 'codes_spent', 'undelivered')", name="an_alarm_has_a_known_kind"),
        Index(
            "one_alarm_of_a_kind_at_a_time",
            "school_id",
            "kind",
            "link_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    kind: Mapped[Code]
    link_id: Mapped[int | None] = mapped_column(ForeignKey("sms_link.id", ondelete="CASCADE"))
    counted: Mapped[int]  # codes or messages that were looked at
    good: Mapped[int]  # of them used, or delivered
    has_paused: Mapped[bool] = mapped_column(default=False)  # the link, so that the next one sends
    begun_at: Mapped[Now]
    ended_at: Mapped[Moment | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))  # none: by itself
