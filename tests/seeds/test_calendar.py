"""The demo's calendar, on every day of four years."""

from datetime import date, timedelta

import pytest

from seeds.demo.calendar import COMING_DAYS, PAST_DAYS, calendar_for

DAY = timedelta(days=1)
EVERY_DAY = [date(2025, 1, 1) + n * DAY for n in range(4 * 365 + 1)]


@pytest.fixture(scope="module")
def calendars():
    return [calendar_for(day) for day in EVERY_DAY]


def test_yesterday_and_today_are_school_days_of_one_term(calendars):
    for calendar in calendars:
        assert calendar.is_school_day(calendar.today - DAY)
        assert calendar.is_school_day(calendar.today)
        assert (
            len({term for term in calendar.terms for day in (calendar.today - DAY, calendar.today) if day in term}) == 1
        )


def test_there_are_four_weeks_of_journal_and_a_week_to_come(calendars):
    for calendar in calendars:
        past, coming = calendar.past(), calendar.coming()
        assert len(past) == PAST_DAYS
        assert len(coming) == COMING_DAYS
        assert past == tuple(sorted(past))
        assert past[-1] == calendar.today - DAY
        assert all(calendar.is_school_day(day) for day in (*past, *coming))


def test_a_week_has_five_school_days(calendars):
    for calendar in calendars:
        assert len(set(calendar.weekdays)) == 5
        assert set(calendar.weekdays) <= set(range(1, 8))


def test_no_school_day_lies_in_holidays(calendars):
    for calendar in calendars:
        days = (*calendar.past(), calendar.today, *calendar.coming())
        assert not [day for day in days for holiday in calendar.holidays if day in holiday]


def test_year_stands_as_it_is_on_a_wednesday_in_october():
    calendar = calendar_for(date(2026, 10, 14))

    assert calendar.year.begins_on == date(2026, 9, 1)
    assert calendar.weekdays == (1, 2, 3, 4, 5)


@pytest.mark.parametrize("today", [date(2026, 7, 15), date(2026, 8, 20), date(2026, 9, 3), date(2027, 1, 4)])
def test_year_is_moved_by_whole_weeks_where_today_is_no_term_time(today):
    calendar = calendar_for(today)

    first = date(today.year if today.month >= 8 else today.year - 1, 9, 1)
    assert calendar.year.begins_on != first
    assert (calendar.year.begins_on - first).days % 7 == 0


def test_monday_follows_a_school_day_too():
    assert calendar_for(date(2026, 10, 12)).weekdays == (7, 1, 2, 3, 4)
    assert calendar_for(date(2026, 10, 17)).weekdays == (2, 3, 4, 5, 6)
    assert calendar_for(date(2026, 10, 18)).weekdays == (3, 4, 5, 6, 7)
