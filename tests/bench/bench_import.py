"""Imports: a school's families, and 100,000 marks: seconds, memory, and how long a teacher's save waits meanwhile."""

import io
import resource
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from openpyxl import Workbook
from sqlalchemy import Engine, select

from app.models import Lesson, Mark, SchoolClass, Student, Teaching
from app.services.imports.runs import new_run
from app.services.ledger import verify_all
from app.session.actors import SEEDER
from app.session.engine import make_engine, transaction
from config import sqlalchemy_url
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.serving import serving
from tests.factories import MadeSchool, a_school, person
from tests.support import SECRET_KEY, SchoolDatabase, settings_for
from tests.support import install as install_school
from workers import place
from workers.imports import run_import

STUDENTS, CLASSES, MARKS = 1_100, 44, 100_000
DAYS, PERIODS = 25, 4
FIRST_DAY = date(2026, 11, 3)


def run() -> list[str]:
    """Lines to print; some minutes."""
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as name:
        folder = Path(name)
        (folder / "sockets").mkdir()
        server = Postgres(folder / "var", folder / "sockets")
        server.create()
        with serving(server):
            server.create_database()
            made = SchoolDatabase("zvonok", server.url(), app_url(server.url(), SECRET_KEY))
            settings = settings_for(made, "redis://127.0.0.1:1/", folder / "var")
            install_school(settings)
            place.settle_in(settings)
            engine = make_engine(sqlalchemy_url(made.app_url))
            school = a_school(engine)
            lines = [*_families(made, engine, school), *_marks(made, engine, school)]
            broken = verify_all(settings)
            engine.dispose()
            place.engine().dispose()
            return [*lines, f"    the chain afterwards: {'whole' if not broken else broken[:3]}"]


def _families(made: SchoolDatabase, engine: Engine, school: MadeSchool) -> list[str]:
    headers = ["Класс", "Фамилия", "Имя", "Дата рождения"]
    for number in (1, 2):
        headers += [f"Представитель {number}" + more for more in ("", ": кем приходится", ": телефон")]
    rows = []
    for number in range(STUDENTS):
        place_ = number % CLASSES
        row = [f"{place_ // 4 + 1}{'АБВГ'[place_ % 4]}", f"Новый{number}", "Имя", f"{number % 28 + 1:02}.03.2015"]
        for parent, kin in ((1, "мать"), (2, "отец")):
            row += [f"Родитель{number}{parent} Имя Отчество", kin, f"+7999{parent}{number:06}"]
        rows.append(row)
    return _line(made, engine, school, "secretary", "families", (headers, rows), ("check", "apply", "undo", "apply"))


def _marks(made: SchoolDatabase, engine: Engine, school: MadeSchool) -> list[str]:
    _make_lessons(engine, school)
    with psycopg.connect(made.owner_url) as connection:
        students = connection.execute(
            """SELECT c.name, s.surname || ' ' || s.given_name FROM student s JOIN enrollment e ON e.student_id = s.id
               JOIN school_class c ON c.id = e.school_class_id WHERE s.surname LIKE 'Новый%' ORDER BY s.id"""
        ).fetchall()
    rows = []
    for day in range(DAYS):
        for period in range(1, PERIODS + 1):
            for class_name, who in students:
                written = f"{FIRST_DAY + timedelta(days=day):%d.%m.%Y}"
                rows.append([class_name, written, period, "Математика", who, str(2 + len(rows) % 4)])
    headers = ["Класс", "Дата", "Номер урока", "Предмет", "Ученик", "Отметка"]
    return _line(made, engine, school, "teacher", "mark", (headers, rows[:MARKS]), ("check", "apply"))


def _make_lessons(engine: Engine, school: MadeSchool) -> None:
    """Four hours of mathematics a day for each of the imported classes, all by one teacher."""
    with transaction(engine, SEEDER) as session:
        stands = (school.class_5a.id, school.own_lesson.date, school.own_lesson.period)
        for one in session.scalars(select(SchoolClass)).all():
            if one.id != school.class_5a.id:
                session.add(Teaching(teacher_id=school.teacher.id, school_class=one, subject_id=school.maths.id))
            for number in range(DAYS * PERIODS):
                day, period = FIRST_DAY + timedelta(days=number // PERIODS), number % PERIODS + 1
                if (one.id, day, period) != stands:
                    told = {"teacher_id": school.teacher.id, "subject_id": school.maths.id, "state": "held"}
                    session.add(Lesson(school_class=one, date=day, period=period, **told))


def _line(
    made: SchoolDatabase,
    engine: Engine,
    school: MadeSchool,
    who: str,
    kind: str,
    sheet: tuple[Sequence[str], Sequence[Sequence[Any]]],
    steps: Sequence[str],
) -> list[str]:
    content = _workbook(*sheet)
    actor, lines = person(engine, who), []
    with transaction(engine, actor) as session:
        run_id = new_run(session, actor, school.school.id, kind, ("bench.xlsx", content), "ru")
    states = {"check": "checking", "apply": "applying", "undo": "undoing"}
    for step in steps:
        _set(made, run_id, states[step])
        with _teacher_at_work(engine, school) as waits:
            began, busy = time.perf_counter(), time.process_time()
            run_import(run_id)
            took, busy = time.perf_counter() - began, time.process_time() - busy
        with psycopg.connect(made.owner_url) as connection:
            state, counts = connection.execute(
                "SELECT state, found -> 'counts' FROM import_run WHERE id = %s", (run_id,)
            ).fetchone() or ("", {})
        if step == "undo":
            _set(made, run_id, "checked")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        meanwhile = f"{len(waits)} marks of a teacher saved meanwhile, the slowest in {max(waits, default=0.0):.2f} s"
        took_words = f"{took:.1f} s ({busy:.1f} s busy), peak memory so far {peak:.0f} MiB"
        lines.append(f"(i) {len(sheet[1])} rows of {kind}, {step}: {took_words}; then {state} {counts}; {meanwhile}")
        print("   ", lines[-1], flush=True)
    return lines


def _workbook(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (headers, *rows):
        sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _set(made: SchoolDatabase, run_id: int, state: str) -> None:
    with psycopg.connect(made.owner_url) as connection:
        connection.execute("UPDATE import_run SET state = %s WHERE id = %s", (state, run_id))


@contextmanager
def _teacher_at_work(engine: Engine, school: MadeSchool) -> Iterator[list[float]]:
    """Another teacher saves a mark again and again; the seconds that each took."""
    teacher, waits, is_over = person(engine, "other_teacher"), [], threading.Event()

    def write() -> None:
        while not is_over.wait(0.1):
            began = time.perf_counter()
            with transaction(engine, teacher) as session:
                lesson = session.get_one(Lesson, school.foreign_lesson.id)
                student = session.get_one(Student, school.boris.id)
                session.add(Mark(lesson=lesson, lesson_id=lesson.id, student=student, student_id=student.id, value="5"))
            waits.append(time.perf_counter() - began)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield waits
    finally:
        is_over.set()
        thread.join()
