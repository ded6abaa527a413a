"""To which school a new row belongs: that of the record it hangs on, else that of the person who adds it."""

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models.base import Table
from app.models.school import School
from app.session.actors import Actor


def related(session: Session, record: Table, relation: str) -> Any:
    """The record that a relation points to, also before a flush has loaded it; None where there is none."""
    loaded = inspect(record).dict.get(relation)
    prop = inspect(type(record)).relationships[relation]
    (local,) = prop.local_columns
    key = getattr(record, inspect(type(record)).get_property_by_column(local).key)
    if loaded is not None and (key is None or loaded.id in (None, key)):
        return loaded
    if key is None:
        return None
    found = session.get(prop.mapper.class_, key)
    session.info.setdefault("held", {})[prop.mapper.class_, key] = found  # a session holds its rows weakly: asked once
    return found


def check_relations(session: Session, record: Table) -> None:
    """Raise InvalidInput on a relation that was set to a row which the session's actor does not see, or there is none.

    So a foreign id and an unknown one are told alike, whichever door they came through.
    """
    state, mapper = inspect(record), inspect(type(record))
    for relation in mapper.relationships:
        if relation.uselist or not issubclass(relation.mapper.class_, Table):
            continue
        (local,) = relation.local_columns
        column = mapper.get_property_by_column(local).key
        touched = state.attrs[column].history.has_changes() or state.attrs[relation.key].history.has_changes()
        if touched and related(session, record, relation.key) is None and getattr(record, column) is not None:
            raise InvalidInput(relation.key, "relation.unknown")


def fill_school(session: Session, record: Table, actor: Actor) -> None:
    """Set `school_id` from the record that this one hangs on, or from the actor's only school."""
    if isinstance(record, School) or "school_id" not in inspect(type(record)).column_attrs:
        return
    if record.school_from:
        owner = related(session, record, record.school_from)
        if owner is not None:
            if owner.school_id is None:
                fill_school(session, owner, actor)
            if record.school_id != owner.school_id:  # type: ignore[attr-defined]
                record.school_id = owner.school_id  # type: ignore[attr-defined]
            return
    if getattr(record, "school_id", None) is None:
        if actor.home_school_id is None:
            raise InvalidInput("school", "school.which")
        record.school_id = actor.home_school_id  # type: ignore[attr-defined]
