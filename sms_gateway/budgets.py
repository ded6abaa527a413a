"""Whose month's budget is used up by what was sent: those texts are not claimed any more.

Composers ask before they queue anything (app/services/budgets.py); here the rest is caught: a budget that was lowered
or a tariff that was raised meanwhile, and urgent texts that took what digests had counted on. It is looked up every
few seconds, so that what one such span sends is the most by which a budget can be passed.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal

from app.domain.slots import zone_of
from app.domain.sms_money import NEVER_STOPPED, Purse, month_of, purse
from app.domain.sms_states import KINDS
from sms_gateway.database import Database

_BUDGETS = """
SELECT b.school_id, school.timezone, b.kind, b.amount, b.begins_on FROM sms_budget b
JOIN school ON school.id = b.school_id ORDER BY b.begins_on
"""
_SENT = """
SELECT m.school_id, m.kind, coalesce(sum(m.cost), 0)
FROM unnest(%(schools)s::bigint[], %(begins)s::timestamptz[]) AS month (school_id, begins)
JOIN sms_message m ON m.school_id = month.school_id AND m.created_at >= month.begins AND m.submitted_at IS NOT NULL
GROUP BY m.school_id, m.kind
"""


async def stopped_kinds(database: Database, now: datetime) -> dict[int, list[str]]:
    """School → the kinds of texts that its budgets let go no more; without a budget a school is not in it."""
    amounts: dict[int, dict[str | None, Decimal]] = defaultdict(dict)
    begins: dict[int, datetime] = {}
    for school, zone_name, kind, amount, begins_on in await (await database.execute(_BUDGETS)).fetchall():
        zone = zone_of(zone_name)
        month: date = month_of(now.astimezone(zone).date())
        if begins_on <= month:
            amounts[school][kind] = amount
            begins[school] = datetime.combine(month, time(), zone)
    if not amounts:
        return {}
    sent: dict[int, dict[str, Decimal]] = defaultdict(dict)
    given = {"schools": list(begins), "begins": list(begins.values())}
    for school, kind, cost in await (await database.execute(_SENT, given)).fetchall():
        sent[school][kind] = cost
    left = {school: purse(its, sent[school]) for school, its in amounts.items()}
    return {school: kinds for school, its in left.items() if (kinds := _stopped(its))}


def _stopped(left: Purse) -> list[str]:
    empty: Mapping[str | None, bool] = {kind: amount <= 0 for kind, amount in left.left.items()}
    return [kind for kind in KINDS if kind not in NEVER_STOPPED and (empty.get(None) or empty.get(kind))]
