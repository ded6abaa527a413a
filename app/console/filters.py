"""Filters of the console's lists: plain selects and inputs, each read from one argument of the address."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from sqlalchemy import select

from app.domain.errors import InvalidInput
from app.domain.phones import phone_number
from app.models import SmsInbound
from app.services.outbox_reading import link_names
from app.web.resources import resources
from app.words import Word, _

LONGEST = 40


@dataclass(frozen=True)
class Asked:
    """A filter with what was typed into it."""

    argument: str
    label: Word
    kind: str  # choice, text, day, hidden
    typed: str
    is_wrong: bool
    takes: Word  # what may be typed
    choices: Iterable[tuple[str, Any]] = ()


class Filter(BaseSQLAFilter):
    """Base of ours: one argument of the address, one input."""

    kind = "text"
    takes: Word

    def __init__(self, column: Any, argument: str, label: Word) -> None:
        super().__init__(column, argument)
        self.argument, self.label = argument, label

    def operation(self) -> str:
        return "is"

    def asked(self, written: str) -> Asked:
        """What the address says; empty is no filter."""
        typed = written.strip()
        is_wrong = len(typed) > LONGEST or (bool(typed) and not self.validate(typed))
        return Asked(self.argument, self.label, self.kind, typed[:LONGEST], is_wrong, self.takes, self.choices())

    def choices(self) -> Iterable[tuple[str, Any]]:
        return ()


class Choice(Filter):
    """One of some words."""

    kind = "choice"
    takes = _("Choose one of the list.")

    def __init__(self, column: Any, argument: str, label: Word, words: Mapping[str, Word]) -> None:
        super().__init__(column, argument, label)
        self.words = words

    def clean(self, value: str) -> str:
        if value not in self.words:
            raise ValueError
        return value

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        return query.filter(self.column == value)

    def choices(self) -> Iterable[tuple[str, Any]]:
        return self.words.items()


class Related(Filter):
    """One of the rows that the person sees; a foreign or unknown one filters everything away."""

    kind = "choice"
    takes = _("Choose one of the list.")

    def __init__(self, column: Any, argument: str, label: Word, rows: Callable[[], Iterable[tuple[str, str]]]) -> None:
        super().__init__(column, argument, label)
        self.rows = rows

    def clean(self, value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", value):
            raise ValueError
        return int(value)

    def apply(self, query: Any, value: int, alias: Any = None) -> Any:
        return query.filter(self.column == value)

    def choices(self) -> Iterable[tuple[str, Any]]:
        return self.rows()


class Number(Filter):
    """A phone, its beginning ("+7916…"), or a part of it."""

    takes = _("Takes a phone, or two digits of it or more, such as +7916.")

    def clean(self, value: str) -> str:
        digits = re.sub(r"[\s()\-]", "", value)
        if not re.fullmatch(r"\+?[0-9]{2,15}", digits):
            raise ValueError
        return digits

    def apply(self, query: Any, value: str, alias: Any = None) -> Any:
        try:
            return query.filter(self.column == phone_number(value))  # by the index of phones
        except InvalidInput:
            test = self.column.startswith if value.startswith("+") else self.column.contains
            return query.filter(test(value, autoescape=True))


class WhoWrote(Related):
    """Of the phone from which an inbound text came: the address holds the text's number, and no phone."""

    kind = "hidden"

    def __init__(self, column: Any) -> None:
        super().__init__(column, "who_wrote", _("Phone"), list)

    def apply(self, query: Any, value: int, alias: Any = None) -> Any:
        phone = resources().db().scalars(select(SmsInbound.phone).where(SmsInbound.id == value)).first()
        return query.filter(self.column == phone)


class Day(Filter):
    """From a day on, or to its end, in the time zone of the pages."""

    kind = "day"
    takes = _("Takes a day such as 2026-11-20.")

    def __init__(self, column: Any, argument: str, label: Word, *, is_last: bool = False) -> None:
        super().__init__(column, argument, label)
        self.is_last = is_last

    def clean(self, value: str) -> date:
        day = date.fromisoformat(value)
        if not 2000 <= day.year < 2200:
            raise ValueError
        return day

    def apply(self, query: Any, value: date, alias: Any = None) -> Any:
        zone = resources().settings.timezone
        if self.is_last:
            return query.filter(self.column < datetime.combine(value + timedelta(days=1), time(), zone))
        return query.filter(self.column >= datetime.combine(value, time(), zone))


def link_choices() -> list[tuple[str, str]]:
    """The links that the person sees."""
    return [(str(key), name) for key, name in link_names(resources().db()).items()]


def days(column: Any) -> tuple[Day, Day]:
    """The two filters of a period."""
    return Day(column, "since", _("Since")), Day(column, "until", _("Until the end of"), is_last=True)
