"""The diary on a million marks: first screen, week and progress for one family and for sixteen at once.

Beside the week stands a bare Flask page that reads the same lessons and marks with one statement and no row rule.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from flask import Flask, render_template_string
from sqlalchemy import Engine, text

from app.factory import create_app
from app.session.actors import SEEDER
from app.session.engine import make_engine, transaction
from app.web.resources import resources
from config import sqlalchemy_url
from tests.bench.large import large_schools
from tests.factories import AROUND, PASSWORD
from tests.support import SchoolDatabase, settings_for
from tests.web_support import Browser, Statements, client_for

TIMES, CLIENTS, WEEK = 15, 16, "2026-W47"
ROWS = text("""
SELECT l.date, l.period, s.name AS subject, l.topic, t.surname, m.value, w.name AS work FROM lesson l
JOIN enrollment e ON e.school_class_id = l.school_class_id AND e.student_id = :student
JOIN subject s ON s.id = l.subject_id JOIN staff t ON t.id = l.teacher_id
LEFT JOIN mark m ON m.lesson_id = l.id AND m.student_id = e.student_id
LEFT JOIN work_type w ON w.id = m.work_type_id
WHERE l.date BETWEEN '2026-11-16' AND '2026-11-22' ORDER BY l.date, l.period
""")
BARE = """<!doctype html><ol>{% for row in rows %}<li>{{ row.date }} {{ row.period }} <b>{{ row.subject }}</b>
{{ row.topic }} {{ row.surname }} <a href="#">{{ row.value or "" }}</a> {{ row.work or "" }}</li>{% endfor %}</ol>"""


def run() -> list[str]:
    """Lines to print; one to two minutes, most of them for making the marks."""
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder, large_schools(Path(folder)) as database:
        return _pages(database, Path(folder))


def _pages(database: SchoolDatabase, folder: Path) -> list[str]:
    app = create_app(settings_for(database, "redis://127.0.0.1:1/", folder / "web"))
    engine = make_engine(sqlalchemy_url(database.app_url))
    with closing(resources(app)):
        student = _child_of_guardian(engine)
        bare = _bare(engine, student)
        families = [client_for(app, "guardian", PASSWORD) for _ in range(CLIENTS)]
        lines = []
        for what, path in (
            ("first screen", f"/diary/{student}"),
            ("week", f"/diary/{student}/{WEEK}"),
            ("progress", f"/progress/{student}"),
        ):
            lines.append(_line(app, families, what, path))
        client = bare.test_client()
        lines.append(f"    a bare Flask page of the same week: {_median(lambda: client.get('/')):.1f} ms")
        lines.append(_not_changed(families[0], f"/diary/{student}/{WEEK}"))
    engine.dispose()
    return lines


def _line(app: Flask, families: list[Browser], what: str, path: str) -> str:
    page = families[0].get(path)
    assert page.status_code == 200, page.text
    with Statements(app) as said:
        families[0].get(path)
    alone = _median(lambda: families[0].get(path))
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as people:
        list(people.map(lambda one: [one.get(path) for _ in range(3)], families))
    together = 3 * CLIENTS / (time.perf_counter() - began)
    return (
        f"(j) diary, {what}: {len(said)} statements (two of them for every page), {alone:.1f} ms, "
        f"{len(page.data) / 1000:.0f} kB; {CLIENTS} at once in one process: {together:.0f} pages/s"
    )


def _not_changed(family: Browser, path: str) -> str:
    tag = family.get(path).headers["ETag"]
    answer = family.get(path, headers={"If-None-Match": tag})
    spent = _median(lambda: family.get(path, headers={"If-None-Match": tag}))
    return f"    the same week again, own device: {answer.status_code}, {len(answer.data)} octets, {spent:.1f} ms"


def _bare(engine: Engine, student: int) -> Flask:
    app = Flask(__name__)

    @app.get("/")
    def week() -> str:
        with engine.connect() as connection:
            return render_template_string(BARE, rows=connection.execute(ROWS, {"student": student}).all())

    return app


def _child_of_guardian(engine: Engine) -> int:
    with transaction(engine, SEEDER) as session:
        query = text("""SELECT min(gs.student_id) FROM guardianship gs JOIN guardian g ON g.id = gs.guardian_id
                        JOIN ab_user u ON u.id = g.user_id WHERE u.username = 'guardian'""")
        return int(session.scalar(query, execution_options=AROUND) or 0)


def _median(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        spent.append((time.perf_counter() - began) * 1000)
    return statistics.median(spent)
