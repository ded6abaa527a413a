"""The work on one import: checked by a trial that is rolled back, applied in one transaction, undone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput
from app.models import ImportRun
from app.records.checks import ASKED_ONCE
from app.records.imports.kind import Around, Kind, Planner
from app.records.imports.kinds import KINDS
from app.services.imports.building import Tell, put_all, try_all
from app.services.imports.columns import Line, Matched, header_key, known_headers, lines_of, match
from app.services.imports.plan import Plan, Problem
from app.services.imports.reading import read_file
from app.services.imports.runs import remember, remembered, step
from app.services.imports.undoing import undo_all
from app.session.actors import Actor
from app.session.engine import actor_of
from app.session.history import append_kept, keep_for_later, lock_head, only_try
from app.session.reasons import give_reason


@dataclass(frozen=True)
class Planned:
    """A file, read and planned."""

    kind: Kind
    matched: Matched
    plan: Plan
    planner: Planner | None = None  # lives on: it holds the rows that the rules ask for


def check_run(session: Session, run: ImportRun, today: date, tell: Tell) -> tuple[str, dict[str, Any]]:
    """The state that the run comes to, and what was found. Rolls the session back: nothing is saved."""
    try:
        made = _plan(session, run, today, tell)
    except InvalidInput as refused:
        return "refused", {"refused": Problem(0, "", refused.key, refused.figures).as_json()}
    kept = {row.number for row in made.plan.rows}
    if not made.matched.problems:
        only_try(session)
        try_all(session, made.plan, tell)
    session.rollback()
    left_out = sorted(kept - {row.number for row in made.plan.rows})
    found = made.plan.as_json() | {"left_out": left_out, "header": made.matched.as_json()}
    return "checked", found | {"blocked": bool(made.matched.problems), "digest": made.plan.digest()}


def apply_run(session: Session, run: ImportRun, today: date, tell: Tell) -> None:
    """Save what the check has found, in the session's transaction.

    Raises Conflict where the school has changed meanwhile, so that the check no longer tells what would happen.
    """
    made = _plan(session, run, today, tell)
    left_out = set(_list(run.found, "left_out"))
    made.plan.rows = [row for row in made.plan.rows if row.number not in left_out]
    if made.matched.problems or made.plan.digest() != run.found.get("digest"):
        raise Conflict("import.meanwhile")
    keep_for_later(session)
    put_all(session, made.plan, tell)
    first = lock_head(session, run.school_id)[0] + 1  # from here to the commit others' saves wait
    count = len(made.plan.rows)
    append_kept(session, actor_of(session), lambda _done, _total: tell(count, count))
    last = lock_head(session, run.school_id)[0]
    own = known_headers(made.kind.columns)
    headers = {header_key(made.matched.headers[place]): name for name, place in made.matched.places.items()}
    headers |= {header_key(made.matched.headers[int(place)]): "" for place, name in run.matched.items() if not name}
    said = {one: name for one, name in headers.items() if own.get(one, "") != name}
    remember(session, run.school_id, made.kind.name, said)
    values = {"first_revision": first, "last_revision": last, "applied_at": datetime.now(UTC)}
    if not step(session, run.id, ("applying",), "applied", **values):
        raise Conflict("conflict.changed")


def undo_run(session: Session, run: ImportRun, tell: Tell) -> None:
    """Take the import back, in the session's transaction; what stays is told with its reason."""
    kept = undo_all(session, run, tell)
    found = {**run.found, "kept": [{"who": who, "why": why} for who, why in kept]}
    if not step(session, run.id, ("undoing",), "undone", found=found):
        raise Conflict("conflict.changed")


def school_of(actor: Actor) -> int:
    """The school that the person imports into. Raises InvalidInput where there is no single one."""
    if actor.home_school_id is None:
        raise InvalidInput("school", "school.which")
    return actor.home_school_id


def _plan(session: Session, run: ImportRun, today: date, tell: Tell) -> Planned:
    if run.content is None:
        raise InvalidInput("file", "import.forgotten")
    kind, actor = KINDS[run.kind], actor_of(session)
    sheet = read_file(run.content)
    matched = match(kind.columns, sheet, remembered(session, run.school_id, kind.name), run.matched)
    plan = Plan(problems=list(matched.problems))
    if matched.problems:
        return Planned(kind, matched, plan)
    session.info[ASKED_ONCE] = {}
    give_reason(session, f"import {run.id}")
    with session.no_autoflush:
        planner = kind.planner(Around(session, actor, run.school_id, today, run.decisions), plan)
        planner.plan(_alive(lines_of(kind.columns, sheet, matched, plan.problems), len(sheet.rows), tell))
    return Planned(kind, matched, plan, planner)


def _alive(lines: Iterable[Line], count: int, tell: Tell) -> Iterator[Line]:
    """The lines; a sign of life now and then, though no row is done yet."""
    for number, line in enumerate(lines):
        if number % 500 == 0:
            tell(0, count)
        yield line


def _list(found: Mapping[str, Any], name: str) -> list[Any]:
    return list(found.get(name) or [])
