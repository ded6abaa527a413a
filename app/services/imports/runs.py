"""Runs: the rows of imports, and the headers that a school uses; whose they are is asked here."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, defer

from app.domain.errors import NotFound
from app.models import Enrollment, ImportHeader, ImportRun, Revision
from app.session.actors import Actor, system

AROUND = {"around_the_rule": True, "synchronize_session": False}
IMPORTER = system("imports", "import_run", "import_header")
UNDONE_WITHIN = timedelta(days=7)
UNDER_WAY = ("checking", "applying", "undoing")
STUCK_AFTER = timedelta(seconds=90)  # without a sign of progress: the worker died
LONGEST_NAME = 200
MOST_TRIES = 5  # a step at which the worker dies each time is given up


def new_run(session: Session, actor: Actor, school_id: int, kind: str, file: tuple[str, bytes], language: str) -> int:
    """Keep an uploaded file; the id of its run."""
    name, content = file
    shown = "".join(sign for sign in name if sign.isprintable())[-LONGEST_NAME:]
    row: dict[str, Any] = {
        "school_id": school_id,
        "user_id": actor.user_id,
        "kind": kind,
        "state": "checking",
        "file_name": shown or "—",
        "content": content,
        "language": language,
        "matched": {},
        "decisions": {},
        "found": {},
        "done": 0,
        "total": 0,
        "tries": 0,
        "seen": False,
    }
    made = session.scalar(insert(ImportRun).values(**row).returning(ImportRun.id), execution_options=AROUND)
    assert made is not None
    return int(made)


def run_of(session: Session, actor: Actor, run_id: int) -> ImportRun:
    """The person's own run. Raises NotFound, alike for a foreign and for an unknown one."""
    query = select(ImportRun).where(ImportRun.id == run_id, ImportRun.user_id == actor.user_id)
    run = session.scalars(query, execution_options=AROUND | {"populate_existing": True}).first()
    if run is None:
        raise NotFound
    return run


def runs_of(session: Session, actor: Actor, limit: int = 20) -> Sequence[ImportRun]:
    """The person's newest runs, without their files."""
    query = select(ImportRun).where(ImportRun.user_id == actor.user_id).order_by(ImportRun.id.desc()).limit(limit)
    return session.scalars(query.options(defer(ImportRun.content)), execution_options=AROUND).all()


def step(session: Session, run_id: int, states: Sequence[str], to: str, **values: Any) -> bool:
    """Move the run from one of the states to another; False where it stands elsewhere meanwhile."""
    moved = update(ImportRun).where(ImportRun.id == run_id, ImportRun.state.in_(states))
    done = session.execute(
        moved.values(state=to, tries=0, seen=False, changed_at=func.now(), **values), execution_options=AROUND
    )
    return cast("CursorResult[Any]", done).rowcount == 1


def note_seen(session: Session, run_id: int) -> None:
    """The person has seen how the run stands."""
    seen = update(ImportRun).where(ImportRun.id == run_id).values(seen=True)
    session.execute(seen, execution_options=AROUND)


def unseen_runs(session: Session, actor: Actor) -> Sequence[ImportRun]:
    """The person's runs that came to an end of their step while nobody looked."""
    query = select(ImportRun).where(
        ImportRun.user_id == actor.user_id, ImportRun.seen.is_(False), ImportRun.state.not_in(UNDER_WAY)
    )
    query = query.options(defer(ImportRun.content), defer(ImportRun.found)).order_by(ImportRun.id.desc()).limit(5)
    return session.scalars(query, execution_options=AROUND).all()


def note_progress(session: Session, run_id: int, done: int, total: int) -> None:
    """How far the work on a run has come."""
    note = update(ImportRun).where(ImportRun.id == run_id, ImportRun.state.in_(UNDER_WAY))
    session.execute(note.values(done=done, total=total, changed_at=func.now()), execution_options=AROUND)


def count_try(session: Session, run_id: int) -> int:
    """How many times a worker has begun the step at which the run stands, this time counted."""
    begun = update(ImportRun).where(ImportRun.id == run_id).values(tries=ImportRun.tries + 1, changed_at=func.now())
    return int(session.scalar(begun.returning(ImportRun.tries), execution_options=AROUND) or 0)


def may_be_undone(run: ImportRun, now: datetime) -> bool:
    """Whether the run was applied and the week is not over."""
    return run.state == "applied" and run.applied_at is not None and now < run.applied_at + UNDONE_WITHIN


def classes_touched(session: Session, run: ImportRun) -> set[int]:
    """The ids of classes that the import put students into, added or changed, by the history."""
    if run.first_revision is None:
        return set()
    ours = select(Revision.record_id).where(
        Revision.school_id == run.school_id, Revision.number.between(run.first_revision, run.last_revision)
    )
    enrolled = ours.where(Revision.record == "enrollment")
    filled = select(Enrollment.school_class_id).where(Enrollment.id.in_(enrolled)).distinct()
    found = set(session.scalars(filled, execution_options=AROUND))
    return found | set(session.scalars(ours.where(Revision.record == "school_class"), execution_options=AROUND))


def stuck_runs(session: Session) -> Sequence[int]:
    """Runs whose worker died, or whose hint was lost."""
    query = select(ImportRun.id).where(
        ImportRun.state.in_(UNDER_WAY), ImportRun.changed_at < datetime.now(UTC) - STUCK_AFTER
    )
    return session.scalars(query, execution_options=AROUND).all()


def forget_old(session: Session) -> None:
    """Files, and what was said of their rows, are kept for a week; that an import was made stays known."""
    old = ImportRun.created_at < datetime.now(UTC) - UNDONE_WITHIN - timedelta(days=1)
    gone = delete(ImportRun).where(old, ImportRun.state.in_(("checked", "refused", "checking")))
    session.execute(gone, execution_options=AROUND)
    kept = update(ImportRun).where(old, ImportRun.content.is_not(None))
    session.execute(
        kept.values(content=None, decisions={}, found=func.jsonb_build_object("counts", ImportRun.found["counts"])),
        execution_options=AROUND,
    )


def remembered(session: Session, school_id: int, kind: str) -> dict[str, str]:
    """Header → field, as in the last import of this kind."""
    query = select(ImportHeader.header, ImportHeader.field).where(
        ImportHeader.school_id == school_id, ImportHeader.kind == kind
    )
    return {row.header: row.field for row in session.execute(query, execution_options=AROUND)}


def remember(session: Session, school_id: int, kind: str, headers: Mapping[str, str]) -> None:
    """Keep what these headers meant."""
    rows = [{"school_id": school_id, "kind": kind, "header": one, "field": headers[one]} for one in sorted(headers)]
    if rows:
        kept = upsert(ImportHeader).values(rows)
        kept = kept.on_conflict_do_update(constraint="a_header_means_one_field", set_={"field": kept.excluded.field})
        session.execute(kept, execution_options=AROUND)
