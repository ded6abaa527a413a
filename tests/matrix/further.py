"""Doors that are neither list nor page: the finder's dialog, workbooks, what is somebody's own, mixed bulk."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from openpyxl import load_workbook

from app.records import ALL
from tests.matrix.cells import UNKNOWN, Cells
from tests.matrix.doors import Doors
from tests.matrix.people import PEOPLE, Person
from tests.matrix.records import in_turn
from tests.matrix.world import World
from tests.support import SchoolDatabase

DoorsOf = Callable[[str], Doors]
MAKE_VIEW = """INSERT INTO saved_view (id, user_id, record, name, query, role_id, school_id)
OVERRIDING SYSTEM VALUE SELECT %s, u.id, 'mark', %s, '', (SELECT id FROM ab_role WHERE name = %s), %s
FROM ab_user u WHERE u.username = %s"""
MAKE_RUN = """INSERT INTO import_run (id, school_id, user_id, kind, state, file_name, language, matched, decisions,
found, done, total, tries, seen) OVERRIDING SYSTEM VALUE SELECT %s, s.school_id, u.id, 'families', 'checked', %s,
'ru', '{}', '{}', '{}', 0, 0, 0, false FROM ab_user u JOIN staff s ON s.user_id = u.id WHERE u.username = %s"""
PRIVATE, SHARED, RUN = 988_000_001, 988_000_002, 988_000_003
KEPT_WORDS = "977000001"


class Workbook:
    """What a workbook tells, as text."""

    def __init__(self, octets: bytes) -> None:
        book = load_workbook(io.BytesIO(octets), read_only=True)
        self.text = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
        book.close()

    def get_data(self, *, as_text: bool = True) -> str:
        return self.text


def test_finder_and_workbooks_tell_nobody_of_others(world: World, doors: DoorsOf) -> None:
    cells = Cells(world, "finder and workbooks")
    for turn, person in enumerate(PEOPLE):
        at = doors(person.login)
        for typed in ("9000", "Имя", "5"):
            answer = at.ask("GET", f"/find?q={typed}", headers={"Accept": "application/json"})
            cells.status(answer, 200, person.login, "finder", typed)
            cells.nothing_foreign(person, answer, person.login, "finder", typed)
        for declared in in_turn([each for each in ALL if person.may("can_read", each.name)], 2, turn):
            path = f"/records/{declared.name}/export.xlsx?columns={','.join(declared.offered)}"
            answer = at.ask("GET", path)
            cells.status(answer, 200, person.login, path)
            told: Any = Workbook(answer.get_data())
            cells.nothing_foreign(person, told, person.login, path)
    cells.finish()


@contextmanager
def somebodys(database: SchoolDatabase, world: World) -> Iterator[None]:
    """A private view of the head, a view of teachers of the other school, a run of the secretary."""
    elsewhere = next(row.id for row in world.of("school") if row.whose == "other school")
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        made = [
            connection.execute(MAKE_VIEW, (PRIVATE, KEPT_WORDS, None, None, "head")),
            connection.execute(MAKE_VIEW, (SHARED, KEPT_WORDS, "teacher", elsewhere, "stranger_head")),
            connection.execute(MAKE_RUN, (RUN, f"{KEPT_WORDS}.xlsx", "secretary")),
        ]
        assert [one.rowcount for one in made] == [1, 1, 1]
        try:
            yield
        finally:
            connection.execute("DELETE FROM saved_view WHERE id IN (%s, %s)", (PRIVATE, SHARED))
            connection.execute("DELETE FROM import_run WHERE id = %s", (RUN,))


def test_what_somebody_keeps_is_nobody_elses(world: World, doors: DoorsOf, matrix_database: SchoolDatabase) -> None:
    cells = Cells(world, "views and runs")
    with somebodys(matrix_database, world):
        for turn, person in enumerate(PEOPLE):
            at = doors(person.login)
            theirs = (SHARED,) if person.login == "head" else (SHARED, PRIVATE)
            asked = [("POST", "/records/mark/views/{}/delete", number) for number in theirs]
            if person.login != "secretary":
                asked += [("GET", f"/imports/{{}}{act}", RUN) for act in ("", "/progress", "/workbook.xlsx")]
                asked += [("POST", f"/imports/{{}}/{act}", RUN) for act in ("apply", "columns", "decide", "undo")]
            for method, pattern, number in in_turn(asked, 5, turn):
                words = (person.login, method, pattern)
                answer, unknown = at.ask(method, pattern.format(number)), at.ask(method, pattern.format(UNKNOWN))
                cells.status(answer, (403, 404), *words)
                cells.alike(answer, number, unknown, *words)
            for path in ("/records/mark/views", "/records/mark/", "/imports"):
                is_theirs = person.login == ("secretary" if path == "/imports" else "head")
                page = at.ask("GET", path).get_data(as_text=True)
                cells.expect(is_theirs or KEPT_WORDS not in page, person.login, path)
    cells.finish()


def test_a_foreign_row_among_own_ones_stops_all_of_them(world: World, doors: DoorsOf) -> None:
    """As an unknown one does; and the own rows stay as they are."""
    cells = Cells(world, "mixed bulk")
    for turn, declared in enumerate(ALL):
        acts = [f"set.{name}" for name in declared.bulk] + ["delete"] * declared.deletes
        writers = [person for person in PEOPLE if person.may("can_write", declared.name) and acts and declared.fields]
        for person in in_turn(writers, 1, turn):
            mixed = _mixed(world, person, declared.name)
            if mixed is None:
                continue
            at, path = doors(person.login), f"/api/v1/{declared.name}/{mixed[0]}"
            before = at.ask("GET", path).json
            version = (before or {}).get("result", {}).get("version", 1)
            for act in in_turn(acts, 1, turn):
                sent = [f"{mixed[0]}:{version}", f"{mixed[1]}:1"]
                answers = [
                    at.ask(
                        "POST",
                        f"/records/{declared.name}/bulk",
                        data={"act": act, "sure": "yes", "given": "yes", "row": rows},
                    )
                    for rows in (sent, [sent[0], f"{UNKNOWN}:1"])
                ]
                words = (person.login, declared.name, act)
                cells.status(answers[0], (409, 422), *words)
                cells.alike(answers[0], mixed[1], answers[1], *words)
                cells.nothing_foreign(person, answers[0], *words, but=mixed[1])
            cells.expect(at.ask("GET", path).json == before, person.login, declared.name, "the own row changed")
    cells.finish()


def _mixed(world: World, person: Person, table: str) -> tuple[int, int] | None:
    """An own row and a foreign one."""
    own = [row.id for row in world.of(table) if person.sees(row)]
    foreign = [row.id for row in world.of(table) if not person.sees(row)]
    return (own[0], foreign[0]) if own and foreign else None
