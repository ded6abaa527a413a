"""The language of a page: the browser's choice, else the school's; our words and the frameworks' alike."""

import gettext
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import flask_appbuilder
from flask import Flask, request
from flask_babel import Domain
from markupsafe import Markup, escape

from app import words
from app.web.resources import resources

COOKIE = "language"
NAMES = {"ru": "Русский", "en": "English"}


def init_app(app: Flask) -> None:
    """Call it when Flask-AppBuilder has set up flask-babel."""
    merge_library_words()
    babel = app.extensions["babel"]
    babel.locale_selector = words.language
    babel.instance.domain_instance = OurDomain()
    app.jinja_env.globals.update(
        {"_": say, "gettext": say, "ngettext": _say_many, "language": words.language, "languages": NAMES}
    )


def choose() -> None:
    """Speak the language of this request."""
    chosen = request.cookies.get(COOKIE, "")
    words.speak(chosen if chosen in words.LANGUAGES else resources().settings.locale)


def say(text: str, **figures: Any) -> Any:
    """A sentence in a template: ours have `{names}`, Flask-AppBuilder's have `%(names)s`."""
    if "%(" in text:
        return words.translations(words.language()).gettext(text) % figures
    return words.Word(text, **figures) if figures else _said(words.language(), text)


@lru_cache(5000)
def _said(code: str, text: str) -> words.Word | Markup:
    """A page says a hundred sentences without figures: looked up and escaped once each, where that changes nothing."""
    said = words.translations(code).gettext(text)
    return Markup(said) if escape(said) == said else words.Word(text)


def _say_many(one: str, many: str, count: int, **figures: Any) -> str:
    return words.plural(one, many, count, **figures)


class Catalogue:
    """Our words in the shape that flask-babel asks for."""

    def ugettext(self, text: str) -> str:
        return words.translations(words.language()).gettext(text)

    def ungettext(self, one: str, many: str, count: int) -> str:
        return words.translations(words.language()).ngettext(one, many, count)

    def upgettext(self, context: str, text: str) -> str:
        return words.translations(words.language()).pgettext(context, text)

    def unpgettext(self, context: str, one: str, many: str, count: int) -> str:
        return words.translations(words.language()).npgettext(context, one, many, count)


class OurDomain(Domain):
    """Flask-AppBuilder's words go through our catalogue."""

    def get_translations(self) -> Catalogue:
        return Catalogue()


@cache
def merge_library_words() -> None:
    """Put Flask-AppBuilder's own catalogue under ours; once a process."""
    shipped = Path(flask_appbuilder.__file__).parent / "translations"
    for code in words.LANGUAGES:
        compiled = shipped / code / "LC_MESSAGES" / "messages.mo"
        if compiled.exists():
            with compiled.open("rb") as file:
                words.translations(code).add_fallback(gettext.GNUTranslations(file))
