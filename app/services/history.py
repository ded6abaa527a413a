"""The history of one record: its revisions with values and authors, for a person who was proved to see the record."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, cast, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from app.models import Pseudonym, Revision, RevisionValue

AROUND = {"around_the_rule": True}  # the chain is seen by nobody; the caller asks after the record itself
NEWEST = 200


@dataclass(frozen=True)
class Told:
    """One revision: what was done to the record, when, by whom, and each field's old and new value."""

    number: int
    action: str  # added, changed, deleted
    happened_at: datetime
    author: str  # "" where the person was erased
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # column → (old, new), as JSON values
    erased: tuple[str, ...] = ()  # columns whose values were erased
    way: str = ""  # sms: done by text; else by an account, or by the system


def record_history(session: Session, record: str, record_id: int, limit: int = NEWEST) -> Sequence[Told]:
    """The record's revisions, newest first, at most `limit`. Ask it only after the person was found to see the row."""
    newest = (
        select(Revision, Pseudonym.name, Pseudonym.way)
        .outerjoin(Pseudonym, Pseudonym.key == Revision.author)
        .where(Revision.record == record, Revision.record_id == record_id)
        .order_by(Revision.id.desc())
        .limit(limit)
    )
    rows = session.execute(newest, execution_options=AROUND).all()
    values = _values(session, [revision.id for revision, _name, _way in rows])
    return [_told(revision, name, way or "", values.get(revision.id, {})) for revision, name, way in rows]


def taken_away(session: Session, school_id: int, record: str, since: datetime, **was: int) -> dict[str, Any]:
    """What the last record said that was deleted since then and had these values; empty where there was none, and of
    what was erased. Ask it only after the person was found to write records of these values."""
    gone = select(Revision.id).where(
        Revision.school_id == school_id,
        Revision.record == record,
        Revision.action == "deleted",
        Revision.happened_at > since,
    )
    for name, value in was.items():
        one = aliased(RevisionValue)
        gone = gone.join(one, and_(one.revision_id == Revision.id, one.field == name, one.old == cast(value, JSONB)))
    query = select(RevisionValue.field, RevisionValue.old).where(
        RevisionValue.revision_id == gone.order_by(Revision.id.desc()).limit(1).scalar_subquery()
    )
    return {row.field: row.old for row in session.execute(query, execution_options=AROUND)}


def _values(session: Session, revision_ids: list[int]) -> dict[int, dict[str, tuple[Any, Any]]]:
    query = select(RevisionValue.revision_id, RevisionValue.field, RevisionValue.old, RevisionValue.new)
    found: dict[int, dict[str, tuple[Any, Any]]] = {}
    rows = session.execute(query.where(RevisionValue.revision_id.in_(revision_ids)), execution_options=AROUND)
    for row in rows:
        found.setdefault(row.revision_id, {})[row.field] = (row.old, row.new)
    return found


def _told(revision: Revision, name: str | None, way: str, values: dict[str, tuple[Any, Any]]) -> Told:
    author = name or (revision.author if revision.author.startswith("system:") else "")
    return Told(
        number=revision.number,
        action=revision.action,
        happened_at=revision.happened_at,
        author=author,
        fields={column: values[column] for column in sorted(values)},
        erased=tuple(sorted(set(revision.fields) - set(values))),
        way=way,
    )
