"""The history of one record: its revisions with values and authors, for a person who was proved to see the record."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

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


def record_history(session: Session, record: str, record_id: int, limit: int = NEWEST) -> Sequence[Told]:
    """The record's revisions, newest first, at most `limit`. Ask it only after the person was found to see the row."""
    newest = (
        select(Revision, Pseudonym.name)
        .outerjoin(Pseudonym, Pseudonym.key == Revision.author)
        .where(Revision.record == record, Revision.record_id == record_id)
        .order_by(Revision.id.desc())
        .limit(limit)
    )
    rows = session.execute(newest, execution_options=AROUND).all()
    values = _values(session, [revision.id for revision, _name in rows])
    return [_told(revision, name, values.get(revision.id, {})) for revision, name in rows]


def _values(session: Session, revision_ids: list[int]) -> dict[int, dict[str, tuple[Any, Any]]]:
    query = select(RevisionValue.revision_id, RevisionValue.field, RevisionValue.old, RevisionValue.new)
    found: dict[int, dict[str, tuple[Any, Any]]] = {}
    rows = session.execute(query.where(RevisionValue.revision_id.in_(revision_ids)), execution_options=AROUND)
    for row in rows:
        found.setdefault(row.revision_id, {})[row.field] = (row.old, row.new)
    return found


def _told(revision: Revision, name: str | None, values: dict[str, tuple[Any, Any]]) -> Told:
    author = name or (revision.author if revision.author.startswith("system:") else "")
    return Told(
        number=revision.number,
        action=revision.action,
        happened_at=revision.happened_at,
        author=author,
        fields={column: values[column] for column in sorted(values)},
        erased=tuple(sorted(set(revision.fields) - set(values))),
    )
