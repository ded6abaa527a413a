"""Notices: what families should know of a change, written in the change's own transaction."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.models.sms import Notice
from app.session.actors import Actor
from app.session.declarations import Change, Declaration, Fact

log = structlog.get_logger()
AROUND = {"around_the_rule": True}

#: Called after a commit with the ids of its notices; set once a process. A hint only: a sweep finds what it missed.
_listeners: list[Callable[[list[int]], None]] = []


def on_notices(listener: Callable[[list[int]], None] | None) -> None:
    """Call this after each commit that made notices, with their ids; None: call nothing."""
    _listeners[:] = [] if listener is None else [listener]


def notices_of(actor: Actor, changes: Sequence[tuple[Change, Declaration]]) -> list[dict[str, Any]]:
    """A row of a notice for each change that families should know of; none of who is silent."""
    rows: list[dict[str, Any]] = []
    if actor.silent:
        return rows
    for change, declaration in changes:
        told = declaration.notice(change) if declaration.notice is not None else None
        for fact in (told,) if isinstance(told, Fact) else told or ():
            row = {
                "school_id": change.record.school_id,
                "record": declaration.name,
                "record_id": change.record.id,
                "action": change.action,
                "urgent": fact.urgent,
                "student_id": fact.student_id,
                "school_class_id": fact.school_class_id,
                "subgroup_id": fact.subgroup_id,
                "user_id": actor.user_id,
                "was": fact.was,
                "trace": _trace(),
            }
            rows.append(row)
            if fact.former_student_id is not None:
                rows.append(row | {"student_id": fact.former_student_id})
    return rows


def add_notices(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write the notices that went into the database together with no link of a chain."""
    if rows:
        made = session.scalars(insert(Notice).returning(Notice.id), rows, execution_options=AROUND)
        note_made(session, made.all())


def note_made(session: Session, ids: Iterable[int]) -> None:
    """Remember the notices of this transaction for the hint after it."""
    session.info.setdefault("noticed", []).extend(ids)


def _trace() -> str:
    """The id that follows a change from its form to the receipt; the request binds it, else a new one is made."""
    return str(structlog.contextvars.get_contextvars().get("trace") or uuid4().hex[:16])


def hint_after_commit(session: Session) -> None:
    """Tell the listener of the notices that this transaction made. Never raises: the change is saved already."""
    noticed = session.info.pop("noticed", None)
    if not noticed:
        return
    for listener in _listeners:
        try:
            listener(noticed)
        except Exception as lost:  # the outermost edge of a hint: the sweep will find these notices
            log.warning("notices.hint_lost", count=len(noticed), error=type(lost).__name__)
