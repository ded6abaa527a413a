"""Passwords: long enough, and not made of what everybody tries first. No rule about which signs it must hold.

What guessers try first is taken away from the password: common words and words of the school, the person's own names,
in either keyboard layout and in Latin letters, years and other rows of digits, rows of the keyboard, repeated signs.
What is left has to be something.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from app.domain.errors import InvalidInput
from app.domain.translit import latin

LONGEST = 1024
FEWEST_LEFT = 4  # signs that must remain beside what everybody tries
SHORTEST_OWN_WORD = 4

_LATIN_KEYS, _RUSSIAN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`", "йцукенгшщзхъфывапролджэячсмитьбюё"
_TO_RUSSIAN = str.maketrans(_LATIN_KEYS, _RUSSIAN_KEYS)
_LOOKALIKES = str.maketrans("0134578@$", "oieastbas")
_ROWS = (
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю", "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p", "1й2ц3у4к5е6н7г8ш9щ0з",
)  # fmt: skip
_ROW_LENGTH = 4
_REPEATED = re.compile(r"(.{1,4}?)\1{2,}")


def check_password(password: str, least: int, own: Iterable[str], field: str = "password") -> None:
    """Raise InvalidInput on `field` where the password is too short, too long, or easily guessed.

    `own` are the words that are known of the person: names, login, address.

    >>> check_password("верблюд рисует снег", 10, ["Анна"])
    >>> check_password("Anna20122013", 10, ["Анна"])
    Traceback (most recent call last):
    app.domain.errors.InvalidInput: password.own
    """
    if not least <= len(password) <= LONGEST:
        raise InvalidInput(field, "password.length", least=least, most=LONGEST)
    left = _without_rows(password.lower())
    signs = re.sub(r"[\W_]+", "", left)
    if len(signs) < FEWEST_LEFT or signs.isdigit():
        raise InvalidInput(field, "password.rows")
    if _is_made_of(left, _common()):
        raise InvalidInput(field, "password.common")
    if _is_made_of(left, _common() | _own_words(own)):
        raise InvalidInput(field, "password.own")


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    words = {word for line in lines if not line.startswith("#") for word in line.split()}
    return frozenset(words | {latin(word) for word in words})


def _own_words(own: Iterable[str]) -> frozenset[str]:
    words = {word for each in own for word in re.split(r"[\W_\d]+", each.lower())}
    words = {word for word in words if len(word) >= SHORTEST_OWN_WORD} | {latin(word) for word in words}
    return frozenset(word for word in words if len(word) >= SHORTEST_OWN_WORD)


def _is_made_of(password: str, words: frozenset[str]) -> bool:
    """Whether hardly anything is left, in any way of reading it: as typed, in the other layout, with 0 for o."""
    readings = {password, password.translate(_TO_RUSSIAN), password.translate(_LOOKALIKES)}
    longest_first = sorted(words, key=len, reverse=True)
    return any(_left_of(reading, longest_first) < FEWEST_LEFT for reading in readings)


def _left_of(text: str, words: Iterable[str]) -> int:
    for word in words:
        text = text.replace(word, " ")
    return len(re.sub(r"[\W\d_]+", "", text))


def _without_rows(text: str) -> str:
    """The text without repetitions and without pieces of rows, forwards or backwards."""
    text = _REPEATED.sub(r"\1", text)
    for row in (*_ROWS, "01234567890"):
        for line in (row, row[::-1]):
            text = _without_row(text, line)
    return text


def _without_row(text: str, row: str) -> str:
    at = 0
    while at <= len(text) - _ROW_LENGTH:
        end = at + _ROW_LENGTH
        if text[at:end] not in row:
            at += 1
            continue
        while end < len(text) and text[at : end + 1] in row:
            end += 1
        text = text[:at] + " " + text[end:]
    return text
