"""Words in the reader's language: lazy sentences, read from app/translations, without Flask.

The language is a context variable, so that a page, a job and a console each speak their own.
"""

import gettext
import io
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import escape

LANGUAGES = ("ru", "en")
FOLDER = Path(__file__).resolve().parent.parent / "translations"

_language: ContextVar[str] = ContextVar("language", default="ru")


class Word:
    """A sentence that is translated when it is shown; `figures` fill its `{names}`.

    >>> str(Word("A mark is {allowed}.", allowed="2–5"))
    'A mark is 2–5.'
    """

    __slots__ = ("figures", "text")

    def __init__(self, text: str, **figures: Any) -> None:
        self.text = text
        self.figures = figures

    def __str__(self) -> str:
        said = translations(_language.get()).gettext(self.text)
        return said.format(**self.figures) if self.figures else said

    def __repr__(self) -> str:
        return f"Word({self.text!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and (self.text, self.figures) == (other.text, other.figures)

    def __hash__(self) -> int:
        return hash(self.text)

    def __html__(self) -> str:
        return str(escape(str(self)))

    def __len__(self) -> int:
        return len(str(self))


def _(text: str, **figures: Any) -> Word:
    """The sentence `text`, to be translated when it is shown."""
    return Word(text, **figures)


def plural(one: str, many: str, count: int, **figures: Any) -> str:
    """The right form for `count` in the current language, filled with `count` and the figures."""
    return translations(_language.get()).ngettext(one, many, count).format(count=count, **figures)


def language() -> str:
    """The language that words are shown in: "ru" or "en"."""
    return _language.get()


def speak(code: str) -> None:
    """From here on, show words in this language; unknown ones become Russian."""
    _language.set(code if code in LANGUAGES else "ru")


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Show words in this language inside the block."""
    token = _language.set(code if code in LANGUAGES else "ru")
    try:
        yield
    finally:
        _language.reset(token)


@cache
def translations(code: str) -> gettext.NullTranslations:
    """The catalogue of a language, of all its files; English is the language of the sources."""
    catalogue = Catalog(locale=code)
    for source in sorted((FOLDER / code).glob("*.po")):
        with source.open("rb") as written:
            for message in read_po(written, locale=code):
                if message.id and not message.fuzzy:
                    catalogue[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
