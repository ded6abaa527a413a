"""Texts from phones: what came, by which link, and what was made of it."""

from typing import Any

from app.console.base import SafeView
from app.console.filters import Choice, Number, Related, days, link_choices
from app.models import SmsInbound
from app.records.sms import INBOUND_WORDS
from app.words import _


class InboundView(SafeView):
    """Read only: texts are handled by the workers."""

    list_template, details_template = "console/inbound.html", "console/inbound_text.html"
    column_list = ("id", "phone", "to", "state", "received_at", "handled_at")
    column_sortable_list = column_list
    column_default_sort = ("id", True)
    column_filters = (
        Choice(SmsInbound.state, "state", _("State"), INBOUND_WORDS),
        Number(SmsInbound.phone, "phone", _("Phone")),
        Related(SmsInbound.link_id, "link", _("SMS link"), link_choices),
        *days(SmsInbound.received_at),
    )
    related = ("link",)

    def __init__(self, rows: Any, **options: Any) -> None:
        super().__init__(SmsInbound, rows, **options)
