"""What a month's texts may cost: budgets, who is stopped by them, and how long a fact that was held is of use."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

NEVER_STOPPED = frozenset({"code", "urgent"})
CAPPED = frozenset({"immediate", "digest", "weekly"})  # counted for a family's month; its own questions are not
WARNED_AT = Decimal("0.8")  # of a budget

BUDGET, FAMILY, STALE = "budget", "family", "stale"  # why a fact is held; or was dropped after that

# Days after the fact's own day that it is still worth a text, where no last day of its own is told.
OF_USE_DAYS = {"absence": 3, "announcement": 7, "homework": 1, "reminder": 0, "lesson": 0}
USUAL_DAYS = 14


def month_of(day: date) -> date:
    """The first day of its month.

    >>> month_of(date(2026, 11, 26))
    datetime.date(2026, 11, 1)
    """
    return day.replace(day=1)


def month_after(day: date) -> date:
    """The first day of the next month.

    >>> month_after(date(2026, 12, 31))
    datetime.date(2027, 1, 1)
    """
    return month_of(month_of(day) + timedelta(days=32))


def month_before(day: date) -> date:
    """The first day of the month before.

    >>> month_before(date(2026, 1, 31))
    datetime.date(2025, 12, 1)
    """
    return month_of(month_of(day) - timedelta(days=1))


def is_of_use(record: str, day: date, due: date | None, today: date) -> bool:
    """Whether a fact of this day, with its last day where it has one, is still worth a text.

    >>> is_of_use("absence", date(2026, 11, 28), None, date(2026, 12, 1))
    True
    >>> is_of_use("homework", date(2026, 11, 28), date(2026, 11, 30), date(2026, 12, 1))
    False
    """
    if due is not None:
        return due >= today
    return day + timedelta(days=OF_USE_DAYS.get(record, USUAL_DAYS)) >= today


@dataclass
class Purse:
    """What is left of a school's budgets in a month: of all kinds together under None, and of single kinds."""

    left: dict[str | None, Decimal] = field(default_factory=dict)

    def allows(self, kind: str, cost: Decimal | None) -> bool:
        """Whether a text of this kind may be sent. Of an unknown cost one goes as long as anything is left.

        >>> purse = Purse({None: Decimal(5), "reply": Decimal(0)})
        >>> purse.allows("digest", Decimal(5)), purse.allows("digest", Decimal(6)), purse.allows("reply", None)
        (True, False, False)
        >>> purse.allows("urgent", Decimal(100))
        True
        """
        if kind in NEVER_STOPPED:
            return True
        of_these = [self.left[key] for key in (None, kind) if key in self.left]
        return all(left > 0 if cost is None else cost <= left for left in of_these)

    def take(self, kind: str, cost: Decimal | None) -> None:
        """Note that a text of this kind is sent."""
        for key in (None, kind):
            if key in self.left and cost is not None:
                self.left[key] -= cost


def purse(budgets: Mapping[str | None, Decimal], spent: Mapping[str, Decimal]) -> Purse:
    """What is left of these budgets after what each kind has cost.

    >>> purse({None: Decimal(10), "reply": Decimal(2)}, {"reply": Decimal(1), "code": Decimal(3)}).left
    {None: Decimal('6'), 'reply': Decimal('1')}
    """
    everything = sum(spent.values(), Decimal(0))
    return Purse(
        {
            kind: amount - (everything if kind is None else spent.get(kind, Decimal(0)))
            for kind, amount in budgets.items()
        }
    )


def share(spent: Decimal, amount: Decimal) -> Decimal:
    """The part of a budget that is used up; a budget of nothing is used up from the start.

    >>> share(Decimal(4), Decimal(5)), share(Decimal(0), Decimal(0))
    (Decimal('0.8'), Decimal('1'))
    """
    return spent / amount if amount else Decimal(1)


def days_like(weekdays: Collection[int], first: date, last: date, without: Sequence[tuple[date, date]] = ()) -> int:
    """How many days from the first to the last are of these ISO weekdays and in none of the spans `without`.

    >>> days_like({1, 5}, date(2026, 11, 2), date(2026, 11, 13), [(date(2026, 11, 6), date(2026, 11, 8))])
    3
    """
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return sum(
        1 for day in days if day.isoweekday() in weekdays and not any(begin <= day <= end for begin, end in without)
    )
