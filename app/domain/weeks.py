"""Weeks of the school: from Monday, written as ISO 8601 does (2026-W47)."""

import re
from datetime import date, timedelta

from app.domain.errors import InvalidInput

FIRST_YEAR, LAST_YEAR = 2000, 2099
A_WEEK = timedelta(days=7)
_WRITTEN = re.compile(r"([0-9]{4})-?[Ww]([0-9]{1,2})")


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_name(day: date) -> str:
    """The name of the week of that day.

    >>> week_name(date(2026, 11, 20)), week_name(date(2027, 1, 2))
    ('2026-W47', '2026-W53')
    """
    year, week, _weekday = day.isocalendar()
    return f"{year}-W{week:02}"


def read_week(written: str) -> date:
    """The Monday of a week's name, or of the week of a day (2026-11-20). Raises InvalidInput on `week`.

    >>> read_week("2026-W47"), read_week("2026-11-20")
    (datetime.date(2026, 11, 16), datetime.date(2026, 11, 16))
    """
    named = _WRITTEN.fullmatch(written)
    if named is None:
        return monday_of(_day(written))
    year, week = int(named[1]), int(named[2])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput("week", "week.year", first=FIRST_YEAR, last=LAST_YEAR)
    last = date(year, 12, 28).isocalendar().week  # the 28th of December lies in a year's last week
    if not 1 <= week <= last:
        raise InvalidInput("week", "week.number", year=year, last=last, given=week)
    return date.fromisocalendar(year, week, 1)


def _day(written: str) -> date:
    try:
        day = date.fromisoformat(written) if len(written) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput("week", "week.unknown")
    if not FIRST_YEAR <= monday_of(day).year <= LAST_YEAR:
        raise InvalidInput("week", "week.year", first=FIRST_YEAR, last=LAST_YEAR)
    return day
