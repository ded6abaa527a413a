"""Averages: what counts lies between the lowest and the highest mark, and what does not count changes nothing."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.averages import Given, averages
from app.domain.journal_cells import Cell, changes, read_cell
from app.domain.marks import MarkScale

WEIGHTS = st.decimals(Decimal("0.01"), Decimal(10), places=2)
NUMBERS = st.integers(1, 100).map(str)
WORDS = st.sampled_from(["зч", "нз", "осв", "н/а", "н", "", "²", "5.5"])
MARKS = st.lists(st.builds(Given, NUMBERS, WEIGHTS, st.booleans()), max_size=40)
SCALE = MarkScale(2, 5, ("зч", "нз", "осв", "н/а"))
CELLS = st.builds(
    Cell,
    st.lists(st.sampled_from(["2", "3", "4", "5", *SCALE.words]), max_size=4).map(tuple),
    st.sampled_from([None, "absent", "ill", "excused", "late"]),
)


def rounded(exact: Fraction) -> Decimal:
    """To hundredths, a half upwards, by another way than the one that is tested."""
    return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@given(MARKS)
def test_the_means_are_the_quotients_of_the_formula(marks: list[Given]) -> None:
    counted = [(int(one.value), Fraction(one.weight)) for one in marks if one.counts]
    found = averages(marks)

    assert found.count == len(counted)
    if not counted:
        assert (found.mean, found.weighted) == (None, None)
        return
    assert found.mean == rounded(Fraction(sum(value for value, _ in counted), len(counted)))
    weighted = sum(value * weight for value, weight in counted) / sum(weight for _, weight in counted)
    assert found.weighted == rounded(Fraction(weighted))
    assert min(value for value, _ in counted) <= found.weighted <= max(value for value, _ in counted)


@given(MARKS, st.lists(st.builds(Given, WORDS, WEIGHTS, st.booleans()), max_size=10))
def test_words_and_what_does_not_count_change_nothing(marks: list[Given], words: list[Given]) -> None:
    uncounted = [Given(one.value, one.weight, False) for one in marks]

    assert averages([*words, *marks, *uncounted]) == averages(marks)


@given(MARKS)
def test_equal_weights_make_both_means_the_same(marks: list[Given]) -> None:
    alike = averages(Given(one.value, Decimal(3), one.counts) for one in marks)

    assert alike.mean == alike.weighted


@given(MARKS, st.integers(1, 4), st.randoms(use_true_random=False))
def test_neither_order_nor_a_common_factor_of_the_weights_changes_a_mean(
    marks: list[Given], by: int, any_: Any
) -> None:
    heavier = [Given(one.value, one.weight * by, one.counts) for one in marks]
    any_.shuffle(heavier)

    assert averages(heavier) == averages(marks)


@given(MARKS, NUMBERS, WEIGHTS)
def test_one_more_mark_draws_the_means_to_itself(marks: list[Given], value: str, weight: Decimal) -> None:
    before, after = averages(marks), averages([*marks, Given(value, weight)])
    for was, now in ((before.mean, after.mean), (before.weighted, after.weighted)):
        assert now is not None
        low, high = sorted((was if was is not None else Decimal(value), Decimal(value)))
        assert low <= now <= high


@given(CELLS)
def test_what_a_cell_shows_is_read_as_the_same_cell(cell: Cell) -> None:
    assert read_cell(str(cell), SCALE) == cell


@given(
    st.lists(st.sampled_from("2345"), max_size=4).map(tuple), st.lists(st.sampled_from("2345"), max_size=4).map(tuple)
)
def test_changes_lead_from_what_stands_to_what_was_typed(old: tuple[str, ...], new: tuple[str, ...]) -> None:
    front, gone, come = changes(old, new)
    kept = old[:front], old[front + gone :]

    assert (*kept[0], *new[front : front + come], *kept[1]) == new
    assert come <= gone or not kept[1]  # what is added stands behind what is there
