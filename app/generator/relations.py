"""Relations: the related row of an id, its choices in a drop-down or as one types; all under the row rule."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.generator.fields import Field
from app.generator.loading import with_words
from app.generator.queries import declaration_of, ordered, searched
from app.models.base import OfSchool, Table
from app.session.engine import actor_of

GROWS = frozenset({"staff", "teaching", "bell_period"})  # of the school's own tables, those that are long all the same
MOST_CHOICES = 60  # in a drop-down; beyond it the field is searched as one types
MOST_FOUND = 20


def grows(model: type[Table]) -> bool:
    """Whether a drop-down would be too long: rows of classes and people grow, of a school's own tables few do."""
    return not issubclass(model, OfSchool) or model.__tablename__ in GROWS


def related_row(session: Session, field: Field, key: int) -> Table:
    """The related row of this id. Raises InvalidInput, alike for a foreign and for an unknown one."""
    assert field.related is not None
    query = select(field.related).where(field.related.id == key).options(*with_words(field.related))
    found = session.scalars(query).first()
    if found is None:
        raise InvalidInput(field.name, "relation.unknown")
    return found


def rows_of_keys(session: Session, model: type[Table], keys: Iterable[int]) -> Mapping[int, Table]:
    """Those of the rows that the person sees, by id."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    query = select(model).where(model.id.in_(wanted)).options(*with_words(model))
    return {row.id: row for row in session.scalars(query)}


def few_choices(session: Session, field: Field) -> Sequence[Table] | None:
    """All rows to choose from, for a drop-down; None where they are too many for one."""
    if field.related is None or grows(field.related):
        return None
    rows = session.scalars(_in_order(field.related).limit(MOST_CHOICES + 1)).all()
    return rows if len(rows) <= MOST_CHOICES else None


def options_found(session: Session, field: Field, typed: str) -> Sequence[Table]:
    """The first rows that fit what was typed, in the order of their own list."""
    assert field.related is not None
    query, declaration = _in_order(field.related), declaration_of(field.related)
    if declaration is not None:
        query = searched(query, declaration, typed, actor_of(session))
    return session.scalars(query.limit(MOST_FOUND)).all()


def _in_order(model: type[Table]) -> Select[Any]:
    declaration = declaration_of(model)
    query = select(model).options(*with_words(model))
    return ordered(query, declaration, declaration.order) if declaration is not None else query.order_by(model.id)
