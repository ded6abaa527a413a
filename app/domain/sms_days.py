"""Days as families text them: “завтра”, “12.10-14.10”, “12-14.10”, “14 марта”, “до пятницы”, in Russian and English."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from app.domain.translit import latin

LONGEST_READ = 1000  # signs of a text in which days are looked for
LATE = time(16, 0)  # from here on a day that is not named is tomorrow
_MONTHS = ("янв jan", "фев feb", "мар mar", "апр apr", "мая май may", "июн jun", "июл jul", "авг aug", "сен sep",
           "окт oct", "ноя nov", "дек dec")  # fmt: skip
_WEEKDAYS = (
    "понедельник понедельника пн monday mon", "вторник вторника вт tuesday tue", "среда среду среды ср wednesday wed",
    "четверг четверга чт thursday thu", "пятница пятницу пятницы пт friday fri",
    "суббота субботу субботы сб saturday sat", "воскресенье воскресенья вс sunday sun",
)  # fmt: skip
_AHEAD = {"сегодня": 0, "сег": 0, "today": 0, "завтра": 1, "завт": 1, "tomorrow": 1, "tmrw": 1, "послезавтра": 2,
          "вчера": -1, "yesterday": -1, "позавчера": -2}  # fmt: skip
_UNTIL = frozenset({"до", "по", "to", "till", "until", "do", "po"})


def _both(words: str, value: int) -> Iterator[tuple[str, int]]:
    for word in words.split():
        yield word, value
        yield latin(word), value


_MONTH = dict(pair for number, words in enumerate(_MONTHS, 1) for pair in _both(words, number))
_WEEKDAY = dict(pair for number, words in enumerate(_WEEKDAYS, 1) for pair in _both(words, number))
_IN_DAYS = dict(pair for word, days in _AHEAD.items() for pair in _both(word, days))
_MONTH_NAMES = (
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "january february march april may june july august september october november december"
)
_MONTH_WORDS = frozenset(form for word in _MONTH_NAMES.split() for form in (word, latin(word)))
_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_TOKEN = re.compile(
    rf"""(?P<first>[0-9]{{1,2}})\s*(?:[-–—]|по|до|to|till|po|do)\s*(?P<last>[0-9]{{1,2}})
        (?:[./](?P<in_month>[0-9]{{1,2}})(?![0-9]) | \s*(?P<in_name>{_NAMES})[^\W\d_]*)
    | (?P<day>[0-9]{{1,2}})[./](?P<month>[0-9]{{1,2}})(?:[./](?P<year>[0-9]{{4}}|[0-9]{{2}}))?(?![0-9])
    | (?P<number>[0-9]{{1,2}})\s*(?P<name>{_NAMES})[^\W\d_]*
    | (?P<dash>[-–—]) | (?P<word>[0-9]+|[^\W\d_]+)""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True)
class Days:
    """The first and the last day, None where none is named; the other words; what looks like a day and is none."""

    first: date | None
    last: date | None
    words: tuple[str, ...]
    wrong: str = ""


def days_in(text: str, now: datetime) -> Days:
    """The days that the text names; `now` in the school's time zone.

    A date without a year is the one nearest to today, a weekday the next one; “до” counts its day. Where only the last
    day is named, the first is the usual one.

    >>> days_in("Маша 12-14.10 грипп", datetime(2026, 10, 9, 8))
    Days(first=datetime.date(2026, 10, 12), last=datetime.date(2026, 10, 14), words=('Маша', 'грипп'), wrong='')
    """
    first: date | None = None
    last: date | None = None
    words: list[str] = []
    wrong, is_until = "", False
    for token in _TOKEN.finditer(text[:LONGEST_READ]):
        word = token["word"] or ""
        form = word.casefold().replace("ё", "е")
        if token["dash"] or form in _UNTIL:
            is_until = True
            continue
        try:
            day, end = _days_of(token, form, first if is_until and first else usual_day(now), now.date())
        except (ValueError, OverflowError):  # a weekday after the last day of all years
            day, end, wrong = None, None, wrong or token[0]
        if day is None:
            if not wrong or token[0] != wrong:
                words.append(token[0])
        elif end is not None:
            first, last = day, end
        elif is_until or (first is not None and last is None):
            first, last = first or usual_day(now), day
        else:
            first = first or day
        is_until = False
    return Days(first, last or first, tuple(words), wrong)


def names_day(word: str) -> bool:
    """Whether that may be a day: “30.11”, “30 ноября”, “завтра”, “пн”.

    >>> [names_day(word) for word in ("30.11", "30 ноября", "Завтра", "пн", "на", "99")]
    [True, True, True, True, False, False]
    """
    form = word.casefold().replace("ё", "е")
    token = _TOKEN.fullmatch(form)
    return form in _IN_DAYS or form in _WEEKDAY or (token is not None and bool(token["day"] or token["number"]))


def is_month(word: str) -> bool:
    """Whether the word is a month as it stands behind a number: “ноября”; “марина” is none."""
    return word.casefold() in _MONTH_WORDS


def day_named(said: str, today: date, *, is_past: bool = False) -> date | None:
    """The day that is named; of weekdays the next one, or the last one; None where there is no such day.

    >>> day_named("пн", date(2026, 11, 27)), day_named("пн", date(2026, 11, 27), is_past=True)
    (datetime.date(2026, 11, 30), datetime.date(2026, 11, 23))
    """
    form = said.casefold().replace("ё", "е")
    if is_past and form in _WEEKDAY:
        return today - timedelta(days=(today.isoweekday() - _WEEKDAY[form]) % 7)
    token = _TOKEN.match(form)
    try:
        return _days_of(token, form, today, today)[0] if token else None
    except ValueError:
        return None


def usual_day(now: datetime) -> date:
    """The day that is meant where none is named: today, and tomorrow in the late afternoon."""
    return now.date() + timedelta(days=1 if now.time() >= LATE else 0)


def _days_of(token: re.Match[str], form: str, after: date, today: date) -> tuple[date | None, date | None]:
    """The day (and the last one of a range) that the token is; nothing for another word. Raises ValueError."""
    if token["first"]:
        month = int(token["in_month"]) if token["in_month"] else _month(token["in_name"])
        return _near(int(token["first"]), month, today), _near(int(token["last"]), month, today)
    if token["day"]:
        day, month, year = int(token["day"]), int(token["month"]), token["year"]
        return (
            date(int(year) + (2000 if len(year) == 2 else 0), month, day) if year else _near(day, month, today)
        ), None
    if token["number"]:
        return _near(int(token["number"]), _month(token["name"]), today), None
    if form in _IN_DAYS:
        return today + timedelta(days=_IN_DAYS[form]), None
    if form in _WEEKDAY:
        return after + timedelta(days=(_WEEKDAY[form] - after.isoweekday()) % 7), None
    return None, None


def _month(name: str) -> int:
    """Raises ValueError for what only a pattern without case takes for a month, such as “ıyun”."""
    try:
        return _MONTH[name.casefold()]
    except KeyError:
        raise ValueError(name) from None


def _near(day: int, month: int, today: date) -> date:
    """That day of the year in which it is nearest to today. Raises ValueError for the 31st of June.

    >>> _near(12, 1, date(2026, 12, 20)), _near(12, 10, date(2026, 11, 26))
    (datetime.date(2027, 1, 12), datetime.date(2026, 10, 12))
    """
    found = []
    for year in (today.year - 1, today.year, today.year + 1):
        try:
            found.append(date(year, month, day))
        except ValueError:  # the 29th of February
            continue
    if not found:
        raise ValueError(f"{day}.{month}")
    return min(found, key=lambda one: abs(one - today))
