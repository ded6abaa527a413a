"""Queries: the SELECT of a list, searched, ordered, counted and cut into pages; the session adds the row rule."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, String, and_, func, inspect, or_, select
from sqlalchemy.orm import Session, aliased

from app.generator.loading import with_related
from app.models.base import Table
from app.records.record_type import RecordType
from app.session.actors import Actor
from app.session.engine import declarations

MOST_WORDS = 6  # of a search; more make no list better
COUNTED_TO = 10_000  # a page says “more than 10,000”; counting a million rows would cost more than showing them
DAY = re.compile(r"\d{1,2}\.\d{1,2}(\.\d{4})?")


def declaration_of(model: type[Table]) -> RecordType | None:
    """The declaration of a related table, by which it is searched and ordered; None where it has none."""
    found = declarations().get(model)
    return found if isinstance(found, RecordType) else None


def searched(query: Select[Any], record_type: RecordType, typed: str, actor: Actor) -> Select[Any]:
    """Rows in which each word stands in one of the columns of `search`; a day also in a column of days."""
    paths = [path.split(".") for path in record_type.search]
    paths = [path for path in paths if not _is_hidden(record_type, path, actor)]
    for word in typed.split()[:MOST_WORDS]:
        places = [_contains(record_type.model, path, word) for path in paths]
        if DAY.fullmatch(word):
            places += [_on_day(getattr(record_type.model, name), word) for name in _days(record_type.model)]
        if places:
            query = query.where(or_(*places))
    return query


def _is_hidden(record_type: RecordType, path: Sequence[str], actor: Actor) -> bool:
    """Whether the path ends at a column that is guarded from the person."""
    declaration: RecordType | None = record_type
    for name in path[:-1]:
        if declaration is None:
            return False
        declaration = declaration_of(inspect(declaration.model).relationships[name].mapper.class_)
    return declaration is not None and path[-1] in declaration.hidden_from(actor)


def folded(column: Any) -> ColumnElement[str]:
    """A text without the difference of capitals and of ё and е, as people search and sort."""
    return func.replace(func.lower(column), "ё", "е")


def _contains(model: type[Table], path: Sequence[str], word: str) -> ColumnElement[bool]:
    """By sub-selects along the path, so that no join doubles a row; each carries the row rule of its table."""
    if len(path) == 1:
        return folded(getattr(model, path[0])).contains(word.lower().replace("ё", "е"), autoescape=True)
    relation = inspect(model).relationships[path[0]]
    (local,) = relation.local_columns
    related = relation.mapper.class_
    key = getattr(model, inspect(model).get_property_by_column(local).key)
    return key.in_(select(related.id).where(_contains(related, path[1:], word)))


def _days(model: type[Table]) -> list[str]:
    return [column.key for column in inspect(model).column_attrs if isinstance(column.columns[0].type, Date)]


def _on_day(column: Any, word: str) -> ColumnElement[bool]:
    day, month, *year = word.split(".")
    written = ".".join([day.zfill(2), month.zfill(2), *year])
    return func.to_char(column, "DD.MM.YYYY").startswith(written)


def ordered(query: Select[Any], record_type: RecordType, names: Sequence[str]) -> Select[Any]:
    """In the order of the names, "-name" descending, a relation as its own list is ordered; at last by id."""
    model = record_type.model
    for name in names:
        column, descends = name.removeprefix("-"), name.startswith("-")
        relation = inspect(model).relationships.get(column)
        if relation is None:
            query = query.order_by(_directed(getattr(model, column), descends))
            continue
        related = aliased(relation.mapper.class_)
        query = query.outerjoin(getattr(model, column).of_type(related))
        for key, key_descends in _order_of(relation.mapper.class_):
            query = query.order_by(_directed(getattr(related, key), descends != key_descends))
    if names and names[-1].removeprefix("-") == "id":
        return query
    return query.order_by(_directed(model.id, bool(names) and names[0].startswith("-")))


def _order_of(model: type[Table]) -> list[tuple[str, bool]]:
    declaration = declaration_of(model)
    names = declaration.order if declaration is not None else ("id",)
    columns = inspect(model).column_attrs
    plain = [(name.removeprefix("-"), name.startswith("-")) for name in names if name.removeprefix("-") in columns]
    return plain or [("id", False)]


def _directed(column: Any, descends: bool) -> ColumnElement[Any]:
    key = folded(column) if isinstance(column.type, String) else column
    return key.desc() if descends else key.asc()


def counted(session: Session, model: type[Table], query: Select[Any], to: int | None) -> int:
    """How many rows there are; beyond `to` it does not matter how many more."""
    keys = query.with_only_columns(model.id).order_by(None)
    if to is not None:
        keys = keys.limit(to + 1)
    return session.scalar(select(func.count()).select_from(keys.subquery())) or 0


def rows_of_page(
    session: Session, model: type[Table], query: Select[Any], names: Iterable[str], page: int, page_size: int
) -> Sequence[Any]:
    """The rows of one page, counted from 0, with the named relations.

    First their keys and then the rows: many rows are sorted without what is joined to them (half the time or less).
    """
    keys = session.scalars(query.with_only_columns(model.id).offset(page * page_size).limit(page_size)).all()
    if not keys:
        return []
    whole = select(model).where(model.id.in_(keys)).options(*with_related(model, names))
    rows = {row.id: row for row in session.scalars(whole)}
    return [rows[key] for key in keys if key in rows]


def only(query: Select[Any], criteria: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The query with all criteria."""
    return query.where(and_(*criteria)) if criteria else query
