"""Every person at every generated page and API of every record type, with everybody's ids in every place of a request.

Who, whose and which record are crossed in full at the reading doors. The many addresses of one kind take turns, and so
do the persons at filters, bodies and bulk; `ZVONOK_MATRIX=all` crosses them in full (many minutes).
"""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import pytest
from flask import Flask
from sqlalchemy import inspect

from app.records import ALL
from app.records.record_type import RecordType
from tests.matrix import fields
from tests.matrix.cells import UNKNOWN, Cells
from tests.matrix.doors import Doors
from tests.matrix.people import PEOPLE, Row
from tests.matrix.world import World

DoorsOf = Callable[[str], Doors]
Address = tuple[str, str]  # method and path
One = TypeVar("One")
IN_FULL = os.environ.get("ZVONOK_MATRIX") == "all"


def in_turn(these: Sequence[One], how_many: int, turn: int) -> list[One]:
    """Some of these, others at each turn."""
    if IN_FULL or len(these) <= how_many:
        return list(these)
    return [these[(turn * how_many + place) % len(these)] for place in range(how_many)]


def relations_of(declared: RecordType, names: Sequence[str]) -> dict[str, str]:
    """Relation → table, of these fields."""
    known = inspect(declared.model).relationships
    return {name: known[name].mapper.class_.__tablename__ for name in names if name in known}


def addresses_of(app: Flask, declared: RecordType, number: int) -> Iterator[Address]:
    """Every address of the record type with this id in it, from the application's own map."""
    relations = [*relations_of(declared, (*declared.fields, *declared.filtered)), "x"]
    values = {
        "<int:pk>": str(number), "<pk>": str(number), "<int:view_id>": str(number),
        "options/<field>": f"options/{relations[0]}",
        "<field>": (declared.inline or ("x",))[0], "<name>": (declared.related or ("x",))[0].split(".")[0],
    }  # fmt: skip
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] not in (f"record_{declared.name}", f"api_{declared.name}"):
            continue
        path = rule.rule
        for pattern, value in values.items():
            path = path.replace(pattern, value)
        assert "<" not in path, f"what stands for it? {rule.rule}"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path


