"""Record types of what texts cost: tariffs of the links, budgets of the school."""

import re
from typing import Any

from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.sms_money import month_of
from app.models import SmsBudget, SmsTariff
from app.records.record_type import RecordType
from app.records.school import office
from app.records.sms import KIND_WORDS, SMS
from app.services.holding import let_go
from app.session.declarations import Change
from app.words import _

DIALLED_AT_HOME = "89"  # numbers are kept with the country's 7; no country begins so
_PREFIX = re.compile(r"[0-9]{0,15}")


def _fill_tariff(session: Session, tariff: SmsTariff) -> None:
    """A prefix as people write it: “+7 916” is 7916. Raises InvalidInput before the database does."""
    written: Any = tariff.prefix
    tariff.prefix = re.sub(r"[\s()\-]", "", written or "").removeprefix("+")
    if not _PREFIX.fullmatch(tariff.prefix):
        raise InvalidInput("prefix", "tariff.prefix")
    if tariff.prefix.startswith(DIALLED_AT_HOME):
        raise InvalidInput("prefix", "tariff.dialled", given=tariff.prefix, meant="7" + tariff.prefix[1:])


def _fill_budget(session: Session, budget: SmsBudget) -> None:
    """A budget is of whole months."""
    if budget.begins_on is not None:
        budget.begins_on = month_of(budget.begins_on)


def _let_go(change: Change) -> None:
    """What the former budget held back is looked at again."""
    let_go(change.session, change.record.school_id)


SMS_TARIFFS = RecordType(
    model=SmsTariff,
    title=_("SMS tariffs"),
    one=_("SMS tariff"),
    menu=SMS,
    columns=("link", "prefix", "price", "begins_on"),
    fields=("link", "prefix", "price", "begins_on"),
    search=("prefix",),
    order=("link_id", "prefix", "-begins_on"),
    empties={"link": _("all links"), "prefix": _("any number")},
    labels={"prefix": _("Numbers begin with"), "price": _("Price of a segment"), "begins_on": _("Valid from")},
    help={
        "link": _("Where empty, the price holds for every link that has none of its own."),
        "prefix": _("First digits, such as 7916 or 375; the longest that fits holds. Empty: every number."),
        "price": _("In the school’s currency, with up to four digits behind the point; 0 for a link that is free."),
    },
    optional=("prefix",),
    writes=office,
    fill=_fill_tariff,
)

SMS_BUDGETS = RecordType(
    model=SmsBudget,
    title=_("SMS budgets"),
    one=_("SMS budget"),
    menu=SMS,
    columns=("kind", "amount", "begins_on"),
    fields=("kind", "amount", "begins_on"),
    order=("kind", "-begins_on"),
    choices={"kind": KIND_WORDS},
    empties={"kind": _("all texts")},
    labels={"amount": _("At most in a month"), "begins_on": _("From the month of")},
    help={
        "kind": _("Where empty, the budget is of all texts together."),
        "amount": _(
            "In the school’s currency. At 80 % there is a warning; when it is used up, only codes and urgent texts go."
        ),
        "begins_on": _("Holds for every month from this one on, until a later one of the same kind."),
    },
    volatile=("warned_for",),
    writes=office,
    fill=_fill_budget,
    follows=_let_go,
)
