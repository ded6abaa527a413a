"""What the rest of the month will cost: the timetable of digests, with what a family's digest has cost of late.

Each subscription in force: its digest days that are still to come, times what one of its digests has cost in the last
four weeks (the school's mean where it had none). Texts at once, answers and weekly summaries go on as in these weeks,
day by day. Codes and urgent texts are not foreseen: of them only what was sent counts. Holidays are left out.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.sms_money import NEVER_STOPPED, days_like, month_after
from app.models import Holiday
from app.services.budgets import bounds_of
from app.services.settings import SchoolRules

AROUND = {"around_the_rule": True}
NOTHING = Decimal(0)
LOOKED_BACK = timedelta(days=28)
EVERY_DAY = frozenset(range(1, 8))

OF_LATE = text("""
SELECT m.kind, m.subscription_id, sum(m.cost) AS cost, min(m.created_at) AS since
FROM sms_message m WHERE m.school_id = :school AND m.created_at >= :since AND m.cost > 0
GROUP BY m.kind, m.subscription_id
""")
IN_FORCE = text("""
SELECT id, digest_days, digest_at FROM sms_subscription
WHERE school_id = :school AND status = 'active' AND phone_confirmed_at IS NOT NULL
""")

Spans = Sequence[tuple[date, date]]


def rest_of_month(session: Session, school_id: int, rules: SchoolRules, now: datetime) -> dict[str, Decimal]:
    """Kind → what is still to come, at a school that the person was found to see. Three statements."""
    here = now.astimezone(rules.zone)
    today = here.date()
    first, last = today - LOOKED_BACK, month_after(today) - timedelta(days=1)
    free: Spans = [
        (row.begins_on, row.ends_on)
        for row in session.scalars(
            select(Holiday).where(Holiday.school_id == school_id, Holiday.ends_on >= first, Holiday.begins_on <= last)
        )
    ]
    given = {"school": school_id, "since": bounds_of(rules, first)[0]}
    digests: dict[int, Any] = {}
    of_day: dict[str, Decimal] = defaultdict(Decimal)
    passed = max(1, days_like(EVERY_DAY, first, today - timedelta(days=1), free))
    for row in session.execute(OF_LATE, given, execution_options=AROUND):
        if row.kind == "digest":
            digests[row.subscription_id] = row
        elif row.kind not in NEVER_STOPPED:
            of_day[row.kind] += row.cost / passed
    to_come = days_like(EVERY_DAY, today + timedelta(days=1), last, free)
    rest = {kind: cost * to_come for kind, cost in of_day.items()}
    rest["digest"] = _digests(session, school_id, digests, here, (first, last), free)
    return rest


def _digests(
    session: Session, school_id: int, digests: dict[int, Any], here: datetime, bounds: tuple[date, date], free: Spans
) -> Decimal:
    (first, last), today = bounds, here.date()
    of_one: dict[int, Decimal] = {}
    days_to_come: dict[int, int] = {}
    for wish in session.execute(IN_FORCE, {"school": school_id}, execution_options=AROUND):
        days = frozenset(wish.digest_days) or EVERY_DAY
        begins = today if here.time() < wish.digest_at else today + timedelta(days=1)
        days_to_come[wish.id] = days_like(days, begins, last, free)
        of_late = digests.get(wish.id)
        if of_late is not None:
            since = max(first, of_late.since.astimezone(here.tzinfo).date())
            of_one[wish.id] = of_late.cost / max(1, days_like(days, since, begins - timedelta(days=1), free))
    if not of_one:
        return NOTHING
    usual = sum(of_one.values(), NOTHING) / len(of_one)
    return sum((of_one.get(wish, usual) * days for wish, days in days_to_come.items()), NOTHING)
