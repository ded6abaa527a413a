"""A right that ends, ends at the next request of whoever is signed in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.matrix.cells import Cells
from tests.matrix.doors import Doors
from tests.matrix.world import World
from tests.support import SchoolDatabase

DoorsOf = Callable[[str], Doors]
ENDS = {  # what ends → who, by which statement, and the way back
    "a guardianship": (
        "mother", "student",
        "UPDATE guardianship SET ends_on = '2026-09-02' WHERE student_id = {lev} AND ends_on IS NULL",
        "UPDATE guardianship SET ends_on = NULL WHERE student_id = {lev}", "sibling",
    ),
    "a guardian is barred": (
        "mother", "student", "UPDATE guardianship SET barred = true WHERE student_id = {lev}",
        "UPDATE guardianship SET barred = false WHERE student_id = {lev}", "sibling",
    ),
    "a teaching": (
        "teacher", "mark", "UPDATE teaching SET ends_on = '2026-09-02' WHERE school_class_id = {class_5a}",
        "UPDATE teaching SET ends_on = NULL WHERE school_class_id = {class_5a}", "own",
    ),
    "an enrollment": (
        "teacher", "mark", "UPDATE enrollment SET ends_on = '2026-09-02' WHERE school_class_id = {class_5a}",
        "UPDATE enrollment SET ends_on = NULL WHERE school_class_id = {class_5a}", "own",
    ),
    "the lead of a class": (
        "class_teacher", "guardian", "UPDATE school_class SET class_teacher_id = NULL WHERE id = {class_5a}",
        "UPDATE school_class SET class_teacher_id = {class_teacher} WHERE id = {class_5a}", "own",
    ),
    "a post": (
        "secretary", "student", "UPDATE staff SET user_id = NULL WHERE id = {secretary}",
        "UPDATE staff SET user_id = (SELECT id FROM ab_user WHERE username = 'secretary') WHERE id = {secretary}",
        "own",
    ),
    "a breadth of a role": (
        "health", "student", "UPDATE ab_permission_view_role SET role_id = {other} WHERE role_id = {health} {breadth}",
        "UPDATE ab_permission_view_role SET role_id = {health} WHERE role_id = {other} {breadth}", "own",
    ),
}  # fmt: skip


@contextmanager
def changed(database: SchoolDatabase, statement: str, back: str) -> Iterator[None]:
    """Past the application, and back again, for the world is everybody's."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        assert connection.execute(statement).rowcount > 0  # type: ignore[arg-type]
    try:
        yield
    finally:
        with psycopg.connect(database.owner_url, autocommit=True) as connection:
            connection.execute(back)  # type: ignore[arg-type]


@pytest.mark.parametrize("what", ENDS)
def test_it_ends_at_the_next_request(what: str, world: World, doors: DoorsOf, matrix_database: SchoolDatabase) -> None:
    login, table, statement, back, whose = ENDS[what]
    cells, at, keys = Cells(world, "rights that end"), doors(login), _keys(world, matrix_database)
    row = world.one(table, whose)
    assert row is not None
    paths = [f"/records/{table}/{row.id}", f"/api/v1/{table}/{row.id}"]
    before = [at.ask("GET", path).status_code for path in paths]

    with changed(matrix_database, statement.format(**keys), back.format(**keys)):
        after = [at.ask("GET", path) for path in paths]
        lists = [at.ask("GET", f"/api/v1/{table}/"), at.ask("GET", f"/records/{table}/export.csv")]

    cells.expect(before == [200, 200], what, before)
    for path, answer in zip(paths, after, strict=True):
        cells.status(answer, 404, what, path)
    for answer in lists:
        cells.expect(str(row.id) not in answer.get_data(as_text=True), what, "is still listed")
    cells.finish()


def _keys(world: World, database: SchoolDatabase) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, table, whose in (
        ("lev", "student", "sibling"), ("class_5a", "school_class", "own"), ("secretary", "staff", "secretary"),
        ("class_teacher", "staff", "class_teacher"),
    ):  # fmt: skip
        row = world.one(table, whose)
        assert row is not None
        found[name] = row.id
    with psycopg.connect(database.owner_url) as connection:
        for name, role in (("health", "health worker"), ("other", "nothing at all")):
            key = connection.execute("SELECT id FROM ab_role WHERE name = %s", (role,)).fetchone()
            found[name] = key[0] if key else 0
    breadth = "AND permission_view_id IN (SELECT pv.id FROM ab_permission_view pv JOIN ab_view_menu v"
    return found | {"breadth": f"{breadth} ON v.id = pv.view_menu_id WHERE v.name = 'breadth.my_school')"}
