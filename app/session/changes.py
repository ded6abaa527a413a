"""What a flush changes: each record as it is and as it was, and its columns as JSON values."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import LoaderCallableStatus, RelationshipProperty, Session
from sqlalchemy.orm.attributes import get_history

from app.models.base import Table

NOT_TOLD = frozenset({"id", "version", "school_id"})


class AsItWas:
    """A record with the values that it had before the flush; relations follow the old keys."""

    def __init__(self, session: Session, record: Table) -> None:
        self._session = session
        self._record = record
        self.model = type(record)

    def __getattr__(self, name: str) -> Any:
        mapper = inspect(self.model)
        relation = mapper.relationships.get(name)
        if relation is not None:
            return self._related(relation)
        if name in mapper.column_attrs:
            return old_value(self._record, name)
        return getattr(self._record, name)

    def _related(self, relation: RelationshipProperty[Any]) -> Any:
        (local,) = relation.local_columns
        column = inspect(self.model).get_property_by_column(local).key
        key = old_value(self._record, column)
        if key == getattr(self._record, column):
            return getattr(self._record, relation.key)
        return None if key is None else self._session.get(relation.mapper.class_, key)


def follow_keys(session: Session, record: Table) -> None:
    """Forget relations whose key was changed by number, so that they lead where the row now points."""
    for relation in inspect(type(record)).relationships:
        if relation.uselist or relation.key not in inspect(record).dict:
            continue
        (local,) = relation.local_columns
        key = getattr(record, inspect(type(record)).get_property_by_column(local).key)
        related = inspect(record).dict[relation.key]
        if (None if related is None else related.id) != key:
            session.expire(record, [relation.key])


def know_old_values(session: Session, record: Table) -> None:
    """Load what the record was where it was changed without being loaded: an expired attribute that is set has no past,
    and a change without a past would be judged, checked and kept in the history as none. Called before the flush.
    """
    state = inspect(record)
    columns = {attribute.key for attribute in state.mapper.column_attrs}
    set_blindly = {name for name in columns if state.committed_state.get(name) is LoaderCallableStatus.NO_VALUE}
    unknown = set_blindly | (state.expired_attributes & columns)
    if not state.persistent or not unknown:
        return
    meant = {name: state.dict[name] for name in set_blindly if name in state.dict}
    session.refresh(record, sorted(unknown))
    for name, value in meant.items():
        setattr(record, name, value)


def old_value(record: Table, column: str) -> Any:
    """The column's value before the flush."""
    history = get_history(record, column)
    return history.deleted[0] if history.deleted else getattr(record, column)


def as_json(value: Any) -> Any:
    """A column's value as the chain and the history keep it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value


def changed_fields(
    record: Table, action: str, secret: Sequence[str], volatile: Sequence[str]
) -> dict[str, tuple[Any, Any]]:
    """Column → (old, new); of an added record all that is set, of a deleted one all that was."""
    told: dict[str, tuple[Any, Any]] = {}
    for attribute in inspect(type(record)).column_attrs:
        name = attribute.key
        if name in NOT_TOLD or name in volatile:
            continue
        now = getattr(record, name)
        old = None if action == "added" else as_json(old_value(record, name))
        new = None if action == "deleted" else as_json(now)
        if old != new:
            told[name] = ("•••", "•••") if name in secret else (old, new)
    return told
