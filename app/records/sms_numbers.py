"""The record type of numbers that are suspended, because nothing arrived there."""

from app.models import SuspendedNumber
from app.records.record_type import RecordType
from app.records.sms import SMS
from app.words import _

SUSPENDED_NUMBERS = RecordType(
    model=SuspendedNumber,
    title=_("Suspended numbers"),
    one=_("Suspended number"),
    menu=SMS,
    columns=("guardian", "phone", "failures", "error", "suspended_at", "freed_at", "freed_by"),
    search=("guardian.surname", "phone"),
    filters=("phone", "suspended_at", "freed_at"),
    order=("-id",),
    choices={"freed_by": {"code": _("confirmed anew by the owner"), "office": _("freed by the office")}},
    labels={
        "failures": _("Failures in a row"),
        "error": _("Last error"),
        "suspended_at": _("Suspended"),
        "freed_at": _("Free again"),
        "freed_by": _("How it came free"),
    },
    watched=False,
)
