"""The frame around every page: style sheets and scripts by content, the menu of what a person may open."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Flask, current_app, request, url_for
from flask_appbuilder import AppBuilder
from sqlalchemy.exc import SQLAlchemyError

from app.records.record_type import RecordType
from app.session.actors import Actor
from app.web.accounts import Account
from app.web.actors import current_account, current_actor
from app.web.resources import resources
from app.words import Word
from app.words.roles import role_word
from app.words.values import day_words

NAME, TABS = "zvonok.menu", "zvonok.tabs"


@dataclass(frozen=True)
class Entry:
    """One line of the menu; shown to those who have the permission, to everyone signed in where none is named."""

    title: Word
    address: Callable[[], str]
    record: str = ""
    permission: str = "can_read"
    replaces: str = ""  # record whose own line is not shown to those who are shown this one
    is_for: Callable[[Actor], bool] = lambda actor: True  # besides the permission: whom the page is about

    @property
    def where(self) -> str:
        """The address in this request."""
        return _where(self.address, request.script_root)


@lru_cache(1000)
def _where(address: Callable[[], str], script_root: str) -> str:
    """Asked for a hundred times on each page; behind one root a line of the menu has one address."""
    return address()


@dataclass(frozen=True)
class Tab:
    """A hand-made page about one record, beside the generated tabs of its type; shown to those whom it is for."""

    record: str
    title: Word
    address: Callable[[int], str]
    is_for: Callable[[Actor, int], bool]


@dataclass
class Chapter:
    """The lines under one word of the menu."""

    title: Word
    entries: list[Entry] = field(default_factory=list)


def init_app(app: Flask) -> None:
    app.extensions[NAME], app.extensions[TABS] = [], []
    app.register_blueprint(_bootstrap())
    app.jinja_env.globals.update(
        {
            "account": _account,
            "asset": asset,
            "bootstrap": bootstrap,
            "current_address": current_address,
            "here": _here,
            "in_menu": in_menu,
            "may": _may,
            "menu": menu,
            "role_word": role_word,
            "tabs_beside": tabs_beside,
            "time_zone": lambda: resources().settings.timezone.key,
        }
    )
    app.jinja_env.filters["day"] = day_words
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def add_entry(app: Flask, chapter: Word, entry: Entry) -> None:
    """Put a line into the menu, under the chapter of that name; chapters keep the order in which they came."""
    chapters: list[Chapter] = app.extensions[NAME]
    for known in chapters:
        if known.title == chapter:
            known.entries.append(entry)
            return
    chapters.append(Chapter(chapter, [entry]))


def add_tab(app: Flask, tab: Tab) -> None:
    """Put a page beside the tabs of a record type."""
    app.extensions[TABS].append(tab)


def tabs_beside(record: str, pk: int) -> list[Tab]:
    """The hand-made pages about this record of that type that are for this person."""
    actor = current_actor()
    return [tab for tab in current_app.extensions[TABS] if tab.record == record and actor and tab.is_for(actor, pk)]


def add_records(app: Flask, appbuilder: AppBuilder, record_types: Iterable[RecordType]) -> None:
    """A line for each record type that has a list page."""
    lists = {
        view.class_permission_name: f"{view.endpoint}.list"
        for view in appbuilder.baseviews
        if f"{view.endpoint}.list" in app.view_functions
    }
    for record in record_types:
        if record.name in lists:
            address = partial(url_for, lists[record.name])
            add_entry(app, record.menu, Entry(record.title, address, record.name))


def menu() -> list[Chapter]:
    """The chapters with what this person may open."""
    actor = current_actor()
    return list(_allowed(current_app.extensions[NAME], actor)) if actor is not None else []


def _allowed(chapters: Iterable[Chapter], actor: Actor) -> Iterator[Chapter]:
    def may_open(entry: Entry) -> bool:
        return entry.is_for(actor) and (not entry.record or actor.may(entry.permission, entry.record))

    chapters = list(chapters)
    replaced = {entry.replaces for chapter in chapters for entry in chapter.entries if may_open(entry)} - {""}
    for chapter in chapters:
        entries = [
            entry for entry in chapter.entries if may_open(entry) and (entry.replaces or entry.record not in replaced)
        ]
        if entries:
            yield Chapter(chapter.title, entries)


def in_menu(path: str) -> str:
    """The address of a page of ours where this person's menu has it; "" where it does not."""
    return path if any(entry.where == path for chapter in menu() for entry in chapter.entries) else ""


def current_address(chapters: Iterable[Chapter]) -> str:
    """The line of the menu that this page belongs to: the longest address that the page's begins with."""
    addresses = (entry.where for chapter in chapters for entry in chapter.entries)
    return max((each for each in addresses if _here(each)), key=len, default="")


def _account() -> Account | None:
    """Who is signed in, for the frame; nobody where the database is away: its error is being told already."""
    try:
        return current_account()
    except SQLAlchemyError:
        return None


def _may(permission: str, view: str) -> bool:
    actor = current_actor()
    return actor is not None and actor.may(permission, view)


def _here(address: str) -> bool:
    return f"{request.path.rstrip('/')}/".startswith(f"{address.rstrip('/')}/")


def _bootstrap() -> Blueprint:
    """Bootstrap's files as its wheel ships them."""
    spec = find_spec("flask_bootstrap")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "static" / "bootstrap5"
    return Blueprint("bootstrap", __name__, static_folder=folder, static_url_path="/static/bootstrap")


def asset(name: str) -> str:
    """The address of a file of ours, which changes with its content."""
    assert current_app.static_folder is not None
    return _address_of("static", Path(current_app.static_folder), name, request.script_root)


def bootstrap(name: str) -> str:
    """The address of a file of Bootstrap's."""
    folder = current_app.blueprints["bootstrap"].static_folder
    assert folder is not None
    return _address_of("bootstrap.static", Path(folder), name, request.script_root)


@lru_cache(1000)
def _address_of(endpoint: str, folder: Path, name: str, script_root: str) -> str:
    """As `_where`: a page asks a dozen times."""
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
    return url_for(endpoint, filename=name, v=digest)
