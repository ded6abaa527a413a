"""The record type of mails: to whom, why, and whether it left; what it says is not shown."""

from app.models import MailMessage
from app.records.record_type import RecordType
from app.records.sms import SMS
from app.words import _

MAIL_MESSAGES = RecordType(
    model=MailMessage,
    title=_("Mails"),
    one=_("Mail"),
    menu=SMS,
    columns=("id", "kind", "address", "subject", "state", "error", "created_at", "sent_at"),
    detail=(
        "id", "kind", "language", "address", "reply_to", "subject", "state", "attempts", "error", "guardian",
        "sms_message", "created_at", "due_at", "expires_at", "sent_at", "trace",
    ),
    search=("address",),
    filters=("kind", "address", "state", "created_at"),
    order=("-id",),
    choices={
        "kind": {
            "sms": _("SMS that did not arrive"),
            "invitation": _("invitation"),
            "recovery": _("new password"),
            "confirmation": _("address to confirm"),
            "request": _("request about own data"),
            "security": _("about the account"),
            "chain": _("check of the history"),
            "incident": _("a change that was not theirs"),
        },
        "language": {"ru": _("Russian"), "en": _("English")},
        "state": {"queued": _("waiting"), "sent": _("sent"), "failed": _("not sent")},
    },
    labels={
        "address": _("Address"),
        "reply_to": _("Answers go to"),
        "sent_at": _("Sent"),
        "subject": _("Subject line"),
        "sms_message": _("Text message"),
        "trace": _("Trace"),
    },
    watched=False,
)  # fmt: skip
