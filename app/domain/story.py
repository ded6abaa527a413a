"""The story of a mark as its family is told it: what stood for a moment only, and was a typo, is not part of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise


@dataclass(frozen=True)
class Step:
    """From this moment on the record said this; None: nothing, for it was not there."""

    at: datetime
    value: str | None


@dataclass(frozen=True)
class Seen:
    """A change that the family is told: "changed from 2 to 4 on …"; `new` is None where it was taken away."""

    at: datetime
    old: str
    new: str | None


def seen_changes(steps: Iterable[Step], pause: timedelta) -> Sequence[Seen]:
    """The changes between values that stood for at least the hold-back pause; steps come oldest first.

    >>> from datetime import UTC
    >>> at = lambda minute: datetime(2026, 11, 20, 9, minute, tzinfo=UTC)
    >>> seen_changes([Step(at(0), "3"), Step(at(2), "5")], timedelta(minutes=10))  # a typo
    []
    >>> [(one.old, one.new) for one in seen_changes([Step(at(0), "2"), Step(at(30), "4")], timedelta(minutes=10))]
    [('2', '4')]
    """
    told: list[Step] = []
    for step in steps:
        while told and step.at - told[-1].at < pause:
            told.pop()
        if not told or told[-1].value != step.value:
            told.append(step)
    return [Seen(after.at, before.value, after.value) for before, after in pairwise(told) if before.value is not None]
