"""What phones text to the school, and what they were asked to confirm."""

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfNobody, OfOffice, Phone, Small, Table, to_one
from app.models.sms_links import SmsLink


class SmsInbound(OfOffice, Table):
    """A text that came from a phone, stored before the SMSC was answered."""

    __tablename__ = "sms_inbound"
    __table_args__ = (
        UniqueConstraint("link_id", "fingerprint", name="an_inbound_text_is_stored_once"),
        Index("inbound_of_a_phone", "phone", "id"),
        Index("inbound_to_handle", "id", postgresql_where=text("state = 'new'")),
    )

    link_id: Mapped[int] = mapped_column(ForeignKey("sms_link.id"))
    phone: Mapped[str] = mapped_column(String(21))  # as E.164 where it is one
    to: Mapped[str] = mapped_column(String(21), default="")
    body: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))  # the same PDU again has the same
    state: Mapped[Code] = mapped_column(default="new")  # new, handled, stranger, refused
    parts: Mapped[Small] = mapped_column(default=1)
    received_at: Mapped[Now]
    handled_at: Mapped[Moment | None]

    link: Mapped[SmsLink] = to_one()

    def __str__(self) -> str:
        return f"{self.phone} · № {self.id}"  # not its text, which not everybody may read


class SmsInboundPart(OfNobody, Table):
    """A piece of a long text from a phone, as octets: a character may be cut between two pieces."""

    __tablename__ = "sms_inbound_part"
    __table_args__ = (
        UniqueConstraint(
            "link_id", "phone", "reference", "total", "number", name="a_piece_of_an_inbound_text_is_stored_once"
        ),
        Index("inbound_parts_to_join", "received_at", postgresql_where=text("joined_at IS NULL")),
    )

    link_id: Mapped[int] = mapped_column(ForeignKey("sms_link.id"))
    phone: Mapped[str] = mapped_column(String(21))
    to: Mapped[str] = mapped_column(String(21), default="")
    reference: Mapped[int]
    total: Mapped[Small]
    number: Mapped[Small]  # from 1
    octets: Mapped[bytes]
    data_coding: Mapped[Small]
    received_at: Mapped[Now]
    joined_at: Mapped[Moment | None]  # kept for a while, so that the same piece again is known


class SmsRequest(OfNobody, Table):
    """What a phone was asked to confirm by the code of an SMS: that it is the guardian's, or a change asked by text.

    The code stands here and in the outbox as long as it is of use; it opens this one request and no account.
    """

    __tablename__ = "sms_request"
    __table_args__ = (
        CheckConstraint(
            "action IN ('confirm', 'pause', 'start', 'absent', 'sign', 'withdraw')",
            name="a_request_by_sms_has_a_known_action",
        ),
        Index("requests_of_a_phone", "phone", "id"),
    )

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    phone: Mapped[Phone]
    action: Mapped[Code]
    subscription_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    what: Mapped[dict[str, str]] = mapped_column(
        JSONB, default=dict, server_default="{}"
    )  # days, a week's hash; until done
    code: Mapped[str] = mapped_column(String(6))  # until done or late
    tries: Mapped[Small] = mapped_column(default=0)
    expires_at: Mapped[Moment]
    done_at: Mapped[Moment | None]  # confirmed, or put aside by a later one
    created_at: Mapped[Now]
