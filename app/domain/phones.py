"""Phones as the records keep them: E.164."""

import re

from app.domain.errors import InvalidInput

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def phone_number(written: str) -> str:
    """The phone in E.164, "+79991234567". Blanks, hyphens and brackets go; a Russian 8 becomes +7 (ITU-T E.164).

    Raises InvalidInput on `phone`.

    >>> phone_number("8 (999) 123-45-67")
    '+79991234567'
    """
    text = re.sub(r"[\s()\-.\u00a0\u2010-\u2015]", "", written)
    if re.fullmatch(r"8[0-9]{10}", text):
        text = "+7" + text[1:]
    elif re.fullmatch(r"7[0-9]{10}", text):
        text = "+" + text
    if E164.fullmatch(text) is None:
        raise InvalidInput("phone", "phone.wrong")
    return text
