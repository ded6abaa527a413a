"""Which days and which reason a family's words mean, on Friday the 20th of November 2026."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.sms_absence import away

NAMES = ("Мария", "Пётр")
MORNING, AFTERNOON = datetime(2026, 11, 20, 10), datetime(2026, 11, 20, 16)
TODAY = date(2026, 11, 20)


def day(number: int, month: int = 11, year: int = 2026) -> date:
    return date(year, month, number)


@pytest.mark.parametrize(
    ("written", "children", "first", "last", "reason", "comment"),
    [
        ("", (), TODAY, TODAY, "ill", ""),
        ("Маша", (0,), TODAY, TODAY, "ill", ""),
        ("2", (1,), TODAY, TODAY, "ill", ""),
        ("завтра", (), day(21), day(21), "ill", ""),
        ("Zavtra Masha", (0,), day(21), day(21), "ill", ""),
        ("Маша вчера", (0,), day(19), day(19), "ill", ""),
        ("25.11-27.11 грипп", (), day(25), day(27), "ill", ""),
        ("25-27.11", (), day(25), day(27), "ill", ""),
        ("25-27 ноября", (), day(25), day(27), "ill", ""),
        ("с 1 по 3 декабря", (), day(1, 12), day(3, 12), "ill", ""),
        ("с 25.11. по 27.11.2026", (), day(25), day(27), "ill", ""),
        ("12.01", (), day(12, 1, 2027), day(12, 1, 2027), "ill", ""),  # of the year in which it is nearest
        ("12.10", (), day(12, 10), day(12, 10), "ill", ""),
        ("12.10.26", (), day(12, 10), day(12, 10), "ill", ""),
        ("до среды", (), TODAY, day(25), "ill", ""),
        ("пн-ср", (), day(23), day(25), "ill", ""),
        ("с понедельника до пятницы по семейным обстоятельствам", (), day(23), day(27), "family", ""),
        ("Петя в понедельник врач", (1,), day(23), day(23), "other", "врач"),
        ("до 1 декабря едем к бабушке", (), TODAY, day(1, 12), "ill", "едем к бабушке"),
        ("tomorrow contest", (), day(21), day(21), "event", ""),
        ("27.11-25.11", (), day(27), day(25), "ill", ""),  # refused later, with a word
    ],
)
def test_an_absence_is_understood(
    written: str, children: tuple[int, ...], first: date, last: date, reason: str, comment: str
) -> None:
    told = away(written, NAMES, MORNING)

    assert (told.children, told.begins_on, told.ends_on, told.reason, told.comment, told.wrong) == (
        children, first, last, reason, comment, "",
    )  # fmt: skip


def test_late_in_the_afternoon_a_day_that_is_not_named_is_tomorrow() -> None:
    assert away("Маша", NAMES, AFTERNOON).begins_on == day(21)
    assert away("сегодня", NAMES, AFTERNOON).begins_on == TODAY


@pytest.mark.parametrize("written", ["31.02", "45.45", "31.11.2026", "30 февраля"])
def test_a_day_that_there_is_not_is_told(written: str) -> None:
    assert away(f"Маша {written}", NAMES, MORNING).wrong == written


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.sampled_from(["Маша", "12.10", "-", "по", "до", "31.02", "завтра", "9.9.99", "врач", "пт", "0", "№"])
    ).map(" ".join)
    | st.text(max_size=60)
)
def test_whatever_is_written_is_some_days_and_some_reason(written: str) -> None:
    told = away(written, NAMES, MORNING)

    assert set(told.children) <= {0, 1}
    assert told.reason in ("ill", "family", "event", "other")
    assert len(told.comment) <= 200