class Visit:
    """One person at the doors of one record type."""

    def __init__(self, cells: Cells, at: Doors, declared: RecordType, app: Flask, turn: int) -> None:
        self.cells, self.at, self.declared, self.app, self.turn = cells, at, declared, app, turn
        self.person, self.login, self.name = at.person, at.person.login, declared.name
        self.world = cells.world
        self.rows = self.world.of(self.name)
        self.mine = [row for row in self.rows if self.person.sees(row)]
        self.foreign = [row for row in self.rows if not self.person.sees(row)]
        self.may_write = self.person.may("can_write", self.name) and bool(declared.fields)

    def shut_out(self) -> None:
        """Who may not read it at all hears so, with whatever id."""
        addresses = list(addresses_of(self.app, self.declared, self.rows[0].id))
        always = [("GET", f"/api/v1/{self.name}/")]
        for method, path in [*always, *in_turn(addresses, 1, self.turn)]:
            self.cells.status(self.at.ask(method, path), 403, self.login, method, path)

    def look(self, path: str, wanted: int | tuple[int, ...] = 200) -> str:
        """Open what should open, and tell where it speaks of others."""
        answer = self.at.ask("GET", path)
        self.cells.status(answer, wanted, self.login, path)
        self.cells.nothing_foreign(self.person, answer, self.login, path)
        return answer.get_data(as_text=True)

    def own(self) -> None:
        """What is theirs opens at both doors, and tells nothing of others."""
        for row in in_turn(self.mine, 1, self.turn + 1):
            told = json.loads(self.look(f"/api/v1/{self.name}/{row.id}") or "{}")
            fields.note(self.name, self.login, "one", told.get("result", {}))
        for row in in_turn(self.mine, 1, self.turn):
            base = f"/records/{self.name}/{row.id}"
            if IN_FULL or self.turn % 2:
                self.look(base)
                self.look(f"/api/v1/{self.name}/{row.id}/history")
            tabs = [one.split(".")[0] for one in self.declared.related]
            for tab in in_turn(tabs, 1, self.turn) if IN_FULL or self.turn % 4 == 0 else ():
                self.look(f"{base}/related/{tab}", 200 if self.person.may("can_read", tab) else 404)
            others = [f"{base}/edit", f"{base}/delete", f"{base}/history"]
            others += [f"{base}/cell/{name}" for name in self.declared.inline[:1]]
            for path in in_turn(others, 1, self.turn // 2) if IN_FULL or self.turn % 2 == 0 else ():
                self.look(path, (200, 403))

    def lists(self) -> None:
        """List, API, export, search and each order hold their rows, all of them and no other."""
        name, theirs = self.name, {row.id for row in self.mine}
        told = self.at.api.get(f"/api/v1/{name}/", q={"page_size": 100})
        answer = told.json or {}
        self.cells.nothing_foreign(self.person, told, self.login, "API list")
        self.cells.expect(answer["count"] == len(theirs), self.login, "API counts", answer["count"], len(theirs))
        for row in answer["result"][:1]:
            fields.note(name, self.login, "list", row)
        page = self.look(f"/records/{name}/?page_size=100")
        for row in self.rows:
            is_theirs = row.id in theirs
            self.cells.expect((row.id in answer["ids"]) == is_theirs, self.login, "API list", row.whose, row.id)
            is_there = f"/records/{name}/{row.id}" in page
            self.cells.expect(is_there == is_theirs, self.login, "list page", row.whose, row.id)
        others = [f"/records/{name}/export.csv", f"/records/{name}/views", f"/api/v1/{name}/_info"]
        others += [f"/records/{name}/?q=9000", f"/records/{name}/export.csv?columns={','.join(self.declared.offered)}"]
        others += [f"/records/{name}/?order=-{each}" for each in relations_of(self.declared, self.declared.columns)]
        for path in in_turn(others, 1, self.turn // 2) if IN_FULL or self.turn % 2 else ():
            self.look(path)
        relations = list(relations_of(self.declared, dict.fromkeys((*self.declared.fields, *self.declared.filtered))))
        for field in in_turn(relations, 1, self.turn // 2) if IN_FULL or self.turn % 2 == 0 else ():
            self.look(f"/records/{name}/options/{field}" + "?q=9000" * (self.turn % 4 == 0))

    def as_unknown(self, ask: Callable[[int], Any], number: int, *words: Any) -> Any:
        """A foreign id is answered as an unknown one."""
        answer = ask(number)
        self.cells.alike(answer, number, ask(UNKNOWN), self.login, *words)
        self.cells.nothing_foreign(self.person, answer, self.login, *words, but=number)
        return answer

    def strange_paths(self) -> None:
        """A foreign id in a path, by every method of every address."""
        addresses = [each for each in addresses_of(self.app, self.declared, UNKNOWN) if "/views/" not in each[1]]
        addresses = [each for each in addresses if str(UNKNOWN) in each[1]]
        always = {("GET", f"/api/v1/{self.name}/{UNKNOWN}")}
        others = [each for each in addresses if each not in always]
        for place, row in enumerate(self.foreign):
            if not IN_FULL and (self.turn + place) % 2:
                continue
            further = others if IN_FULL else in_turn(others, 1, self.turn + place // 2)[: (self.turn + place) // 2 % 2]
            for method, pattern in [*always, *further]:
                is_form = pattern.endswith(("/edit", "/delete")) or "/cell/" in pattern
                may = self.may_write and (self.declared.deletes or not pattern.endswith("/delete"))
                wanted = 404 if (method == "GET" and not is_form) or may else (403, 404)
                more: dict[str, Any] = {"json": {"version": 1}} if method == "PUT" else {}
                answer = self.as_unknown(self._asking(method, pattern, **more), row.id, row.whose, method, pattern)
                self.cells.status(answer, wanted, self.login, row.whose, method, pattern)

    def _asking(self, method: str, pattern: str, **more: Any) -> Callable[[int], Any]:
        """The same request for any id: in its path, its query, its form or its body. That of UNKNOWN is kept."""

        def ask(number: int) -> Any:
            path = pattern.replace(str(UNKNOWN), str(number))
            sent = json.loads(json.dumps(more).replace(str(UNKNOWN), str(number)))
            return (self.at.of_unknown if number == UNKNOWN else self.at.ask)(method, path, **sent)

        return ask

    def _strangers(self, table: str, turn: int) -> list[Row]:
        """A foreign row of this table; another “whose” at each turn."""
        kinds = {row.whose: row for row in self.world.of(table) if not self.person.sees(row)}
        return in_turn(list(kinds.values()), 1, self.turn + turn)

    def narrowed(self) -> None:
        """A foreign id in a filter, of a page, an export or the API."""
        relations = relations_of(self.declared, self.declared.filtered)
        for turn, (field, table) in enumerate(in_turn(list(relations.items()), 1, self.turn)):
            for row in self._strangers(table, turn):
                query = {"filters": [{"col": field, "opr": "rel_o_m", "value": UNKNOWN}]}
                ask = self._asking("GET", f"/api/v1/{self.name}/", query_string={"q": json.dumps(query)})
                answer = self.as_unknown(ask, row.id, row.whose, "API filter", field)
                self.cells.status(answer, 422, self.login, row.whose, "API filter", field)
                pages = [f"/records/{self.name}/?f.{field}=", f"/records/{self.name}/export.csv?f.{field}="]
                for path in in_turn(pages, 1, self.turn):
                    self.as_unknown(self._asking("GET", f"{path}{UNKNOWN}"), row.id, row.whose, path)
        for row in in_turn(self.foreign, 1, self.turn):
            query = {"filters": [{"col": "id", "opr": "eq", "value": row.id}]}
            answer = self.at.api.get(f"/api/v1/{self.name}/", q=query)
            self.cells.expect((answer.json or {}).get("ids") == [], self.login, row.whose, "API filter by id")

    def bulk(self) -> None:
        """A foreign id among those ticked is one that there is not: neither shown nor changed."""
        acts = [f"set.{name}" for name in self.declared.bulk] + ["delete"] * self.declared.deletes
        path = f"/records/{self.name}/bulk"
        if not self.may_write or not acts:
            return
        for row in in_turn(self.foreign, 1, self.turn):
            for act in in_turn(acts, 1, self.turn):
                ask = self._asking("GET", f"{path}?act={act}&row={UNKNOWN}:1")
                answer = self.as_unknown(ask, row.id, row.whose, path, act)
                self.cells.status(answer, 200, self.login, row.whose, path, act)
                sent = {"act": act, "sure": "yes", "given": "yes", "row": f"{UNKNOWN}:1"}
                answer = self.as_unknown(self._asking("POST", path, data=sent), row.id, row.whose, "POST", path, act)
                self.cells.status(answer, (409, 422), self.login, row.whose, "POST", path, act)

    def bodies(self) -> None:
        """A foreign id in a body or a form is refused as an unknown one, by its field."""
        name, places = (
            self.name,
            [("POST", f"/api/v1/{self.name}/", "json"), ("POST", f"/records/{self.name}/add", "data")],
        )
        for turn, (field, table) in enumerate(relations_of(self.declared, self.declared.fields).items()):
            there = list(places)
            for row in self.mine[:1]:
                there += [
                    ("PUT", f"/api/v1/{name}/{row.id}", "json"),
                    ("POST", f"/records/{name}/{row.id}/edit", "data"),
                ]
                if field in self.declared.inline:
                    there += [("POST", f"/records/{name}/{row.id}/cell/{field}", "data")]
            for stranger in self._strangers(table, turn):
                for method, path, kind in in_turn(there, 1, self.turn + turn):
                    words = (stranger.whose, method, path, field)
                    ask = self._asking(method, path, **{kind: {field: UNKNOWN}})
                    answer = self.as_unknown(ask, stranger.id, *words)
                    self.cells.status(answer, (403, 422), self.login, *words)
                    if kind == "json" and answer.status_code == 422:
                        is_named = field in (answer.json or {}).get("message", {})
                        self.cells.expect(is_named, self.login, *words, "names not the field")


@pytest.mark.parametrize("declared", ALL, ids=lambda declared: declared.name)
def test_everybody_sees_exactly_their_own(declared: RecordType, app: Flask, world: World, doors: DoorsOf) -> None:
    cells = Cells(world, declared.name)
    assert world.of(declared.name), "the world has no row of it: tests/matrix/world.py"

    place = ALL.index(declared)
    readers = [person for person in PEOPLE if person.may("can_read", declared.name)]
    writers = [person for person in readers if person.may("can_write", declared.name)]
    narrowing, writing = in_turn(readers, 3, place), in_turn(writers, 2, place)
    for turn, person in enumerate(PEOPLE):
        visit = Visit(cells, doors(person.login), declared, app, turn + place)
        if not person.may("can_read", declared.name):
            visit.shut_out()
            continue
        visit.own()
        visit.lists()
        visit.strange_paths()
        if person in narrowing:
            visit.narrowed()
        if person in writing:
            visit.bulk()
        if visit.may_write and person in writing:
            visit.bodies()

    cells.finish()
