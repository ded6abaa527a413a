"""Phones as the records keep them: E.164."""

import re
from typing import Any

from app.domain.errors import InvalidInput

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
LONG_OF_RUSSIA = len("+79991234567")  # of Kazakhstan, too: a digit more or less is a slip


def phone_number(written: str) -> str:
    """The phone in E.164, "+79991234567". Blanks, hyphens and brackets go, and the unseen signs that an
    address book puts around a copied number; a Russian 8 becomes +7 (ITU-T E.164).

    Raises InvalidInput on `phone`.

    >>> phone_number("8 (999) 123-45-67")
    '+79991234567'
    >>> phone_number("\u202a+7 999 123-45-67\u202c")
    '+79991234567'
    """
    text = re.sub(r"[\s()\-.\u00a0\u2010-\u2015\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", written)
    if re.fullmatch(r"8[0-9]{10}", text):
        text = "+7" + text[1:]
    elif re.fullmatch(r"7[0-9]{10}", text):
        text = "+" + text
    if E164.fullmatch(text) is None or (text.startswith("+7") and len(text) != LONG_OF_RUSSIA):
        raise InvalidInput("phone", "phone.wrong")
    return text


def check_country(phone: str, countries: Any) -> None:
    """Raise InvalidInput on `phone` unless the number begins with one of these digits; none: every country goes.

    >>> check_country("+79991234567", ("7", "375"))
    """
    if countries and not phone.removeprefix("+").startswith(tuple(countries)):
        raise InvalidInput("phone", "phone.country", allowed=", ".join(f"+{code}" for code in countries))
