"""Imports: a file is checked, applied or undone; killed in the middle, nothing of it was saved and it begins again."""

import time
from dataclasses import replace
from datetime import date, datetime

import structlog
from sqlalchemy import text

from app.domain.errors import InvalidInput, SchoolError
from app.models import ImportRun
from app.records.imports.work import apply_run, check_run, undo_run
from app.services.imports.building import Tell
from app.services.imports.plan import Problem
from app.services.imports.runs import (
    IMPORTER,
    MOST_TRIES,
    UNDER_WAY,
    count_try,
    forget_old,
    note_progress,
    step,
    stuck_runs,
)
from app.services.jobs import RUN_IMPORT, SLOW, enqueue
from app.session.actors import Actor
from app.session.engine import SchoolSession, transaction
from app.session.keys import load_actor
from app.words import speaking
from workers.place import engine, settings, work

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
BACK = {"checking": "refused", "applying": "checked", "undoing": "applied"}
TOLD_EVERY = 0.7  # seconds
LOCK = text("SELECT pg_try_advisory_xact_lock(7301, CAST(:run AS integer))")
PERSON = text("SELECT first_name || ' ' || last_name FROM ab_user WHERE id = :user AND active")


def run_import(run_id: int) -> None:
    """Do the next step of the run. Running it again does nothing that is done."""
    with work(IMPORTER) as session:
        run = session.get(ImportRun, run_id)
    if run is None or run.state not in UNDER_WAY:
        return
    with work(IMPORTER) as session:
        if not _takes(session, run_id):  # another worker is at it, and is no failed try
            return
        tries = count_try(session, run_id)
    if tries > MOST_TRIES:
        _give_up(run)
        return
    with speaking(run.language):
        if run.state == "checking":
            _check(run)
        elif run.state == "applying":
            _apply(run)
        elif run.state == "undoing":
            _undo(run)


def sweep_imports() -> None:
    """Begin again what was left in the middle; forget old files. Running it again does nothing."""
    with work(IMPORTER) as session:
        forget_old(session)
        waiting = stuck_runs(session)
    for run_id in waiting:
        run_import(run_id)


def _check(run: ImportRun) -> None:
    actor = _person(run)
    if actor is None:
        return
    with SchoolSession(engine(), info={"actor": actor}, expire_on_commit=False) as session:
        if not _takes(session, run.id):
            return
        state, found = check_run(session, run, _today(), _telling(run.id))
        session.rollback()
    if set(run.found) == {"again"}:  # why applying came back here; said beside what is found now
        found |= run.found
    with work(IMPORTER) as session:
        step(session, run.id, ("checking",), state, found=found)
    log.info("import.checked", run=run.id, kind=run.kind, state=state, counts=found.get("counts"))


def _apply(run: ImportRun) -> None:
    actor = _person(run)
    if actor is None:
        return
    began = time.monotonic()
    try:
        with transaction(engine(), actor) as session:
            if not _takes(session, run.id):
                return
            apply_run(session, run, _today(), _telling(run.id))
    except SchoolError as changed:  # the school is another one than at the check: it is checked anew and shown again
        log.info("import.checked_again", run=run.id, key=changed.key)
        field = changed.field if isinstance(changed, InvalidInput) else ""
        found = {"again": Problem(0, field, changed.key, changed.figures).as_json()}
        with work(IMPORTER) as session:
            step(session, run.id, ("applying",), "checking", found=found, done=0, total=0)
        _again(run.id)
        return
    log.info("import.applied", run=run.id, kind=run.kind, seconds=round(time.monotonic() - began, 1))


def _undo(run: ImportRun) -> None:
    actor = _person(run)
    if actor is None:
        return
    try:
        with transaction(engine(), actor) as session:
            if not _takes(session, run.id):
                return
            undo_run(session, run, _telling(run.id))
    except SchoolError as refused:
        log.info("import.not_undone", run=run.id, key=refused.key)
        found = {**run.found, "stopped": refused.key}
        with work(IMPORTER) as session:
            step(session, run.id, ("undoing",), "applied", found=found)
        return
    log.info("import.undone", run=run.id, kind=run.kind)


def _give_up(run: ImportRun) -> None:
    """Back to where a person decides; the log has what went wrong each time."""
    found = {**run.found, "stopped": "import.failed"}
    if run.state == "checking":
        found = {"refused": {"row": 0, "field": "", "key": "import.failed", "figures": {}}}
    with work(IMPORTER) as session:
        step(session, run.id, (run.state,), BACK[run.state], found=found)
    log.error("import.given_up", run=run.id, state=run.state)


def _again(run_id: int) -> None:
    url = settings().redis_url
    if url is not None:
        enqueue(url, RUN_IMPORT, run_id, queue=SLOW, timeout=3600)


def _takes(session: SchoolSession, run_id: int) -> bool:
    """Whether no other worker is at this run; held until the transaction ends, also by a death."""
    return bool(session.execute(LOCK, {"run": run_id}, execution_options=AROUND).scalar_one())


def _person(run: ImportRun) -> Actor | None:
    """Whoever imports, with the rights of this moment; a closed account imports nothing. Makes no notices."""
    with work(IMPORTER) as session:
        name = session.execute(PERSON, {"user": run.user_id}, execution_options=AROUND).scalar()
        if name is not None:
            return replace(load_actor(session, run.user_id, name, _today()), silent=True)
        refused = {"refused": {"row": 0, "field": "", "key": "not_allowed", "figures": {}}}
        back = "applied" if run.state == "undoing" else "refused"
        step(session, run.id, (run.state,), back, **({} if back == "applied" else {"found": refused}))
    return None


def _telling(run_id: int) -> Tell:
    """Writes down how far the work is, in a transaction of its own, now and then."""
    told = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= TOLD_EVERY:
            told = now
            with work(IMPORTER) as session:
                note_progress(session, run_id, done, total)

    return tell


def _today() -> date:
    return datetime.now(settings().timezone).date()
