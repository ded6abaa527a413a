"""Reading: what a person typed or a client sent becomes a value of the field, or an error that says what it takes."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.errors import InvalidInput
from app.domain.phones import phone_number
from app.generator.fields import Field, Kind
from app.words import Word, _

LARGEST_KEY = 2**63 - 1
MOST_KEYS = 200
FIRST_YEAR, LAST_YEAR = 1900, 2199  # a day outside is a slip of the finger
DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,20}", re.ASCII)
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?", re.ASCII)  # as spreadsheets write them
IN_LONG_TEXT = "\n\t"


def from_text(field: Field, text: str, zone: tzinfo) -> Any:
    """The value that was typed; None where nothing was. A relation's value is its id. Raises InvalidInput."""
    if field.kind not in (Kind.LONG_TEXT, Kind.TEXT, Kind.SECRET):
        text = text.strip()
    if not text:
        return None
    return FROM_TEXT[field.kind](field, text, zone)


def from_texts(field: Field, texts: list[str], zone: tzinfo) -> list[Any]:
    """The values of the boxes that were ticked. Raises InvalidInput."""
    return _each(field, [FROM_TEXT[Kind.CHOICE](field, text, zone) for text in texts])


def from_json(field: Field, value: Any, zone: tzinfo) -> Any:
    """The value that a client sent, which must have the field's own JSON type. Raises InvalidInput."""
    if value is None:
        return None
    if field.kind in (Kind.TEXT, Kind.LONG_TEXT, Kind.SECRET):
        return _text(field, value if isinstance(value, str) else _wrong(field, _("a text")), zone)
    if field.kind is Kind.YES_NO:
        return value if isinstance(value, bool) else _wrong(field, _("true or false"))
    if field.kind is Kind.CHOICE:
        return _choice(field, value)
    if field.kind is Kind.CHOICES:
        return _each(field, value) if isinstance(value, list) else _wrong(field, _("a list"))
    if field.kind is Kind.KEYS:
        return _keys(field, value) if isinstance(value, list) else _wrong(field, EXPECTED[Kind.KEYS])
    if field.kind is Kind.RELATION:
        return _key(field, value) if type(value) is int else _wrong(field, _("the number of a record"))
    if field.kind is Kind.WHOLE:
        return _in_bounds(field, value) if type(value) is int else _wrong(field, _("a whole number"))
    if field.kind is Kind.DECIMAL and type(value) in (int, float):
        return _decimal(field, str(value), zone)
    return FROM_TEXT[field.kind](field, value, zone) if isinstance(value, str) else _wrong(field, EXPECTED[field.kind])


def _wrong(field: Field, allowed: Word | str) -> Any:
    raise InvalidInput(field.name, "wrong_type", allowed=allowed)


def _text(field: Field, text: str, zone: tzinfo) -> str:
    allowed = IN_LONG_TEXT if field.kind is Kind.LONG_TEXT else ""
    if allowed:
        text = text.replace("\r\n", "\n")  # browsers send line ends so
    for sign in text:
        if sign not in allowed and unicodedata.category(sign) in ("Cc", "Cs"):
            raise InvalidInput(field.name, "text.control", code=f"U+{ord(sign):04X}")
    if len(text) > field.limit:
        raise InvalidInput(field.name, "text.too_long", limit=field.limit, given=len(text))
    return text


def _phone(field: Field, text: str, zone: tzinfo) -> str:
    """However it is spelled; kept as E.164."""
    return phone_number(text)


def _whole(field: Field, text: str, zone: tzinfo) -> int:
    return _in_bounds(field, int(text)) if WHOLE_NUMBER.fullmatch(text) else _wrong(field, EXPECTED[Kind.WHOLE])


def _in_bounds(field: Field, number: Any) -> Any:
    if not field.lowest <= number <= field.highest:
        raise InvalidInput(field.name, "number", lowest=field.lowest, highest=field.highest)
    return number


