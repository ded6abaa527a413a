"""The record type of mails: what fell back to e-mail, and whether it left."""

from app.models import MailMessage
from app.records.record_type import RecordType
from app.records.sms import SMS
from app.words import _

MAIL_MESSAGES = RecordType(
    model=MailMessage,
    title=_("Mails"),
    one=_("Mail"),
    menu=SMS,
    columns=("id", "address", "subject", "state", "error", "created_at", "sent_at"),
    detail=(
        "id", "address", "subject", "state", "attempts", "error", "guardian", "sms_message", "created_at", "due_at",
        "sent_at", "trace",
    ),
    search=("address",),
    filters=("address", "state", "created_at"),
    order=("-id",),
    choices={"state": {"queued": _("waiting"), "sent": _("sent"), "failed": _("not sent")}},
    labels={
        "address": _("Address"),
        "sent_at": _("Sent"),
        "subject": _("Subject line"),
        "sms_message": _("Text message"),
        "trace": _("Trace"),
    },
    watched=False,
)  # fmt: skip
