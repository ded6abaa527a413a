"""Lists: statements and time of a generated page, and the row rule on a large school beside SQL by hand."""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, func, select, text
from sqlalchemy.orm import Session

from app.factory import create_app
from app.generator.queries import rows_of_page
from app.models import Mark
from app.session.actors import SEEDER, Actor
from app.session.engine import SchoolSession, make_engine, transaction
from app.session.keys import load_actor
from app.web.resources import resources
from config import sqlalchemy_url
from tests.bench.large import PEOPLE, large_school
from tests.support import SchoolDatabase, settings_for
from tests.web_support import Statements, client_for

TIMES = 15
AROUND = {"around_the_rule": True}
COLUMNS = ("student", "lesson", "work_type")


def run() -> list[str]:
    """Lines to print; two to four minutes, most of them for making the marks."""
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder, large_school(Path(folder)) as database:
        return [*_pages(database, Path(folder)), *_row_rule(database)]


def _pages(database: SchoolDatabase, folder: Path) -> list[str]:
    app = create_app(settings_for(database, "redis://127.0.0.1:1/", folder / "web"))
    lines = []
    with closing(resources(app)):
        for name, login in PEOPLE.items():
            browser = client_for(app, login)
            browser.get("/records/mark/")
            with Statements(app) as said:
                page = browser.get("/records/mark/")
            spent = _milliseconds(lambda browser=browser: browser.get("/records/mark/"))
            lines.append(
                f"(d) list page of marks for a {name}: {len(said)} statements (aim: at most 6), {spent:.0f} ms, "
                f"{len(page.data) / 1000:.0f} kB"
            )
    return lines


def _row_rule(database: SchoolDatabase) -> list[str]:
    engine = make_engine(sqlalchemy_url(database.app_url))
    with transaction(engine, SEEDER) as session:
        marks = session.scalar(text("SELECT count(*) FROM mark"), execution_options=AROUND)
    lines = [f"(d) the row rule on {marks:,} marks, as a multiple of the same SELECT with its keys by hand (aim: 2)"]
    for name, login in PEOPLE.items():
        actor, loading = _actor(engine, login)
        figures = ", ".join(_compared(engine, actor, what, ask) for what, ask in ASKED.items())
        lines.append(f"    {name}: keys in {loading:.1f} ms; {figures}")
    engine.dispose()
    return lines


def _actor(engine: Engine, username: str) -> tuple[Actor, float]:
    today = datetime.now(UTC).date()
    with transaction(engine, SEEDER) as session:
        query = text("SELECT id FROM ab_user WHERE username = :name")
        user_id = session.scalar(query, {"name": username}, execution_options=AROUND)
        actor = load_actor(session, user_id, username, today)
        return actor, _milliseconds(lambda: load_actor(session, user_id, username, today))


def _count(session: Session, query: Select[Any]) -> None:
    session.execute(select(func.count()).select_from(query.with_only_columns(Mark.id).limit(10_001).subquery()))


def _newest(session: Session, query: Select[Any]) -> None:
    session.scalars(query.order_by(*NEWEST).limit(25)).all()


def _page(session: Session, query: Select[Any]) -> None:
    rows_of_page(session, Mark, query.order_by(*NEWEST), COLUMNS, 0, 25)


def _by_student(session: Session, query: Select[Any]) -> None:
    session.scalars(query.order_by(Mark.student_id, Mark.id).limit(25)).all()


NEWEST = (Mark.given_on.desc(), Mark.id.desc())
ASKED = {"newest 25": _newest, "with their relations": _page, "count": _count, "25 by student": _by_student}


def _compared(engine: Engine, actor: Actor, what: str, ask: Callable[[Session, Select[Any]], None]) -> str:
    """The two by turns, so that whatever else the machine does falls on both."""
    ruled, written = [], []
    with SchoolSession(engine, info={"actor": actor}) as session, Session(engine) as plain:
        for _ in range(2 * TIMES):
            ruled.append(_spent(session, lambda: ask(session, select(Mark))))
            written.append(_spent(plain, lambda: ask(plain, select(Mark).where(_by_hand(actor)))))
    rule, hand = statistics.median(ruled), statistics.median(written)
    return f"{what} {rule / hand:.1f}× ({rule:.1f} ms)"


def _by_hand(actor: Actor) -> ColumnElement[bool]:
    """The person's keys, as one writes them into a SELECT."""
    if actor.whole_school_ids:
        (school,) = actor.whole_school_ids
        return Mark.school_id == school
    return Mark.student_id.in_(sorted(actor.student_ids))


def _spent(session: Session, work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    spent = (time.perf_counter() - began) * 1000
    session.expunge_all()
    return spent


def _milliseconds(work: Callable[[], Any]) -> float:
    """The median of several times."""
    spans = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        spans.append((time.perf_counter() - began) * 1000)
    return statistics.median(spans)
