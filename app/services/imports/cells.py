"""Cells: what people type into spreadsheets, read as days, phones, names, numbers, yes and no."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import phonenumbers
from openpyxl.utils.datetime import from_excel

from app.domain.errors import InvalidInput
from app.services.imports.reading import Formula
from app.words import LANGUAGES, Word, _, speaking

DAY = re.compile(r"(\d{1,2})[./\-\s](\d{1,2})[./\-\s](\d{4}|\d{2})(?:\s*г\.?)?(?:\s+0?0:00(?::00)?)?")
ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
EARLIEST, LATEST = date(1920, 1, 1), date(2100, 12, 31)
RUSSIA = 7
YES = frozenset({"да", "yes", "y", "д", "1", "+", "true", "истина", "x", "х", "v", "согласен", "согласна", "есть"})
NO = frozenset({"нет", "no", "n", "н", "0", "-", "–", "—", "false", "ложь", "не согласен", "не согласна"})
SEVERAL_PHONES = re.compile(r"[,;/\n]|\s{3,}")


def text_of(value: Any) -> str:
    """The cell as one line of text; a whole number without ".0". Raises InvalidInput on a formula."""
    if isinstance(value, Formula):
        raise InvalidInput("", "import.formula")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, date):
        value = value.strftime("%d.%m.%Y")
    return re.sub(r"[\s\u00a0]+", " ", str(value)).strip()


def day(value: Any) -> date:
    """A day: of a cell that holds one, of a spreadsheet's number, or of a text such as 1.09.2015 or 2015-09-01."""
    if isinstance(value, datetime):
        found: date | None = value.date()
    elif isinstance(value, date):
        found = value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        found = _day_of_number(value)
    else:
        found = _day_of_text(text_of(value))
    if found is None or not EARLIEST <= found <= LATEST:
        raise InvalidInput("", "import.day")
    return found


def _day_of_number(number: float) -> date | None:
    if not math.isfinite(number) or not 0 < number < 80_000:
        return None
    read = from_excel(number)
    return read.date() if isinstance(read, datetime) else None


def _day_of_text(text: str) -> date | None:
    if re.fullmatch(r"\d{5}(?:[.,]0+)?", text):
        return _day_of_number(float(text.replace(",", ".")))
    if (found := DAY.fullmatch(text)) is not None:
        day_, month, year = (int(part) for part in found.groups())
        if year < 100:
            year += 2000 if year <= date.today().year % 100 else 1900
    elif (found := ISO_DAY.fullmatch(text)) is not None:
        year, month, day_ = (int(part) for part in found.groups())
    else:
        return None
    try:
        return date(year, month, day_)
    except ValueError:
        return None


def phone(value: Any) -> str:
    """One phone in E.164, however it was written; without a country it is Russian. Raises InvalidInput."""
    text = text_of(value)
    digits = re.sub(r"\D", "", text)
    if len(digits) > 15 or (SEVERAL_PHONES.search(text) and len(digits) > 12):
        raise InvalidInput("", "import.one_phone")
    if len(digits) == 11 and digits[0] in "78":
        text = "+7" + digits[1:]
    elif text.startswith("00"):
        text = "+" + digits[2:]
    try:
        read = phonenumbers.parse(text, "RU")
    except phonenumbers.NumberParseException:
        raise InvalidInput("", "phone.wrong") from None
    is_ours = read.country_code == RUSSIA  # abroad, the library's tables may be older than the number
    is_good = phonenumbers.is_valid_number(read) if is_ours else phonenumbers.is_possible_number(read)
    if not is_good or read.extension or len(str(read.national_number)) < 6:
        raise InvalidInput("", "phone.wrong")
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)


def yes_no(value: Any) -> bool:
    text = text_of(value).casefold()
    if value is True or text in YES:
        return True
    if value is False or text in NO:
        return False
    raise InvalidInput("", "import.yes_no")


def email(value: Any) -> str:
    text = text_of(value)
    if "@" not in text[1:-1] or " " in text:
        raise InvalidInput("", "email.wrong")
    return text


def name(value: Any) -> str:
    """A part of a person's name: not in capitals throughout, as some programs write it.

    >>> name("ИВАНОВА "), name("иванова"), name("Римский-Корсаков")
    ('Иванова', 'Иванова', 'Римский-Корсаков')
    """
    text = text_of(value)
    if len(text) > 2 and (text.isupper() or text.islower()):
        text = re.sub(r"[^\W\d_]+", lambda found: found[0][0].upper() + found[0][1:].lower(), text)
    return text


def clock(value: Any) -> time:
    """A time of day: of a cell that holds one, of a part of a day, or of a text such as 8:30."""
    if isinstance(value, datetime):
        return value.time()
    if isinstance(value, time):
        return value
    if isinstance(value, float) and 0 <= value < 1:
        minutes = round(value * 1440)
        return time(minutes // 60 % 24, minutes % 60)
    found = re.fullmatch(r"(\d{1,2})[:.\-](\d{2})(?::00)?", text_of(value))
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise InvalidInput("", "import.clock")
    return time(int(found[1]), int(found[2]))


def whole(value: Any) -> int:
    text = text_of(value)
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise InvalidInput("", "wrong_type", allowed=_("a whole number"))
    return int(text)


def decimal(value: Any) -> Decimal:
    try:
        number = Decimal(text_of(value).replace(",", ".")[:20])
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise InvalidInput("", "wrong_type", allowed=_("a number"))
    return number


def said(choices: Mapping[Any, Word]) -> Callable[[Any], Any]:
    """A reader of one of these words in any language, or of what the record keeps of them."""
    known: dict[str, Any] = {}
    for code, word in choices.items():
        known[folded(str(code))] = code
        for spoken in LANGUAGES:
            with speaking(spoken):
                known.setdefault(folded(str(word)), code)

    def read(value: Any) -> Any:
        text = folded(text_of(value))
        if text not in known:
            raise InvalidInput("", "choice", allowed=", ".join(str(word) for word in choices.values()))
        return known[text]

    return read


def choice(words: Mapping[str, str]) -> Callable[[Any], str]:
    """A reader of one of these words (as people say them → as the record keeps them)."""
    known = {folded(word): code for word, code in words.items()}

    def read(value: Any) -> str:
        text = folded(text_of(value))
        if text not in known:
            alike = [word for word in words if _is_latin(word) == _is_latin(text)]  # in the letters that were typed
            raise InvalidInput("", "choice", allowed=", ".join(dict.fromkeys(alike or words)))
        return known[text]

    return read


def _is_latin(text: str) -> bool:
    return re.search(r"[a-z]", text, re.IGNORECASE) is not None


def folded(text: str) -> str:
    """For comparing: letters as such, ё as е, blanks as one.

    >>> folded("  Ёлкина\u00a0 Анна ")
    'елкина анна'
    """
    return re.sub(r"[\s\u00a0]+", " ", text).strip().casefold().replace("ё", "е")
