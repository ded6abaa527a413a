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
        "sms_message", "created_at", "due_at", "expires_at", "sent_at", "read_at", "trace",
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
            "sending": _("a text to many families to confirm"),
            "announcement": _("announcement"),
            "incident": _("a change that was not theirs"),
            "news": _("news of the diary"),
            "reminder": _("reminder to a student"),
            "alarm": _("alarm of the SMS line"),
            "budget": _("SMS budget nearly used up"),
        },
        "language": {"ru": _("Russian"), "en": _("English")},
        "state": {"queued": _("waiting"), "sent": _("sent"), "failed": _("not sent")},
    },
    labels={
        "address": _("Address"),
        "reply_to": _("Answers go to"),
        "read_at": _("Read, by its reader’s word"),
        "sent_at": _("Sent"),
        "subject": _("Subject line"),
        "sms_message": _("Text message"),
        "trace": _("Trace"),
    },
    watched=False,
)  # fmt: skip
