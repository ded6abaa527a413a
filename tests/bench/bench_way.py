"""The way of a mark: milliseconds from its commit to submit_sm at the SMSC; and a whole school's digests."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import event, text

import seeds.demo
from app.records import ALL
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.session.actors import COMPOSER
from app.session.engine import install, make_engine, transaction
from config import sqlalchemy_url
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.serving import serving
from tests.flows.test_mark_to_phone import PARENT, child_of_parent_in_5a, own_lesson_of
from tests.running import RunningSchool, running_school, wait_for
from tests.support import SECRET_KEY, SchoolDatabase, settings_for
from tests.support import install as install_school
from workers.compose import BATCH

MARKS = 100
AROUND = {"around_the_rule": True}


def run() -> list[str]:
    """Lines to print; about a minute."""
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder:
        with running_school(Path(folder) / "running") as school:
            lines = _latency(school)
        with _demo_school(Path(folder)) as database:
            return lines + _digests(database)


@contextmanager
def _demo_school(folder: Path) -> Iterator[SchoolDatabase]:
    """The demo school on a server that is careful about power cuts, with no process at work."""
    (folder / "sockets").mkdir()
    server = Postgres(folder / "var", folder / "sockets")
    server.create()
    with serving(server):
        server.create_database()
        made = SchoolDatabase("zvonok", server.url(), app_url(server.url(), SECRET_KEY))
        settings = settings_for(made, "redis://127.0.0.1:1/", folder / "var")
        install_school(settings)
        seeds.demo.install(settings)
        yield made


def _latency(school: RunningSchool) -> list[str]:
    """Marks one by one at idle, pause 0: from the revision's time, which lies before the commit, to the SMSC's."""
    teacher = school.program("teacher")
    student = child_of_parent_in_5a(school)["id"]
    lesson = own_lesson_of(teacher, student)
    spans = []
    for _ in range(MARKS):
        before = len(school.texts(PARENT))
        mark = teacher.post("/api/v1/mark/", {"lesson": lesson, "student": student, "value": "5"}).json["id"]
        (came,) = wait_for(lambda before=before: school.texts(PARENT)[before:], pause=0.02)
        with school.owner() as database:
            (written,) = database.execute(
                "SELECT happened_at FROM revision WHERE record = 'mark' AND record_id = %s", (mark,)
            ).fetchone() or (None,)
        spans.append((datetime.fromisoformat(came["at"]) - written).total_seconds() * 1000)
    quantiles = statistics.quantiles(spans, n=100)
    return [
        f"(b) mark saved → submit_sm at the SMSC, pause 0, {MARKS} marks one by one: "
        f"median {statistics.median(spans):.0f} ms, 99th percentile {quantiles[98]:.0f} ms (aim: median under 150)"
    ]


def _digests(made: SchoolDatabase) -> list[str]:
    """Every tenth, every third, every guardian subscribed; a day's marks of the whole school, one digest each."""
    install(ALL)
    lines = []
    for share in (10, 3, 1):
        with psycopg.connect(made.owner_url, autocommit=True) as database:
            database.execute("DELETE FROM sms_delivery")
            database.execute("DELETE FROM sms_message")
            database.execute("DELETE FROM notice")
            database.execute("DELETE FROM sms_subscription")
            database.execute(SUBSCRIBE, {"share": share})
            for statement in TELL:
                database.execute(statement)
        engine = make_engine(sqlalchemy_url(made.app_url))
        lines.append(_one_evening(engine))
        engine.dispose()
    return lines


def _one_evening(engine: Any) -> str:
    counted: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: counted.append(call[2]))
    began = time.perf_counter()
    with transaction(engine, COMPOSER) as session:
        ids = list(session.scalars(text("SELECT id FROM notice"), execution_options=AROUND))
        made = make_deliveries(session, ids)
        session.execute(text("UPDATE sms_delivery SET due_at = now()"), execution_options=AROUND)
    delivered = time.perf_counter()
    composed = BATCH
    while composed == BATCH:
        with transaction(engine, COMPOSER) as session:
            composed = compose_due(session, ["digest"], BATCH)
    ended = time.perf_counter()
    with transaction(engine, COMPOSER) as session:
        messages = session.scalar(text("SELECT count(*) FROM sms_message"), execution_options=AROUND)
    return (
        f"(c) {messages} digests from {made} deliveries of {len(ids)} notices: {delivered - began:.2f} s to deliver, "
        f"{ended - delivered:.2f} s to compose, {len(counted)} statements"
    )


SUBSCRIBE = """
INSERT INTO sms_subscription (school_id, guardian_id, student_id, phone, phone_confirmed_at, status, language, script,
  marks, absences, remarks, homework, announcements, digest_at, digest_days, version)
SELECT gs.school_id, gs.guardian_id, gs.student_id, g.phone, now(), 'active', 'ru', 'cyrillic',
  'digest', 'digest', 'digest', 'digest', 'digest', '18:00', '{1,2,3,4,5,6,7}', 1
FROM guardianship gs JOIN guardian g ON g.id = gs.guardian_id WHERE g.id %% %(share)s = 0
"""
# The newest four marks of each student, and the newest five pieces of homework of each class.
TELL = (
    """
INSERT INTO notice (school_id, record, record_id, action, urgent, student_id, trace)
SELECT school_id, 'mark', id, 'added', false, student_id, '' FROM (
  SELECT *, row_number() OVER (PARTITION BY student_id ORDER BY id DESC) AS place FROM mark) m WHERE place <= 4
""",
    """
INSERT INTO notice (school_id, record, record_id, action, urgent, school_class_id, trace)
SELECT school_id, 'homework', id, 'added', false, school_class_id, '' FROM (
  SELECT *, row_number() OVER (PARTITION BY school_class_id ORDER BY id DESC) AS place FROM homework) h WHERE place <= 5
""",
)
