"""The own place among others, as a range: a quarter of the group, never a number that names somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

LEAST_STUDENTS = 5  # no figure is told of fewer
QUARTERS = 4


@dataclass(frozen=True)
class Place:
    """From the first to the last place of the own quarter."""

    quarter: int  # 1 is the best
    first: int
    last: int
    count: int


def place_among(own: Decimal, means: Sequence[Decimal]) -> Place | None:
    """The quarter of the group that the own mean lies in; equal means lie in the better one.

    >>> place_among(Decimal(4), [Decimal(n) for n in (5, 5, 4, 4, 3, 3, 2, 2)])
    Place(quarter=2, first=3, last=4, count=8)
    >>> place_among(Decimal(4), [Decimal(4), Decimal(5)]) is None
    True
    """
    count = len(means)
    if count < LEAST_STUDENTS:
        return None
    better = sum(mean > own for mean in means)
    quarter = better * QUARTERS // count + 1
    first = -(-(quarter - 1) * count // QUARTERS) + 1
    return Place(quarter, first, -(-quarter * count // QUARTERS), count)
