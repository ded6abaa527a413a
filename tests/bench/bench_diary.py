"""The diary of a large school, after one year and after ten: first screen, week, progress, a week that did not change;
beside them a bare Flask page of the week's rows. Each through the web's two real processes."""

import gzip
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg

from app.domain.weeks import monday_of, week_name
from app.factory import create_app
from app.web.resources import resources
from config import Settings
from tests.bench.clients import Client, measured
from tests.bench.webs import Server, over_the_years, product_and_bare, ratios, signed_in, together
from tests.running import Door
from tests.support import SchoolDatabase
from tests.web_support import Statements, client_for

FAMILY = "parent"
CLIENTS, ROUNDS = (1, 16), 3
TIMES = {1: 15, 16: 3}  # requests of each client in a round
CHILD = """
SELECT gs.student_id, (SELECT max(given_on) FROM mark m WHERE m.student_id = gs.student_id)
FROM guardianship gs JOIN guardian g ON g.id = gs.guardian_id JOIN ab_user u ON u.id = g.user_id
WHERE u.username = %s ORDER BY gs.student_id LIMIT 1
"""


@dataclass(frozen=True)
class Pages:
    """What is measured of one child."""

    first: str
    week: str
    progress: str
    bare: str


def run() -> list[str]:
    """Lines to print; several minutes, most of them for making the marks."""
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder:
        return over_the_years(Path(folder), _measured)


def _pages(database: SchoolDatabase) -> Pages:
    with psycopg.connect(database.owner_url) as connection:
        student, last = connection.execute(CHILD, (FAMILY,)).fetchone() or (0, None)
    assert last is not None
    monday = monday_of(last) - timedelta(days=14)  # a whole week of lessons
    child = f"/diary/{student}"
    return Pages(child, f"{child}/{week_name(monday)}", f"/progress/{student}", f"/week/{student}/{monday}")


def _measured(settings: Settings, database: SchoolDatabase, what: str) -> list[str]:
    pages = _pages(database)
    lines = [f"(j) {what}: diary, {line}" for line in _statements(settings, pages)]
    with product_and_bare(settings, pages.bare) as (web, bare):
        door = signed_in(web[0], FAMILY)
        for clients in CLIENTS:
            lines += [f"(j) {what}, {clients} at once: {line}" for line in _of_clients(pages, web, bare, door, clients)]
    return lines


def _statements(settings: Settings, pages: Pages) -> Iterator[str]:
    app = create_app(settings)
    with closing(resources(app)):
        browser = client_for(app, FAMILY)
        for name, path in (("first screen", pages.first), ("week", pages.week), ("progress", pages.progress)):
            browser.get(path)
            with Statements(app) as said:
                page = browser.get(path)
            assert page.status_code == 200, page.text
            lessons = len(re.findall(r'<div class="what">', page.text))
            yield (
                f"{name}: {len(said)} statements, {lessons} lessons, {len(page.data) / 1000:.0f} kB, "
                f"{len(gzip.compress(page.data)) / 1000:.0f} kB compressed"
            )


def _of_clients(pages: Pages, web: Server, bare: Server, door: Door, clients: int) -> Iterator[str]:
    """Product and bare page by turns, so that whatever else the machine does falls on both."""
    known = door.get(pages.week).headers["ETag"]
    asked = {
        "week": [partial(Client(web[0], door).get, pages.week) for _ in range(clients)],
        "bare": [partial(Client(bare[0]).get, pages.bare) for _ in range(clients)],
        "the week unchanged (304)": [
            partial(Client(web[0], door).get, pages.week, If_None_Match=known) for _ in range(clients)
        ],
        "first screen": [partial(Client(web[0], door).get, pages.first) for _ in range(clients)],
        "progress": [partial(Client(web[0], door).get, pages.progress) for _ in range(clients)],
    }
    assert asked["the week unchanged (304)"][0]() == b""
    rounds = [
        {name: measured(works, TIMES[clients], (bare if name == "bare" else web)[1]) for name, works in asked.items()}
        for _ in range(ROUNDS)
    ]
    times = {name: together([one[name] for one in rounds]) for name in asked}
    beside = times.pop("bare")
    yield f"week {times['week']}; bare page {beside}; {ratios(times.pop('week'), beside)}"
    yield "; ".join(f"{name} {each}" for name, each in times.items())
