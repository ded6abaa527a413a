"""Undoing: what the history tells of an import is taken back, except what people have changed or built on since."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, inspect, select, text
from sqlalchemy.orm import Session, selectinload

from app.domain.errors import Conflict
from app.models import Guardian, ImportRun, Revision, RevisionValue, Staff, Student
from app.models.base import Table
from app.services.imports.building import Tell
from app.session.changes import as_json
from app.session.engine import actor_of, declarations
from app.session.history import append_kept, keep_for_later, lock_head
from app.session.reasons import NOT_COLUMNS, give_reason

AROUND = {"around_the_rule": True}
BATCH = 1_000
PEOPLE = (Student, Guardian, Staff)
Key = tuple[type[Table], int]

TOUCHED = text("""
SELECT DISTINCT later.record, later.record_id FROM revision later
WHERE later.school_id = :school AND later.number > :last AND EXISTS (
  SELECT 1 FROM revision ours WHERE ours.record = later.record AND ours.record_id = later.record_id
    AND ours.school_id = :school AND ours.number BETWEEN :first AND :last)
""")


@dataclass
class Undoing:
    """What an import has done, and what of it stays."""

    added: dict[Key, None] = field(default_factory=dict)
    changed: dict[Key, dict[str, tuple[Any, Any]]] = field(default_factory=dict)  # column → (before, after)
    kept: dict[Key, str] = field(
        default_factory=dict
    )  # why: "changed" since, "used" by others, or "belongs" to a person


def undo_all(session: Session, run: ImportRun, tell: Tell) -> list[tuple[str, str]]:
    """Take the import back in the session's transaction; what stays (its words, why).

    Raises Conflict where people have changed something of it in these seconds.
    """
    assert run.first_revision is not None and run.last_revision is not None
    give_reason(session, f"import {run.id}, undone")
    keep_for_later(session)
    undoing = _told(session, run)
    touched = _touched(session, run)
    _keep_touched(session, undoing, touched)
    _keep_used(session, undoing)
    _change_back(session, undoing)
    done, total = 0, len(undoing.added)
    for batch in _in_order_of_deletion(undoing.added):
        for row in _rows(session, *batch):
            session.delete(row)
        session.flush()
        done += len(batch[1])
        tell(done, total)
    lock_head(session, run.school_id)  # from here to the commit nobody changes a watched record of the school
    if _touched(session, run) != touched:  # somebody has, meanwhile
        raise Conflict("import.meanwhile")
    append_kept(session, actor_of(session))
    return [(_words(session, key), why) for key, why in undoing.kept.items()]


def _told(session: Session, run: ImportRun) -> Undoing:
    """The import's own links of the chain, oldest first."""
    models = {declaration.name: declaration.model for declaration in declarations().values()}
    undoing = Undoing()
    links = select(Revision.id, Revision.record, Revision.record_id, Revision.action).where(
        Revision.school_id == run.school_id, Revision.number.between(run.first_revision, run.last_revision)
    )
    changes: dict[int, Key] = {}
    for link in session.execute(links.order_by(Revision.number), execution_options=AROUND):
        key = (models[link.record], link.record_id)
        if link.action == "added":
            undoing.added[key] = None
        elif link.action == "changed" and key not in undoing.added:
            changes[link.id] = key
            undoing.changed.setdefault(key, {})
    values = select(RevisionValue).where(RevisionValue.revision_id == _among(changes)).order_by(RevisionValue.id)
    for value in session.scalars(values, execution_options=AROUND):
        if value.field in NOT_COLUMNS:
            continue
        told = undoing.changed[changes[value.revision_id]]
        told[value.field] = (told[value.field][0] if value.field in told else value.old, value.new)
    return undoing


def _touched(session: Session, run: ImportRun) -> set[Key]:
    """What of the import was changed since."""
    models = {declaration.name: declaration.model for declaration in declarations().values()}
    given = {"school": run.school_id, "first": run.first_revision, "last": run.last_revision}
    found = session.execute(TOUCHED, given, execution_options=AROUND)
    return {(models[row.record], row.record_id) for row in found}


