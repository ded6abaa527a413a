"""A school's texts in money: what this month has cost and will cost, what is budgeted, what is held back."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.domain.settings import setting_in_force
from app.domain.sms_money import NEVER_STOPPED, STALE, WARNED_AT, month_of, share
from app.domain.sms_states import KINDS
from app.models import School, SchoolSetting, SmsBudget, SmsMessage, SmsTariff
from app.services.budgets import bounds_of, in_force, spent
from app.services.money_forecast import rest_of_month
from app.services.settings import SchoolRules
from app.session.engine import actor_of

AROUND = {"around_the_rule": True}
NOTHING = Decimal(0)
MAY_SEE = ("can_read", "sms_money")

HELD = text("""
SELECT held_for, state, count(*) AS facts FROM sms_delivery
WHERE school_id = ANY(:schools) AND held_at >= :begins GROUP BY held_for, state
""")


@dataclass(frozen=True)
class Line:
    """One kind of texts in a month; `kind` None: all of them together."""

    kind: str | None
    texts: int
    parts: int
    spent: Decimal
    unpriced: int  # texts for which no tariff is known
    rest: Decimal  # what is still to come this month
    budget: Decimal | None

    @property
    def forecast(self) -> Decimal:
        """Of the whole month, in the school's currency: what is spent and what is still to come."""
        return self.spent + self.rest

    @property
    def percent(self) -> int:
        """How much of the budget is spent, rounded down; more than 100 where it is exceeded, 0 without a budget."""
        return int(100 * share(self.spent, self.budget)) if self.budget is not None else 0

    @property
    def is_near(self) -> bool:
        """Whether so much is spent that it is warned of."""
        return self.budget is not None and share(self.spent, self.budget) >= WARNED_AT

    @property
    def is_over(self) -> bool:
        return self.budget is not None and self.spent >= self.budget

    @property
    def will_be_over(self) -> bool:
        """Whether the forecast exceeds the budget."""
        return self.budget is not None and self.forecast > self.budget

    @property
    def is_stopped(self) -> bool:
        """Whether texts of this kind do not go any more; of all kinds together, but for codes and urgent ones."""
        return self.is_over and self.kind not in NEVER_STOPPED


@dataclass(frozen=True)
class Held:
    """Facts that a budget or a family's cap put off this month."""

    waiting: Mapping[str, int] = field(default_factory=dict)  # why → how many wait for the next month
    told: int = 0  # went later after all
    stale: int = 0  # were of no use any more


@dataclass(frozen=True)
class Overview:
    """The month that runs."""

    month: Any
    whole: Line
    kinds: Sequence[Line]
    held: Held
    has_tariff: bool
    has_budget: bool


def schools_of_person(session: Session) -> Sequence[School]:
    """The schools whose money the person may see: those that they see whole."""
    actor = actor_of(session)
    return [one for one in session.scalars(select(School).order_by(School.id)) if actor.runs(one.id)]


def summed(session: Session, messages: Any) -> tuple[Decimal | None, str]:
    """What these messages cost together, and the currency of the person's school; `messages`: a query of theirs.

    One statement. None where no price is known.
    """
    costs = messages.with_only_columns(SmsMessage.cost.label("cost")).subquery()
    currency = select(func.min(SchoolSetting.value)).where(SchoolSetting.name == "currency").scalar_subquery()
    row = session.execute(select(func.sum(costs.c.cost).label("cost"), currency.label("currency"))).one()
    return row.cost, str(setting_in_force("currency", row.currency))


def overview(session: Session, school_id: int, rules: SchoolRules, now: datetime) -> Overview:
    """Of a school that the person was found to see."""
    month = month_of(rules.today(now))
    used = spent(session, {school_id: (rules, month)})[school_id]
    rows = session.scalars(select(SmsBudget).where(SmsBudget.school_id == school_id)).all()
    budgets = {kind: row.amount for kind, row in in_force(rows, month).items()}
    rest = rest_of_month(session, school_id, rules, now)
    has_tariff = session.scalars(select(SmsTariff.id).where(SmsTariff.school_id == school_id).limit(1)).first()
    shown = [kind for kind in KINDS if kind in used or kind in budgets or rest.get(kind)]
    lines = [_line(kind, used.get(kind), rest.get(kind, NOTHING), budgets.get(kind)) for kind in shown]
    whole = Line(
        None,
        sum(line.texts for line in lines),
        sum(line.parts for line in lines),
        sum((line.spent for line in lines), NOTHING),
        sum(line.unpriced for line in lines),
        sum((line.rest for line in lines), NOTHING),
        budgets.get(None),
    )
    begins = bounds_of(rules, month)[0]
    held = held_since(session, {school_id}, begins)
    return Overview(month, whole, lines, held, has_tariff is not None, bool(budgets))


def held_since(session: Session, school_ids: Collection[int], begins: datetime) -> Held:
    """What was held from this moment on, at schools that the person was found to see."""
    waiting: Counter[str] = Counter()
    told = stale = 0
    rows = session.execute(HELD, {"schools": sorted(school_ids), "begins": begins}, execution_options=AROUND)
    for row in rows:
        if row.state == "due":
            waiting[row.held_for] += row.facts
        elif row.held_for == STALE:
            stale += row.facts
        elif row.state == "told":
            told += row.facts
    return Held(dict(waiting), told, stale)


def _line(kind: str, used: Any, rest: Decimal, budget: Decimal | None) -> Line:
    if used is None:
        return Line(kind, 0, 0, NOTHING, 0, rest, budget)
    return Line(kind, used.texts, used.parts, used.spent, used.unpriced, rest, budget)
