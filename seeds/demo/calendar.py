"""The demo's academic year: the ordinary one, moved by whole weeks where today would not lie well inside a term."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count

PAST_DAYS = 20  # school days with a journal before today: four weeks
COMING_DAYS = 5  # school days with lessons planned after today: one week
_DAY = timedelta(days=1)
_WEEK = timedelta(weeks=1)
_WEEK_BEGINS = {6: 2, 7: 3, 1: 7}  # today's weekday → the first of five school days that hold today and yesterday


@dataclass(frozen=True)
class Span:
    """Days with a name, the first and the last counted."""

    name: str
    begins_on: date
    ends_on: date

    def __contains__(self, day: date) -> bool:
        return self.begins_on <= day <= self.ends_on


@dataclass(frozen=True)
class Calendar:
    """An academic year around today, with yesterday and today as school days of one term."""

    today: date
    weekdays: tuple[int, ...]  # ISO, the five school days in their order
    terms: tuple[Span, ...]
    holidays: tuple[Span, ...]

    @property
    def year(self) -> Span:
        """From the first day of the first term to the last of the last."""
        first, last = self.terms[0].begins_on, self.terms[-1].ends_on
        return Span(f"{first.year}/{last.year}", first, last)

    def is_school_day(self, day: date) -> bool:
        """Whether lessons are held on the day."""
        return day.isoweekday() in self.weekdays and any(day in term for term in self.terms)

    def school_days(self) -> tuple[date, ...]:
        """All of the year."""
        return tuple(self._school_days(_DAY, self.year.begins_on))

    def past(self) -> tuple[date, ...]:
        """The last school days before today, the earliest first; fewer where the year has no more."""
        return tuple(reversed(_first(PAST_DAYS, self._school_days(-_DAY))))

    def coming(self) -> tuple[date, ...]:
        """The next school days after today; fewer where the year has no more."""
        return tuple(_first(COMING_DAYS, self._school_days(_DAY)))

    def _school_days(self, step: timedelta, begin: date | None = None) -> Iterator[date]:
        day = begin or self.today + step
        while day in self.year:
            if self.is_school_day(day):
                yield day
            day += step


def calendar_for(today: date) -> Calendar:
    """The academic year moved by the fewest weeks: today and yesterday are school days with weeks on either side."""
    begins = today.year if today.month >= 8 else today.year - 1
    first = _WEEK_BEGINS.get(today.isoweekday(), 1)
    weekdays = tuple((first - 1 + n) % 7 + 1 for n in range(5))
    for weeks in (move for size in count() for move in (size, -size)):
        found = Calendar(today, weekdays, _terms(begins, weeks * _WEEK), _holidays(begins, weeks * _WEEK))
        if _serves(found):
            return found
    raise AssertionError("unreachable")


def calendar_at_its_end(today: date) -> Calendar:
    """The academic year moved by whole weeks so that today is one of its last school days: all but done."""
    begins = today.year - 1
    weeks = -((date(today.year, 5, 31) - today) // _WEEK)
    first = _WEEK_BEGINS.get(today.isoweekday(), 1)
    weekdays = tuple((first - 1 + n) % 7 + 1 for n in range(5))
    return Calendar(today, weekdays, _terms(begins, weeks * _WEEK), _holidays(begins, weeks * _WEEK))


def _serves(calendar: Calendar) -> bool:
    around = (calendar.today - _DAY, calendar.today)
    return (
        all(calendar.is_school_day(day) for day in around)
        and len(calendar.past()) == PAST_DAYS
        and len(calendar.coming()) == COMING_DAYS
    )


def _terms(begins: int, moved: timedelta) -> tuple[Span, ...]:
    return _spans(
        moved,
        ("1-я четверть", date(begins, 9, 1), date(begins, 10, 26)),
        ("2-я четверть", date(begins, 11, 5), date(begins, 12, 30)),
        ("3-я четверть", date(begins + 1, 1, 12), date(begins + 1, 3, 22)),
        ("4-я четверть", date(begins + 1, 4, 1), date(begins + 1, 5, 31)),
    )


def _holidays(begins: int, moved: timedelta) -> tuple[Span, ...]:
    return _spans(
        moved,
        ("Осенние каникулы", date(begins, 10, 27), date(begins, 11, 4)),
        ("Зимние каникулы", date(begins, 12, 31), date(begins + 1, 1, 11)),
        ("Весенние каникулы", date(begins + 1, 3, 23), date(begins + 1, 3, 31)),
    )


def _spans(moved: timedelta, *given: tuple[str, date, date]) -> tuple[Span, ...]:
    return tuple(Span(name, begins_on + moved, ends_on + moved) for name, begins_on, ends_on in given)


def _first(number: int, days: Iterator[date]) -> list[date]:
    return [day for _, day in zip(range(number), days, strict=False)]