def _keep_touched(session: Session, undoing: Undoing, touched: set[Key]) -> None:
    for key in touched:
        was_there = key in undoing.added or key in undoing.changed
        undoing.added.pop(key, None)
        undoing.changed.pop(key, None)
        if was_there and _is_there(session, key):
            undoing.kept[key] = "changed"


def _keep_used(session: Session, undoing: Undoing) -> None:
    """A person who stays keeps class, guardians and teaching; whatever others have hung something on stays."""
    used_by = _references(session, undoing)
    _keep_belongings(undoing, used_by, list(undoing.kept))
    is_settled = False
    while not is_settled:
        hold = [key for key in undoing.added if any(child not in undoing.added for child in used_by.get(key, ()))]
        for key in hold:
            del undoing.added[key]
            undoing.kept[key] = "used"
        _keep_belongings(undoing, used_by, hold)
        is_settled = not hold


def _keep_belongings(undoing: Undoing, used_by: Mapping[Key, Sequence[Key]], kept: Iterable[Key]) -> None:
    for key in kept:
        for child in used_by.get(key, ()) if key[0] in PEOPLE else ():
            if child in undoing.added:
                del undoing.added[child]
                undoing.kept[child] = "belongs"


def _references(session: Session, undoing: Undoing) -> dict[Key, list[Key]]:
    """Which rows point to what was added or is kept, whoever sees them; one query a foreign key."""
    models: dict[Any, type[Table]] = {
        mapper.local_table: mapper.class_ for mapper in Table.registry.mappers if issubclass(mapper.class_, Table)
    }
    ids: dict[Any, list[int]] = defaultdict(list)
    for model, key in (*undoing.added, *undoing.kept):
        ids[inspect(model).local_table].append(key)
    found: dict[Key, list[Key]] = defaultdict(list)
    for table, model in models.items():
        for foreign in table.foreign_keys:
            target = foreign.column.table
            if target not in ids or foreign.ondelete:
                continue
            query = select(table.c.id, foreign.parent).where(foreign.parent == _among(ids[target]))
            column = inspect(model).get_property_by_column(foreign.parent).key
            for child, parent in session.execute(query, execution_options=AROUND):
                if column not in undoing.changed.get((model, child), ()):  # that one will be changed back
                    found[models[target], parent].append((model, child))
    return found


def _change_back(session: Session, undoing: Undoing) -> None:
    by_model: dict[type[Table], list[int]] = defaultdict(list)
    for model, key in undoing.changed:
        by_model[model].append(key)
    for model, keys in by_model.items():
        for start in range(0, len(keys), BATCH):
            for row in _rows(session, model, keys[start : start + BATCH]):
                for column, (before, after) in undoing.changed[model, row.id].items():
                    if as_json(getattr(row, column)) == after:
                        setattr(row, column, _from_json(model, column, before))
            session.flush()


def _from_json(model: type[Table], column: str, value: Any) -> Any:
    kind = inspect(model).column_attrs[column].columns[0].type.python_type
    if value is None or not isinstance(value, str):
        return value
    if issubclass(kind, datetime | date | time):
        return kind.fromisoformat(value)
    return Decimal(value) if issubclass(kind, Decimal) else value


def _in_order_of_deletion(keys: dict[Key, None]) -> Iterator[tuple[type[Table], list[int]]]:
    by_table: dict[str, tuple[type[Table], list[int]]] = {}
    for model, key in keys:
        by_table.setdefault(str(model.__tablename__), (model, []))[1].append(key)
    for table in reversed(Table.metadata.sorted_tables):
        model, found = by_table.get(table.name, (Table, []))
        for start in range(0, len(found), BATCH):
            yield model, found[start : start + BATCH]


def _rows(session: Session, model: type[Table], keys: Sequence[int]) -> Sequence[Any]:
    query: Any = select(model).where(model.id == _among(keys)).order_by(model.id)
    if model is Student:  # a student who goes asks after their classes, one by one unless they are loaded here
        query = query.options(selectinload(Student.enrollments))
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _is_there(session: Session, key: Key) -> bool:
    return session.get(*key) is not None


def _words(session: Session, key: Key) -> str:
    row = session.get(*key)
    return str(row) if row is not None else "—"


def _among(keys: Any) -> Any:
    return any_(bindparam(None, sorted(keys), type_=ARRAY(BigInteger)))
