"""What a text costs and whether the month's budgets, and the family's cap, let it go: asked before it is queued.

Whoever composes holds the school's budgets until its texts are committed, so that two of them count one after the
other and never spend more than there is. Answers to questions are asked without the lock: several at once may each be
one text too much, and never wait for a batch of digests. Codes and urgent texts ask nothing.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.domain.sms_money import (
    BUDGET,
    CAPPED,
    FAMILY,
    NEVER_STOPPED,
    WARNED_AT,
    Purse,
    month_after,
    month_of,
    purse,
    share,
)
from app.services.settings import SchoolRules, rules_of
from app.services.tariffs import Tariffs

AROUND = {"around_the_rule": True}
NO_TARIFFS = Tariffs()

BUDGETS = """
SELECT id, school_id, kind, amount, begins_on FROM sms_budget WHERE school_id = ANY(:schools) ORDER BY id
"""
READ = text(BUDGETS)
HOLD = text(f"{BUDGETS} FOR NO KEY UPDATE")

# What is queued has its forecast, what was sent its price, and what never went costs nothing.
SPENT = text("""
SELECT m.school_id, m.kind, coalesce(sum(m.cost), 0) AS spent, count(*) AS texts, coalesce(sum(m.parts), 0) AS parts,
  count(*) FILTER (WHERE m.cost IS NULL) AS unpriced
