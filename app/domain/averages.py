"""Averages of current marks: plain and weighted, of those that count; app/static/journal/averages.js says the same."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

HUNDRED = 100


@dataclass(frozen=True)
class Given:
    """One mark as written, how much it weighs, and whether it is published and in a column that counts."""

    value: str
    weight: Decimal = Decimal(1)
    counts: bool = True

    @property
    def hundredths(self) -> int:
        """The weight in hundredths; 0 of a mark that does not count."""
        return int(self.weight * HUNDRED) if self.counts else 0


@dataclass(frozen=True)
class Averages:
    """How many marks count, their mean and their weighted mean; None where none counts."""

    count: int
    mean: Decimal | None
    weighted: Decimal | None


def is_number(value: str) -> bool:
    """Whether a mark is a number; words (зч, н/а, осв) are in no mean.

    >>> [is_number(value) for value in ("5", "10", "зч", "н/а", "", "²")]
    [True, True, False, False, False, False]
    """
    return value.isascii() and value.isdigit()


def averages(marks: Iterable[Given]) -> Averages:
    """Σm / n and Σw·m / Σw over the numbers that count, to hundredths, a half upwards; 5/4 is two marks.

    >>> averages([Given("4"), Given("5", Decimal(3)), Given("н/а"), Given("2", counts=False)])
    Averages(count=2, mean=Decimal('4.50'), weighted=Decimal('4.75'))
    >>> averages([Given("зч")])
    Averages(count=0, mean=None, weighted=None)
    """
    return reckoned((int(one.value), one.hundredths) for one in marks if is_number(one.value))


def reckoned(marks: Iterable[tuple[int, int]]) -> Averages:
    """The same of numbers with their weights in hundredths; 0 of what does not count."""
    count = total = weighted = weights = 0
    for value, weight in marks:
        if weight:
            count += 1
            total += value
            weighted += value * weight
            weights += weight
    if not count:
        return Averages(0, None, None)
    return Averages(count, _quotient(total, count), _quotient(weighted, weights))


def _quotient(above: int, below: int) -> Decimal:
    """To hundredths, a half upwards, in whole numbers: a browser's reckoning must give the same."""
    return Decimal((2 * HUNDRED * above + below) // (2 * below)).scaleb(-2)
