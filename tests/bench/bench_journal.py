"""The journal of a large school: its grid, a cell saved, the summary sheet, after one year and after ten; beside them a
bare Flask page on the same marks. Each through the web's real processes."""

import gzip
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

import psycopg

from app.factory import create_app
from app.web.resources import resources
from config import Settings
from tests.bench.clients import Client, measured
from tests.bench.webs import Server, over_the_years, product_and_bare, ratios, signed_in, together
from tests.running import Door
from tests.support import SchoolDatabase
from tests.web_support import Statements, client_for

CLASS, SUBJECT, TERM = "7А", "матем", 3  # 35 students, 60 lessons in the third term
CLIENTS, ROUNDS = (1, 16), 3
TIMES = {1: 25, 16: 6}  # requests of each client in a round

PLACE = """
SELECT c.id, s.id, t.id, array(
  SELECT l.id FROM lesson l WHERE l.school_class_id = c.id AND l.subject_id = s.id AND l.state = 'planned'
  ORDER BY l.date, l.period LIMIT 1), array(SELECT student_id FROM enrollment e WHERE e.school_class_id = c.id)
FROM school_class c JOIN term t USING (academic_year_id) JOIN subject s ON s.school_id = c.school_id
WHERE c.name = %s AND s.short_name = %s
  AND c.academic_year_id = (SELECT id FROM academic_year ORDER BY begins_on DESC LIMIT 1)
ORDER BY t.begins_on
"""


@dataclass(frozen=True)
class Place:
    """What is measured: the journal of one class, its sheet, and the cells of a lesson that nobody has written in."""

    journal: str
    bare: str
    summary: str
    lesson: int
    students: list[int]


def run() -> list[str]:
    """Lines to print; several minutes, most of them for making the marks."""
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder:
        return over_the_years(Path(folder), _measured)


def _place(database: SchoolDatabase) -> Place:
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute(PLACE, (CLASS, SUBJECT)).fetchall()[TERM - 1]
    class_id, subject_id, term_id, (lesson,), students = found
    path = f"/{class_id}/{subject_id}/{term_id}"
    return Place(f"/journal{path}", path, f"/summary/{class_id}", lesson, students)


def _measured(settings: Settings, database: SchoolDatabase, what: str) -> list[str]:
    place = _place(database)
    lines = [f"(j) {what}: {line}" for line in _statements(settings, place)]
    with product_and_bare(settings, place.bare) as (web, bare):
        doors = {name: signed_in(web[0], name) for name in ("teacher", "head")}
        for clients in CLIENTS:
            lines += [f"(j) {what}, {line}" for line in _of_clients(place, web, bare, doors, clients)]
    return lines


def _statements(settings: Settings, place: Place) -> Iterator[str]:
    app = create_app(settings)
    with closing(resources(app)):
        for name, path, person in (("grid", place.journal, "teacher"), ("summary sheet", place.summary, "head")):
            browser = client_for(app, person)
            browser.get(path)
            with Statements(app) as said:
                page = browser.get(path).data
            cells = page.count(b"<td")
            yield (
                f"{name}: {len(said)} statements, {cells} cells, {len(page) / 1000:.0f} kB, "
                f"{len(gzip.compress(page)) / 1000:.0f} kB compressed"
            )


def _of_clients(place: Place, web: Server, bare: Server, doors: dict[str, Door], clients: int) -> Iterator[str]:
    """Product and bare page by turns, so that whatever else the machine does falls on both."""
    times = TIMES[clients]
    grids = [partial(Client(web[0], doors["teacher"]).get, place.journal) for _ in range(clients)]
    plain = [partial(Client(bare[0]).get, place.bare) for _ in range(clients)]
    sheets = [partial(Client(web[0], doors["head"]).get, place.summary) for _ in range(clients)]
    rounds = [
        (measured(grids, times, web[1]), measured(plain, times, bare[1]), measured(sheets, times, web[1]))
        for _ in range(ROUNDS)
    ]
    grid, beside, sheet = (together([one[number] for one in rounds]) for number in range(3))
    yield f"{clients} at once: grid {grid}; bare page {beside}; {ratios(grid, beside)}"
    yield f"{clients} at once: summary sheet {sheet}"
    writers = _writers(place, web[0], doors["teacher"], clients)
    yield f"{clients} at once: a cell saved {measured(writers, times * 2, web[1])}"


def _writers(place: Place, web: int, door: Door, clients: int) -> "list[_Writer]":
    """Each writes in a cell of its own, another mark each time."""
    said = door.get("/journal/state").json
    return [_Writer(Client(web, door), said, place.lesson, student) for student in place.students[:clients]]


class _Writer:
    def __init__(self, client: Client, said: dict[str, object], lesson: int, student: int) -> None:
        self._client, self._said, self._lesson, self._student = client, said, lesson, student
        self._values, self._was, self._number = cycle("54"), "", 0

    def __call__(self) -> None:
        self._number += 1
        key = f"{os.getpid()}-{threading.get_ident()}-{time.monotonic_ns()}"
        change = {"lesson": self._lesson, "student": self._student, "text": next(self._values), "was": self._was}
        sent = json.dumps({"who": self._said["who"], "changes": [change | {"key": key}]})
        headers = {"Content_Type": "application/json", "X_CSRFToken": str(self._said["token"])}
        (answer,) = json.loads(self._client.ask("POST", "/journal/cells", sent, **headers))["answers"]
        if answer["status"] == "conflict" and not self._was:  # an earlier round has written here
            self._was = answer["versions"]
            return
        assert answer["status"] == "saved", answer
        self._was = answer["versions"]
