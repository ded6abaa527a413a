"""Term marks: what the marks of a term propose, with its explanation; what further marks would do; year and final.

A proposal is no decision: the teacher decides, and says why where it differs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from app.domain.averages import HUNDRED, Given, averages, is_number, reckoned

TEST, CLASS_WORK, HOMEWORK = "test", "class_work", "homework"
KINDS = (TEST, CLASS_WORK, HOMEWORK)
NOT_ATTESTED = "н/а"


@dataclass(frozen=True)
class Rules:
    """How a school rounds, and from how many marks on; `thresholds` are those of 5, 4 and 3."""

    thresholds: tuple[Decimal, Decimal, Decimal] = (Decimal("4.5"), Decimal("3.5"), Decimal("2.5"))
    least_marks: int = 3
    lowest: int = 2
    highest: int = 5

    def mark_of(self, mean: Decimal) -> int:
        """The mark that a mean makes. A scale that does not end at 5 takes the fraction of the threshold of 5.

        >>> [Rules().mark_of(Decimal(mean)) for mean in ("4.5", "4.49", "3.5", "2.49", "1.2")]
        [5, 4, 4, 2, 2]
        >>> Rules(highest=10, lowest=1).mark_of(Decimal("7.5"))
        8
        """
        if self.highest == 5:
            for mark, threshold in zip((5, 4, 3), self.thresholds, strict=True):
                if mean >= threshold and mark >= self.lowest:
                    return mark
            return max(self.lowest, min(2, int(mean)))
        fraction = self.thresholds[0] % 1
        whole = int(mean)
        made = whole + 1 if fraction and mean - whole >= fraction else whole
        return max(self.lowest, min(self.highest, made))

    def threshold_of(self, mark: int) -> Decimal:
        """The least mean that makes this mark.

        >>> Rules().threshold_of(4), Rules(highest=10, lowest=1).threshold_of(8)
        (Decimal('3.5'), Decimal('7.5'))
        """
        if self.highest == 5 and mark in (5, 4, 3):
            return self.thresholds[5 - mark]
        fraction = self.thresholds[0] % 1
        return Decimal(mark) - 1 + fraction if fraction else Decimal(mark)


class Work(NamedTuple):
    """One mark of the term: as written, what kind of work it was for, its weight, whether it counts."""

    value: str
    kind: str = CLASS_WORK
    weight: Decimal = Decimal(1)
    counts: bool = True

    @property
    def hundredths(self) -> int:
        """The weight in hundredths; 0 of a mark that does not count."""
        return int(self.weight * HUNDRED) if self.counts else 0


@dataclass(frozen=True)
class Part:
    """The mean of one kind of work, of how many marks, and the mark that it would make; None and "" without any."""

    count: int
    mean: Decimal | None
    mark: str = ""


@dataclass(frozen=True)
class Proposal:
    """What is proposed, which kind of work decided, the three means, and the weighted mean beside them.

    `value` is н/а where there are too few marks, and empty where nothing can be proposed; `led_by` is "" then.
    """

    value: str
    led_by: str
    tests: Part
    class_work: Part
    homework: Part
    count: int
    weighted: Decimal | None
    weighted_value: str  # what the weighted mean would make

    @property
    def mean(self) -> Decimal | None:
        """The mean that decided."""
        return {TEST: self.tests, CLASS_WORK: self.class_work, HOMEWORK: self.homework}.get(self.led_by, NONE).mean


NONE = Part(0, None)


@dataclass(frozen=True)
class Proposed:
    """What is proposed to one student: the value, and by what: the marks of the term, or other term marks."""

    value: str
    by_marks: Proposal | None = None
    by_terms: tuple[str, ...] = ()  # the term marks that it is the mean of
    works: Sequence[Work] = ()


def proposal(works: Iterable[Work], rules: Rules) -> Proposal:
    """The cascade: tests lead where there are some, else class work, else homework; н/а below the least number.

    >>> made = proposal([Work("5", TEST), Work("3"), Work("4"), Work("2", HOMEWORK)], Rules())
    >>> made.value, made.led_by, made.tests.mean, made.class_work.mean
    ('5', 'test', Decimal('5.00'), Decimal('3.50'))
    >>> proposal([Work("5")], Rules()).value
    'н/а'
    """
    numbers = [(one, int(one.value)) for one in works if is_number(one.value)]
    parts = {kind: _part(numbers, kind, rules) for kind in KINDS}
    counted = reckoned((value, one.hundredths) for one, value in numbers)
    led_by = next((kind for kind in KINDS if parts[kind].mean is not None), "")
    mean = parts[led_by].mean if led_by else None
    value = "" if mean is None else str(rules.mark_of(mean))
    if counted.count < rules.least_marks:
        value, led_by = NOT_ATTESTED, ""
    weighted = "" if counted.weighted is None else str(rules.mark_of(counted.weighted))
    return Proposal(
        value, led_by, parts[TEST], parts[CLASS_WORK], parts[HOMEWORK], counted.count, counted.weighted, weighted
    )


def _part(numbers: Iterable[tuple[Work, int]], kind: str, rules: Rules) -> Part:
    """Inside one kind the marks weigh alike: the weights are between kinds."""
    found = reckoned((value, HUNDRED if one.counts else 0) for one, value in numbers if one.kind == kind)
    return Part(found.count, found.mean, "" if found.mean is None else str(rules.mark_of(found.mean)))


def mean_of_marks(marks: Sequence[str]) -> Decimal | None:
    """The mean of term marks that are numbers."""
    return averages(Given(mark) for mark in marks).mean


def yearly(marks: Sequence[str], rules: Rules) -> str:
    """The year's (or half-year's) mark by those of its terms: their mean, a half upwards; "" where none is a number.

    н/а in a half or more of the terms makes the year н/а.

    >>> yearly(["4", "5", "4", "5"], Rules()), yearly(["3", "н/а", "3"], Rules()), yearly(["н/а", "н/а", "4"], Rules())
    ('5', '3', 'н/а')
    """
    numbers = [mark for mark in marks if is_number(mark)]
    missing = sum(mark == NOT_ATTESTED for mark in marks)
    if missing and missing * 2 >= len(marks):
        return NOT_ATTESTED
    mean = mean_of_marks(numbers)
    return "" if mean is None else str(_half_upwards(mean, rules))


def final(year: str, exam: str, rules: Rules) -> str:
    """The final mark by year and exam: their mean, a half upwards; without an exam the year's.

    >>> final("4", "5", Rules()), final("4", "", Rules()), final("", "5", Rules())
    ('5', '4', '')
    """
    if not is_number(year):
        return year
    if not is_number(exam):
        return year
    mean = mean_of_marks([year, exam])
    assert mean is not None
    return str(_half_upwards(mean, rules))


def _half_upwards(mean: Decimal, rules: Rules) -> int:
    return max(rules.lowest, min(rules.highest, int(mean + Decimal("0.5"))))


@dataclass(frozen=True)
class WhatIf:
    """How many more marks of one value and weight reach a mean: 0 where it is reached, None where they never do."""

    value: int
    wanted: int
    needed: int | None


def marks_needed(works: Iterable[Work], value: int, weight: Decimal, target: Decimal) -> int | None:
    """n = ⌈(T·W − S) / (w·(v − T))⌉ with S = Σwm and W = Σw, exactly; 0 where S/W ≥ T; None where v ≤ T is too little.

    >>> marks_needed([Work("4"), Work("4")], 5, Decimal(1), Decimal("4.5"))
    2
    >>> marks_needed([Work("3")], 4, Decimal(1), Decimal("4.5")) is None
    True
    """
    given = [one for one in works if is_number(one.value)]
    summed = sum(int(one.value) * one.hundredths for one in given)
    total = sum(one.hundredths for one in given)
    lacking = target * total - summed
    if total and lacking <= 0:
        return 0
    if not total:
        return 1 if value >= target else None
    if value <= target:
        return None
    steps = lacking / (weight * HUNDRED * (value - target))
    return int(steps.to_integral_value(rounding=ROUND_CEILING))


def _least_shown_as(mean: Decimal) -> Decimal:
    """The least exact mean that counts as this one, for means are taken to hundredths, a half upwards."""
    return mean.quantize(Decimal("0.01"), ROUND_CEILING) - Decimal("0.005")


def what_if(works: Sequence[Work], rules: Rules, weight: Decimal = Decimal(1), most: int = 10) -> list[WhatIf]:
    """The ways to the next better mark: for each value that helps, how many of it; those beyond `most` are left out."""
    now = averages(Given(one.value, one.weight, one.counts) for one in works).weighted
    if now is None:
        return []
    reached = rules.mark_of(now)
    if reached >= rules.highest:
        return []
    wanted = reached + 1
    target = _least_shown_as(rules.threshold_of(wanted))
    found = []
    for value in range(rules.highest, reached, -1):
        needed = marks_needed(works, value, weight, target)
        if needed is not None and 0 < needed <= most:
            found.append(WhatIf(value, wanted, needed))
    return found
