"""Marks saved per second, each with its revision and notice in one durable transaction, by writers of their own."""

import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from sqlalchemy import Engine

from app.models import Lesson, Mark, Student
from app.records import ALL
from app.services.ledger import verify_all
from app.session.actors import Actor
from app.session.engine import install, make_engine, transaction
from config import sqlalchemy_url
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.serving import serving
from tests.factories import MadeSchool, a_school, person
from tests.support import SECRET_KEY, SchoolDatabase, settings_for
from tests.support import install as install_school

WRITERS = 16
SECONDS = 4.0
ROUNDS = ((1, 1), (4, 1), (16, 1), (1, 16), (4, 16), (16, 16))  # writers, schools

_engine: Engine
_actors: dict[int, Actor] = {}


def run() -> list[str]:
    """Lines to print; about a minute."""
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
            lines = _rounds(made, _schools(made))
            broken = verify_all(settings)
            return [*lines, f"    the chains afterwards: {'whole' if not broken else broken[:3]}"]


def _schools(made: SchoolDatabase) -> list[MadeSchool]:
    engine = make_engine(sqlalchemy_url(made.app_url))
    schools = [a_school(engine, f"Школа {number}", f"s{number}_") for number in range(WRITERS)]
    engine.dispose()
    return schools


def _rounds(made: SchoolDatabase, schools: list[MadeSchool]) -> list[str]:
    """Every writer is a process; it is warm before it counts."""
    lines = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WRITERS, context, _begin, (made.app_url,)) as writers:
        _together(writers, schools, WRITERS, WRITERS, 0.5)
        for count, spread in ROUNDS:
            saved = _together(writers, schools, count, spread, SECONDS)
            place = "one school" if spread == 1 else "sixteen schools"
            lines.append(f"(e) {count} writers in {place}: {saved / SECONDS:.0f} marks/s, one a transaction")
    return lines


def _together(writers: ProcessPoolExecutor, schools: list[MadeSchool], count: int, spread: int, seconds: float) -> int:
    starts_at = time.time() + (3.0 if seconds < 1 else 0.3)
    work = []
    for number in range(count):
        place = number % spread
        made = schools[place]
        lesson, student = made.own_lesson.id, (made.anna.id, made.gleb.id)[number % 2]
        work.append(writers.submit(_write, place, lesson, student, starts_at, seconds))
    return sum(each.result() for each in work)


def _begin(url: str) -> None:
    global _engine
    install(ALL)
    _engine = make_engine(sqlalchemy_url(url), pool_size=1)


def _write(place: int, lesson: int, student: int, starts_at: float, seconds: float) -> int:
    """Save marks until the time is over; how many."""
    if place not in _actors:
        _save(person(_engine, f"s{place}_teacher"), lesson, student)
        _actors[place] = person(_engine, f"s{place}_teacher")  # known to the history from now on, as in a request
    time.sleep(max(0.0, starts_at - time.time()))
    saved, ends_at = 0, starts_at + seconds
    while time.time() < ends_at:
        _save(_actors[place], lesson, student)
        saved += 1
    return saved


def _save(teacher: Actor, lesson: int, student: int) -> None:
    """As form and API do: lesson and student are looked up under the row rule, then the mark is saved."""
    with transaction(_engine, teacher) as session:
        of_lesson, of_student = session.get_one(Lesson, lesson), session.get_one(Student, student)
        session.add(Mark(lesson=of_lesson, lesson_id=lesson, student=of_student, student_id=student, value="5"))
