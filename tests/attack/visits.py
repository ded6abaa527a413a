"""Where everybody goes in the poisoned world: every address that answers to GET, from the application's own map."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import psycopg
from flask import Flask
from werkzeug.test import TestResponse

from app.records import ALL
from app.records.record_type import RecordType
from tests.attack.polyglots import Page
from tests.matrix.doors import Doors
from tests.matrix.pages import DETAILS, PAGES
from tests.matrix.people import PEOPLE, Person
from tests.matrix.records import addresses_of, in_turn
from tests.matrix.world import World
from tests.support import SchoolDatabase

AT_EACH = 1  # persons at each address of a record type; ZVONOK_MATRIX=all sends everybody everywhere
OTHERS = 3  # addresses of a record type besides its list, a record and its form


@dataclass
class Visit:
    """A person at an address, and the answer."""

    login: str
    path: str
    answer: TestResponse

    @cached_property
    def page(self) -> Page | None:
        return Page(self.answer.text) if self.answer.mimetype == "text/html" else None

    def __str__(self) -> str:
        return f"{self.login} at {self.path}: {self.answer.status_code}"


def tour(app: Flask, world: World, doors: dict[str, Doors], database: SchoolDatabase) -> Iterator[Visit]:
    """Every address of every record type in turns, every page made by hand by everybody."""
    for place, declared in enumerate(ALL):
        for person, path in _of_record(app, world, declared, place):
            yield Visit(person.login, path, doors[person.login].ask("GET", path))
    for person in PEOPLE:
        for path in _by_hand(person, world, database):
            yield Visit(person.login, path, doors[person.login].ask("GET", path))


def _of_record(app: Flask, world: World, declared: RecordType, place: int) -> Iterator[tuple[Person, str]]:
    readers = [person for person in PEOPLE if person.may("can_read", declared.name)]
    writers = [person for person in readers if person.may("can_write", declared.name)]
    addresses = [path for method, path in addresses_of(app, declared, 0) if method == "GET"]
    addresses += [f"/records/{declared.name}/?columns={','.join(declared.offered)}"]
    always = [path for path in addresses if path.endswith(("/", "/0", "/edit"))]
    others = [path for path in addresses if path not in always]
    for turn, pattern in enumerate((*always, *in_turn(others, OTHERS, place))):
        is_form = pattern.endswith(("/edit", "/delete", "/add", "/bulk")) or "/cell/" in pattern
        for person in in_turn(writers if is_form and writers else readers, AT_EACH, turn + place):
            mine = [row.id for row in world.of(declared.name) if person.sees(row)]
            if "/0" in pattern and not mine:
                continue
            path = pattern.replace("/0", f"/{mine[0]}") if mine else pattern
            if path.endswith("/bulk"):
                acts = [f"set.{name}" for name in declared.bulk] + ["delete"] * declared.deletes
                path += f"?act={acts[0]}" + "".join(f"&row={row}:1" for row in mine[:3]) if acts else ""
            yield person, path


def _by_hand(person: Person, world: World, database: SchoolDatabase) -> Sequence[str]:
    """Those that open to the person: that the others stay shut, the matrix asks."""
    paths = [path for path, grant in PAGES.items() if grant is None or grant in person.grants]
    paths += ["/find?q=q9", "/lock/dialog", "/recover/", "/join/"]
    if person.may("can_read", "console"):
        for path, table in DETAILS.items():
            paths += [f"{path}{row.id}" for row in world.of(table) if person.sees(row)][:2]
    if person.may("can_write", "invitation"):
        paths += ["/invitations/", *(f"/invitations/{row.id}" for row in world.of("school_class") if person.sees(row))]
    if person.may("can_edit", "RoleModelView"):
        with psycopg.connect(database.owner_url) as connection:
            users = connection.execute("SELECT id FROM ab_user ORDER BY id DESC LIMIT 3").fetchall()
            roles = connection.execute("SELECT id FROM ab_role ORDER BY id DESC LIMIT 2").fetchall()
        paths += [f"/accounts/{number}" for (number,) in users] + [f"/roles/{number}" for (number,) in roles]
    return [*paths, "/imports"] if person.may("can_write", "student") else paths


def unfit(visit: Visit) -> Iterator[str]:
    """What is wrong with an answer: a fault of ours, a text taken for more than text, a kind that none should be."""
    answer = visit.answer
    if answer.status_code >= 500:
        yield f"{visit}: {answer.text[-400:]}"
    if visit.page is not None:
        yield from (f"{visit}: {fault}" for fault in dict.fromkeys(visit.page.faults))
    elif answer.mimetype == "application/json":
        json.loads(answer.text)
    elif answer.mimetype not in ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"):
        yield f"{visit}: is {answer.mimetype}"
    for name, value in answer.headers:
        if "q9" in name.lower() or ("q9" in value and name not in ("Content-Disposition", "X-Trace")):
            yield f"{visit}: the header {name}: {value}"