FROM unnest(CAST(:schools AS bigint[]), CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
  AS month (school_id, begins, ends)
JOIN sms_message m ON m.school_id = month.school_id AND m.created_at >= month.begins AND m.created_at < month.ends
WHERE NOT (m.submitted_at IS NULL AND m.state IN ('cancelled', 'expired', 'rejected'))
GROUP BY m.school_id, m.kind
""")

TOLD = text("""
SELECT m.school_id, m.phone, count(*) AS texts
FROM unnest(CAST(:schools AS bigint[]), CAST(:phones AS text[]), CAST(:begins AS timestamptz[]))
  AS family (school_id, phone, begins)
JOIN sms_message m ON m.phone = family.phone AND m.school_id = family.school_id AND m.created_at >= family.begins
WHERE m.kind = ANY(:kinds) AND m.state NOT IN ('cancelled', 'expired', 'rejected')
GROUP BY m.school_id, m.phone
""")

Wanted = tuple[int, str, str]  # school, kind, phone


@dataclass
class Allowances:
    """What may still be sent this month, by school, and by phone where families have a cap."""

    tariffs: Mapping[int, Tariffs] = field(default_factory=dict)
    purses: Mapping[int, Purse] = field(default_factory=dict)
    caps: Mapping[int, int] = field(default_factory=dict)  # of the schools that have one
    texts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def cost(self, school_id: int, phone: str, parts: int) -> Decimal | None:
        """The forecast, by the dearest link that may send it."""
        return self.tariffs.get(school_id, NO_TARIFFS).price(None, phone, parts)

    def refusal(self, school_id: int, kind: str, phone: str, cost: Decimal | None) -> str | None:
        """Why such a text may not go, in a word; None where it may, and then it counts."""
        its = self.purses.get(school_id)
        if its is not None and not its.allows(kind, cost):
            return BUDGET
        if kind in CAPPED and school_id in self.caps:
            if self.texts[school_id, phone] >= self.caps[school_id]:
                return FAMILY
            self.texts[school_id, phone] += 1
        if its is not None:
            its.take(kind, cost)
        return None


def allowances(
    session: Session, wanted: Sequence[Wanted], schools: Mapping[int, SchoolRules], now: datetime, *, held: bool = True
) -> Allowances:
    """For texts of these schools, kinds and phones; `held`: the budgets stay locked until the transaction ends."""
    if not wanted:
        return Allowances()
    days = {school: schools[school].today(now) for school in sorted({school for school, _, _ in wanted})}
    stopped = {school for school, kind, _ in wanted if kind not in NEVER_STOPPED}
    caps = {school: schools[school].number("family_texts_a_month") for school in stopped}
    caps = {school: most for school, most in caps.items() if most}
    return Allowances(
        Tariffs.of_schools(session, days),
        purses(session, {school: schools[school] for school in stopped}, now, HOLD if held else READ),
        caps,
        _texts(session, [(school, phone) for school, kind, phone in wanted if kind in CAPPED], caps, schools, now),
    )


def forecast(session: Session, school_id: int | None, phone: str, parts: int) -> Decimal | None:
    """What a text of this school will cost that asks for no budget."""
    if school_id is None:
        return None
    today = rules_of(session, {school_id})[school_id].today(datetime.now(UTC))
    return Tariffs.of_schools(session, {school_id: today})[school_id].price(None, phone, parts)


def purses(
    session: Session, schools: Mapping[int, SchoolRules], now: datetime, query: TextClause = READ
) -> dict[int, Purse]:
    """What is left of the budgets of these schools; a school without a budget has no purse."""
    if not schools:
        return {}
    rows = session.execute(query, {"schools": sorted(schools)}, execution_options=AROUND).all()
    if not rows:
        return {}
    amounts = {
        school: in_force([row for row in rows if row.school_id == school], month_of(rules.today(now)))
        for school, rules in schools.items()
    }
    amounts = {school: its for school, its in amounts.items() if its}
    used = spent(session, {school: (schools[school], month_of(schools[school].today(now))) for school in amounts})
    return {
        school: purse(
            {kind: row.amount for kind, row in its.items()}, {kind: one.spent for kind, one in used[school].items()}
        )
        for school, its in amounts.items()
    }


def in_force(budgets: Iterable[Any], month: date) -> dict[str | None, Any]:
    """Of one school's budgets those that hold in this month, by kind; None: of all kinds together."""
    found: dict[str | None, Any] = {}
    for row in sorted(budgets, key=lambda row: row.begins_on):
        if row.begins_on <= month:
            found[row.kind] = row
    return found


@dataclass(frozen=True)
class Used:
    """A budget that holds this month, and what it is used for by now; `kind` None: all kinds together."""

    school_id: int
    kind: str | None
    spent: Decimal
    amount: Decimal

    @property
    def share(self) -> Decimal:
        return share(self.spent, self.amount)

    @property
    def is_near(self) -> bool:
        return self.spent > 0 and self.share >= WARNED_AT

    @property
    def is_stopped(self) -> bool:
        """Whether texts of the kind, or all but codes and urgent ones, do not go any more."""
        return self.share >= 1 and self.kind not in NEVER_STOPPED


def used_budgets(session: Session, school_ids: Collection[int], now: datetime) -> list[Used]:
    """Of these schools. One statement where there is no budget, else three."""
    rows = session.execute(READ, {"schools": sorted(school_ids)}, execution_options=AROUND).all()
    if not rows:
        return []
    schools = rules_of(session, {row.school_id for row in rows})
    months = {school: month_of(rules.today(now)) for school, rules in schools.items()}
    held = {school: in_force([row for row in rows if row.school_id == school], months[school]) for school in schools}
    used = spent(session, {school: (schools[school], months[school]) for school in held if held[school]})
    return [
        Used(school, kind, cost_of(used[school], kind), row.amount)
        for school, its in held.items()
        for kind, row in its.items()
    ]


def cost_of(used: Mapping[str, Any], kind: str | None) -> Decimal:
    """What a kind, or all of them, have cost."""
    rows = used.values() if kind is None else [used[kind]] if kind in used else []
    return sum((row.spent for row in rows), Decimal(0))


def spent(session: Session, months: Mapping[int, tuple[SchoolRules, date]]) -> dict[int, dict[str, Any]]:
    """What each kind has cost in these schools' months, with its texts and segments; forecasts of what waits count."""
    if not months:
        return {}
    bounds = [bounds_of(rules, month) for rules, month in months.values()]
    given = {"schools": list(months), "begins": [one[0] for one in bounds], "ends": [one[1] for one in bounds]}
    found: dict[int, dict[str, Any]] = {school: {} for school in months}
    for row in session.execute(SPENT, given, execution_options=AROUND):
        found[row.school_id][row.kind] = row
    return found


def bounds_of(rules: SchoolRules, month: date) -> tuple[datetime, datetime]:
    """The first moment of a month at this school, and the first one behind it."""
    days = (month, month_after(month))
    begins, ends = (datetime.combine(day, time(), rules.zone).astimezone(UTC) for day in days)
    return begins, ends


def _texts(
    session: Session,
    families: Collection[tuple[int, str]],
    caps: Mapping[int, int],
    schools: Mapping[int, SchoolRules],
    now: datetime,
) -> Counter[tuple[int, str]]:
    """How many texts each of these phones has had this month, where the school has a cap."""
    counted = sorted({(school, phone) for school, phone in families if school in caps})
    if not counted:
        return Counter()
    begins = {school: bounds_of(schools[school], month_of(schools[school].today(now)))[0] for school in caps}
    given = {
        "schools": [school for school, _ in counted],
        "phones": [phone for _, phone in counted],
        "begins": [begins[school] for school, _ in counted],
        "kinds": sorted(CAPPED),
    }
    rows = session.execute(TOLD, given, execution_options=AROUND)
    return Counter({(row.school_id, row.phone): row.texts for row in rows})