def _decimal(field: Field, text: str, zone: tzinfo) -> Decimal:
    if THOUSANDS.fullmatch(text):
        text = re.sub(r"\s", "", text)
    try:
        number = Decimal(text.replace(",", ".")) if len(text) <= 40 else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        return _wrong(field, EXPECTED[Kind.DECIMAL])
    _in_bounds(field, number)
    kept = number.quantize(Decimal(1).scaleb(-field.places))  # as the column keeps it
    return _in_bounds(field, kept)


def _date(field: Field, text: str, zone: tzinfo) -> date:
    written = DAY.fullmatch(text)
    try:
        day = date(int(written[3]), int(written[2]), int(written[1])) if written else date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field.name, "date.required") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(field.name, "date.required")
    return day


def _time(field: Field, text: str, zone: tzinfo) -> time:
    try:
        moment = time.fromisoformat(text)
    except ValueError:
        return _wrong(field, EXPECTED[Kind.TIME])
    return moment.replace(tzinfo=None) if moment.tzinfo is None else _wrong(field, EXPECTED[Kind.TIME])


def _moment(field: Field, text: str, zone: tzinfo) -> datetime:
    """A moment without an offset is one of the school's clocks."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _wrong(field, EXPECTED[Kind.MOMENT])
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return _wrong(field, EXPECTED[Kind.MOMENT])
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)


def _yes_no(field: Field, text: str, zone: tzinfo) -> bool:
    known = {"true": True, "yes": True, "1": True, "y": True, "on": True, "false": False, "no": False, "0": False}
    return known[text.lower()] if text.lower() in known else _wrong(field, EXPECTED[Kind.YES_NO])


def _choice(field: Field, value: Any) -> Any:
    for choice in field.choices:
        if value == choice and type(value) is type(choice):
            return choice
    allowed = ", ".join(str(choice) for choice in field.choices)
    raise InvalidInput(field.name, "choice", allowed=allowed)


def _choice_typed(field: Field, text: str, zone: tzinfo) -> Any:
    return _choice(field, next((choice for choice in field.choices if str(choice) == text), text))


def _each(field: Field, values: list[Any]) -> list[Any]:
    chosen = [_choice(field, value) for value in values]
    return sorted(set(chosen), key=list(field.choices).index)


def _key_typed(field: Field, text: str, zone: tzinfo) -> int:
    if not WHOLE_NUMBER.fullmatch(text):
        raise InvalidInput(field.name, "relation.unknown")
    return _key(field, int(text))


def _key(field: Field, number: int) -> int:
    """A number that no row can have is answered like one that no row has."""
    if not 0 < number <= LARGEST_KEY:
        raise InvalidInput(field.name, "relation.unknown")
    return number


def _keys(field: Field, numbers: list[Any]) -> list[int] | None:
    """None where none is named: an empty list means the same."""
    if len(numbers) > MOST_KEYS or not all(type(number) is int for number in numbers):
        return _wrong(field, EXPECTED[Kind.KEYS])
    return sorted({_key(field, number) for number in numbers}) or None


def _keys_typed(field: Field, text: str, zone: tzinfo) -> list[int] | None:
    parts = re.findall(r"[^\s,;]+", text)
    if not all(WHOLE_NUMBER.fullmatch(part) for part in parts):
        return _wrong(field, EXPECTED[Kind.KEYS])
    return _keys(field, [int(part) for part in parts])


EXPECTED: dict[Kind, Word] = {
    Kind.PHONE: _("a phone number"),
    Kind.WHOLE: _("a whole number"),
    Kind.DECIMAL: _("a number"),
    Kind.DATE: _("a day as YYYY-MM-DD"),
    Kind.TIME: _("a time as HH:MM"),
    Kind.MOMENT: _("a day and time as YYYY-MM-DDTHH:MM"),
    Kind.YES_NO: _("true or false"),
    Kind.CHOICES: _("a list"),
    Kind.KEYS: _("a list of numbers of records"),
}
FROM_TEXT: dict[Kind, Callable[[Field, str, tzinfo], Any]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.SECRET: _text,
    Kind.PHONE: _phone,
    Kind.WHOLE: _whole,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.MOMENT: _moment,
    Kind.YES_NO: _yes_no,
    Kind.CHOICE: _choice_typed,
    Kind.RELATION: _key_typed,
    Kind.KEYS: _keys_typed,
}
