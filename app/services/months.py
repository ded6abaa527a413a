"""Calendars by month: weeks from Monday, each day with what is to be shown of it."""

from calendar import Calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True)
class Month:
    """One month; a day outside of it is None."""

    first: date
    weeks: list[list[tuple[date, Any] | None]]


def months(first: date, last: date, shown: Callable[[date], Any]) -> list[Month]:
    """The months from that of the first day to that of the last.

    >>> [month.first.month for month in months(date(2026, 11, 5), date(2027, 1, 1), str)]
    [11, 12, 1]
    """
    found = []
    begin = first.replace(day=1)
    while begin <= last:
        weeks = [
            [(day, shown(day)) if day.month == begin.month else None for day in week]
            for week in Calendar().monthdatescalendar(begin.year, begin.month)
        ]
        found.append(Month(begin, weeks))
        begin = (begin + timedelta(days=32)).replace(day=1)
    return found
