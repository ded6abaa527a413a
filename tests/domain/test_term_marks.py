"""Averages, thresholds, proposals and what-if hold for every set of marks that a teacher may give."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as some

from app.domain.averages import Given, averages
from app.domain.term_marks import (
    KINDS,
    NOT_ATTESTED,
    Rules,
    Work,
    final,
    marks_needed,
    proposal,
    what_if,
    yearly,
)

VALUES = some.sampled_from(["2", "3", "4", "5", "зч", "н/а", "осв", "нз"])
WEIGHTS = some.decimals("0.1", "10", places=2)
WORKS = some.lists(some.builds(Work, VALUES, some.sampled_from(KINDS), WEIGHTS, some.booleans()), max_size=25)
RULES = some.builds(
    Rules,
    some.tuples(
        some.decimals("4", "5", places=2), some.decimals("3", "4", places=2), some.decimals("2", "3", places=2)
    ),
    some.integers(1, 6),
)


def numbers_of(works: list[Work]) -> list[Work]:
    return [one for one in works if one.value.isdigit() and one.counts]


@settings(max_examples=60)
@given(WORKS)
def test_a_weighted_mean_is_the_sum_of_products_by_the_sum_of_weights(works: list[Work]) -> None:
    found = averages(Given(one.value, one.weight, one.counts) for one in works)
    counted = numbers_of(works)

    assert found.count == len(counted)
    if not counted:
        assert found.weighted is None
        return
    exact = Fraction(sum(int(one.value) * Fraction(one.weight) for one in counted)) / sum(
        Fraction(one.weight) for one in counted
    )
    assert found.weighted is not None
    assert abs(Fraction(found.weighted) - exact) <= Fraction(1, 200)
    assert min(int(one.value) for one in counted) <= found.weighted <= max(int(one.value) for one in counted)


@settings(max_examples=60)
@given(RULES, some.decimals("2", "5", places=2), some.decimals("2", "5", places=2))
def test_a_better_mean_never_makes_a_worse_mark(rules: Rules, one: Decimal, other: Decimal) -> None:
    low, high = sorted((one, other))

    assert rules.mark_of(low) <= rules.mark_of(high)
    for mark in (3, 4, 5):
        assert rules.mark_of(rules.threshold_of(mark)) >= mark
        assert rules.mark_of(rules.threshold_of(mark) - Decimal("0.01")) < mark or rules.threshold_of(mark) == 2


@settings(max_examples=80)
@given(WORKS, RULES)
def test_tests_lead_else_class_work_else_homework(works: list[Work], rules: Rules) -> None:
    made, counted = proposal(works, rules), numbers_of(works)

    assert made.count == len(counted)
    if len(counted) < rules.least_marks:
        assert (made.value, made.led_by) == (NOT_ATTESTED, "")
        return
    led_by = next(kind for kind in KINDS if any(one.kind == kind for one in counted))
    decided = [int(one.value) for one in counted if one.kind == led_by]
    assert made.led_by == led_by
    assert made.mean is not None
    assert abs(made.mean - Decimal(sum(decided)) / len(decided)) <= Decimal("0.005")
    assert made.value == str(rules.mark_of(made.mean))


@settings(max_examples=80)
@given(WORKS, some.integers(2, 5), WEIGHTS, some.decimals("2", "5", places=2))
def test_the_marks_that_are_needed_reach_the_mean_and_one_fewer_does_not(
    works: list[Work], value: int, weight: Decimal, target: Decimal
) -> None:
    needed, counted = marks_needed(works, value, weight, target), numbers_of(works)

    def mean_with(more: int) -> Fraction | None:
        weights = [Fraction(one.weight) for one in counted] + [Fraction(weight)] * more
        products = [int(one.value) * Fraction(one.weight) for one in counted] + [value * Fraction(weight)] * more
        return sum(products, Fraction(0)) / sum(weights) if weights else None

    if needed is None:
        assert value <= target
        assert (mean_with(1000) or Fraction(0)) < Fraction(target)
        return
    reached = mean_with(needed)
    assert reached is not None
    assert reached >= Fraction(target)
    before = mean_with(needed - 1) if needed else None
    assert needed == 0 or before is None or before < Fraction(target)


def marked(works: list[Work], rules: Rules, value: int, more: int) -> int:
    """The mark of the weighted mean after so many more of the value."""
    given = [Given(one.value, one.weight, one.counts) for one in works]
    mean = averages([*given, *[Given(str(value))] * more]).weighted
    assert mean is not None
    return rules.mark_of(mean)


@settings(max_examples=120)
@given(WORKS, RULES)
def test_a_way_that_is_shown_leads_there_with_no_mark_too_many_and_no_way_is_kept_back(
    works: list[Work], rules: Rules
) -> None:
    ways = what_if(works, rules)
    for way in ways:
        assert marked(works, rules, way.value, way.needed or 0) >= way.wanted
        assert marked(works, rules, way.value, (way.needed or 0) - 1) < way.wanted
    if numbers_of(works):
        now = marked(works, rules, 5, 0)
        for value in {*range(now + 1, 6)} - {way.value for way in ways}:
            assert marked(works, rules, value, 10) <= now


@settings(max_examples=80)
@given(WORKS, RULES, some.integers(0, 24))
def test_a_better_mark_never_makes_a_worse_proposal(works: list[Work], rules: Rules, place: int) -> None:
    counted = numbers_of(works)
    if not counted:
        return
    chosen = counted[place % len(counted)]
    better = [Work("5", one.kind, one.weight, one.counts) if one is chosen else one for one in works]
    before, after = proposal(works, rules), proposal(better, rules)

    assert (after.led_by, after.count) == (before.led_by, before.count)
    assert after.value == before.value == NOT_ATTESTED or int(after.value) >= int(before.value)


@settings(max_examples=80)
@given(some.sampled_from([10, 12, 100]), some.decimals("0", "0.99", places=2), some.decimals("1", "100", places=2))
def test_scales_of_other_lengths_keep_order_and_thresholds(highest: int, fraction: Decimal, mean: Decimal) -> None:
    rules = Rules((4 + fraction, Decimal(3), Decimal(2)), lowest=1, highest=highest)
    mark = rules.mark_of(mean)

    assert 1 <= mark <= highest
    assert mark in (1, highest) or rules.threshold_of(mark) <= mean < rules.threshold_of(mark + 1)
    assert all(rules.mark_of(rules.threshold_of(each)) == each for each in range(2, highest + 1))


@settings(max_examples=80)
@given(some.lists(some.sampled_from(["2", "3", "4", "5", "зч", "н/а"]), max_size=6), some.sampled_from("2345"))
def test_a_year_lies_between_its_terms_and_a_final_between_year_and_exam(marks: list[str], exam: str) -> None:
    numbers = [mark for mark in marks if mark.isdigit()]
    year = yearly(marks, Rules())

    assert (year == NOT_ATTESTED) == (2 * marks.count(NOT_ATTESTED) >= len(marks) > 0 < marks.count(NOT_ATTESTED))
    if year.isdigit():
        assert min(numbers) <= year <= max(numbers)
        assert min(year, exam) <= final(year, exam, Rules()) <= max(year, exam)
        assert final(year, exam, Rules()) == final(exam, year, Rules())
    else:
        assert final(year, exam, Rules()) == year


def test_two_fives_make_it_a_five() -> None:
    (way,) = what_if([Work("4"), Work("4")], Rules())

    assert (way.value, way.wanted, way.needed) == (5, 5, 2)
    assert what_if([Work("5")], Rules()) == []
    assert what_if([Work("зч")], Rules()) == []


def test_years_and_finals_are_means_with_a_half_upwards() -> None:
    rules = Rules()

    assert [yearly(marks, rules) for marks in (["4", "5"], ["3", "3", "4"], ["зч"], [], ["н/а", "5"])] == [
        "5", "3", "", "", "н/а",
    ]  # fmt: skip
    assert [final("4", "5", rules), final("3", "2", rules), final("н/а", "5", rules)] == ["5", "3", "н/а"]
