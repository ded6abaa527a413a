"""Connections to operators: the links, what each gateway says of them, and operators' own error codes."""

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfOffice, Small, Table, Versioned, to_one


class SmsLink(OfOffice, Versioned, Table):
    """A connection to an SMSC."""

    __tablename__ = "sms_link"
    __table_args__ = (UniqueConstraint("school_id", "name", name="a_school_has_one_link_of_a_name"),)

    name: Mapped[str] = mapped_column(String(60))
    host: Mapped[str] = mapped_column(String(253))
    port: Mapped[int]
    tls: Mapped[bool] = mapped_column(default=False)
    system_id: Mapped[str] = mapped_column(String(15), default="")
    password: Mapped[str] = mapped_column(String(200), default="")  # of SMPP at most 8; of an HTTP provider its token
    kind: Mapped[Code] = mapped_column(default="smpp", server_default="smpp")  # smpp, http
    path: Mapped[str] = mapped_column(
        String(200), default="", server_default=""
    )  # of an HTTP provider, such as /sms/v1
    bind: Mapped[Code] = mapped_column(
        default="transceiver", server_default="transceiver"
    )  # transceiver, pair: a transmitter and a receiver
    long_texts: Mapped[Code] = mapped_column(
        default="header", server_default="header"
    )  # header: parts that are joined; payload: one PDU
    source: Mapped[str] = mapped_column(String(20), default="")  # alphanumeric sender or a number
    reply_to: Mapped[str] = mapped_column(String(20), default="")  # the number that texts and leaflet print
    window: Mapped[int] = mapped_column(Integer, default=50)  # PDUs without an answer
    rate: Mapped[int] = mapped_column(Integer, default=0)  # parts a second; 0: unlimited
    from_settings: Mapped[bool] = mapped_column(default=False)  # kept equal to ZVONOK_SMSC_URL
    priority: Mapped[Small] = mapped_column(
        default=1, server_default="1"
    )  # 1 first; the next when no link of a better one can be used
    weight: Mapped[Small] = mapped_column(
        default=1, server_default="1"
    )  # share of the traffic among links of one priority
    most_refused_percent: Mapped[Small] = mapped_column(
        default=50, server_default="50"
    )  # above it others are used for a while; 0: never
    slow_seconds: Mapped[Small] = mapped_column(
        default=10, server_default="10"
    )  # answers that take longer count as slow; 0: never
    active: Mapped[bool] = mapped_column(default=True)
    paused: Mapped[bool] = mapped_column(default=False, server_default="false")  # bound, but nothing is sent
    state: Mapped[Code] = mapped_column(default="down")  # down, bound, paused, resting: written by the gateway
    state_since: Mapped[Moment | None]
    state_words: Mapped[str] = mapped_column(String(300), default="")  # why it is so
    heartbeat_at: Mapped[Moment | None]

    def __str__(self) -> str:
        return self.name


class SmsSession(OfOffice, Table):
    """What one gateway process says of one link while it lives: the operator's traffic light."""

    __tablename__ = "sms_session"
    __table_args__ = (UniqueConstraint("gateway", "link_id", name="a_gateway_has_one_session_of_a_link"),)

    gateway: Mapped[Small]  # number of the process, from 1
    link_id: Mapped[int] = mapped_column(ForeignKey("sms_link.id", ondelete="CASCADE"), index=True)
    state: Mapped[Code] = mapped_column(default="down")  # as of sms_link
    state_words: Mapped[str] = mapped_column(String(300), default="")
    window: Mapped[Small] = mapped_column(default=0)
    in_flight: Mapped[Small] = mapped_column(default=0)  # parts without an answer
    rate: Mapped[float | None]  # parts a second that are let through now; none: unlimited
    submitted: Mapped[int] = mapped_column(default=0)  # parts in the last minute; the two below of their answers
    refused: Mapped[int] = mapped_column(default=0)
    slow: Mapped[int] = mapped_column(default=0)
    answer_seconds: Mapped[float | None]  # median of the last minute
    started_at: Mapped[Now]  # of the process
    heartbeat_at: Mapped[Now]

    link: Mapped[SmsLink] = to_one()


class SmsError(OfOffice, Versioned, Table):
    """What an operator means by a code: what to do about it, and its words for people."""

    __tablename__ = "sms_error"
    __table_args__ = (
        UniqueConstraint(
            "school_id", "link_id", "code", name="an_error_code_is_told_once", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint("verdict IN ('throttled', 'temporary', 'link', 'permanent')", name="an_error_has_a_verdict"),
        CheckConstraint("code BETWEEN 1 AND 2147483647", name="an_error_code_is_a_number"),
    )

    link_id: Mapped[int | None] = mapped_column(ForeignKey("sms_link.id"), index=True)  # none: every link
    code: Mapped[int]  # command_status
    verdict: Mapped[Code]  # app/domain/sms_errors.py
    words_ru: Mapped[str] = mapped_column(String(150))
    words_en: Mapped[str] = mapped_column(String(150))

    link: Mapped[SmsLink | None] = to_one()

    def __str__(self) -> str:
        return f"0x{self.code:02X}"
