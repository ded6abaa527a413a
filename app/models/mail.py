"""Mails on their way: invitations and links, and what could not be told by SMS."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfOffice, Small, Table, to_one
from app.models.people import Guardian
from app.models.sms import SmsMessage


class MailMessage(OfOffice, Table):
    """One mail: queued → sent | failed."""

    __tablename__ = "mail_message"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'sent', 'failed')", name="a_mail_is_queued_sent_or_failed"),
        Index("a_text_falls_back_to_one_mail", "sms_message_id", unique=True),
        Index("mails_to_send", "due_at", postgresql_where=text("state = 'queued'")),
        Index("mails_of_a_guardian", "guardian_id"),
        Index("a_mail_is_read_by_one_key", "read_hash", unique=True),
        Index("an_announcement_goes_to_a_guardian_by_one_mail", "announcement_id", "guardian_id", unique=True),
    )

    kind: Mapped[Code] = mapped_column(
        default="sms", server_default="sms"
    )  # why one gets it: app/services/mail_words.py
    language: Mapped[Code] = mapped_column(default="ru", server_default="ru")
    address: Mapped[str] = mapped_column(String(254))
    reply_to: Mapped[str | None] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)  # paragraphs, an empty line between them
    button: Mapped[str | None] = mapped_column(String(100))
    path: Mapped[str | None] = mapped_column(String(500))  # where the button leads in this house; gone once it is sent
    state: Mapped[Code] = mapped_column(default="queued")
    attempts: Mapped[Small] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(200))
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id"))
    sms_message_id: Mapped[int | None] = mapped_column(ForeignKey("sms_message.id", ondelete="CASCADE"))
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id", ondelete="SET NULL"))
    trace: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[Now]
    due_at: Mapped[Now]  # not sent before
    expires_at: Mapped[Moment | None]  # nor after
    sent_at: Mapped[Moment | None]
    read_hash: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the key by which its reader says so
    read_at: Mapped[Moment | None]

    guardian: Mapped[Guardian | None] = to_one()
    sms_message: Mapped[SmsMessage | None] = to_one()

    def __str__(self) -> str:
        return f"{self.address} · {self.state}"
