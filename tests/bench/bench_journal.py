"""The journal of a large school: its grid, a cell saved, the summary sheet, after one year and after ten; beside them a
bare Flask page on the same marks. Each through the web's real processes."""

import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path

import psutil
import psycopg

import seeds.year
from app.factory import create_app
from app.web.resources import resources
from config import ROOT, Settings
from launcher.ports import free_ports
from launcher.redis import Redis
from launcher.serving import serving
from tests.bench.clients import Client, Times, measured
from tests.bench.large import large_school
from tests.running import Door, wait_for
from tests.support import DEMO_PASSWORD, SECRET_KEY, SchoolDatabase, settings_for
from tests.web_support import Statements, client_for

CLASS, SUBJECT, TERM = "7А", "матем", 3  # 35 students, 60 lessons in the third term
CLIENTS, ROUNDS = (1, 16), 3
TIMES = {1: 25, 16: 6}  # requests of each client in a round
YEARS = int(os.environ.get("ZVONOK_BENCH_YEARS", "10"))

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
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as name:
        folder = Path(name)
        began = time.perf_counter()
        with large_school(folder) as database:
            lines = [_made(database, "a year, with its history", time.perf_counter() - began)]
            redis = Redis(folder / "var", folder / "sockets")
            with serving(redis):
                settings = settings_for(database, redis.url, folder / "web", DEMO_PASSWORD=DEMO_PASSWORD)
                lines += _measured(settings, database, "one year")
                if YEARS > 1:
                    began = time.perf_counter()
                    seeds.year.install(settings, YEARS)
                    lines.append(_made(database, f"years before, {YEARS} in all", time.perf_counter() - began))
                    lines += _measured(settings, database, f"{YEARS} years")
        return lines


def _made(database: SchoolDatabase, what: str, seconds: float) -> str:
    with psycopg.connect(database.owner_url) as connection:
        (marks,) = connection.execute("SELECT count(*) FROM mark").fetchone() or (0,)
    return f"(j) {what}: {marks:,} marks, made in {seconds:.0f} s; load {os.getloadavg()[0]:.1f}"


def _place(database: SchoolDatabase) -> Place:
    with psycopg.connect(database.owner_url) as connection:
        found = connection.execute(PLACE, (CLASS, SUBJECT)).fetchall()[TERM - 1]
    class_id, subject_id, term_id, (lesson,), students = found
    path = f"/{class_id}/{subject_id}/{term_id}"
    return Place(f"/journal{path}", path, f"/summary/{class_id}", lesson, students)


def _measured(settings: Settings, database: SchoolDatabase, what: str) -> list[str]:
    place = _place(database)
    lines = [f"(j) {what}: {line}" for line in _statements(settings, place)]
    web, bare = free_ports(2)
    product = [sys.executable, "run.py", "web"]
    beside = [sys.executable, "-m", "tests.bench.bare_page", str(bare), database.app_url]
    with (
        _process(product, settings, web, "/healthz") as ours,
        _process(beside, settings, bare, place.bare) as plain,
    ):
        doors = {name: _signed_in(web, name) for name in ("teacher", "head")}
        for clients in CLIENTS:
            lines += [f"(j) {what}, {line}" for line in _of_clients(place, (web, ours), (bare, plain), doors, clients)]
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


Server = tuple[int, psutil.Process]  # its port


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
    grid, beside, sheet = (_together([one[number] for one in rounds]) for number in range(3))
    yield (
        f"{clients} at once: grid {grid}; bare page {beside}; ratio {grid.median / beside.median:.2f} (aim: 2), "
        f"in answers a second {beside.rate / grid.rate:.2f}, in CPU {grid.cpu / beside.cpu:.2f}; "
        f"load {os.getloadavg()[0]:.1f}"
    )
    yield f"{clients} at once: summary sheet {sheet}"
    writers = _writers(place, web[0], doors["teacher"], clients)
    yield f"{clients} at once: a cell saved {measured(writers, times * 2, web[1])}"


def _together(rounds: list[Times]) -> Times:
    spans = sorted(span for one in rounds for span in one.spans)
    return Times(spans, sum(one.rate for one in rounds) / len(rounds), sum(one.cpu for one in rounds) / len(rounds))


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


@contextmanager
def _process(command: list[str], settings: Settings, port: int, path: str) -> Iterator[psutil.Process]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZVONOK_")} | {
        "ZVONOK_VAR": str(settings.var),
        "ZVONOK_DATABASE_APP_URL": str(settings.database_app_url),
        "ZVONOK_REDIS_URL": str(settings.redis_url),
        "ZVONOK_SECRET_KEY": SECRET_KEY,
        "ZVONOK_DEMO_PASSWORD": DEMO_PASSWORD,
        "ZVONOK_PORT": str(port),
    }
    settings.var.mkdir(exist_ok=True)
    with (settings.var / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            wait_for(lambda: Door(f"http://127.0.0.1:{port}").get(path).status == 200, 60, 0.2)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _signed_in(port: int, name: str) -> Door:
    door = Door(f"http://127.0.0.1:{port}")
    answer = door.form("/login/", username=name, password=DEMO_PASSWORD)
    assert answer.status in (302, 303), re.sub(r"\s+", " ", answer.text)[:500]
    return door
