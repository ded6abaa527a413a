"""The rows as they stand beside what the chain tells of them: whoever alters a row past the session is found."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any

from psycopg import sql
from sqlalchemy import inspect

from app.models import Table
from app.services.ledger_reading import Connection, Link, as_value, batches, links_of_records
from app.session.changes import NOT_TOLD, as_json
from app.session.engine import declarations

MOST_ROWS = 50  # named of one table; the rest is counted
# Rows that the gateway keeps equal to the settings: no person wrote them, and no chain tells of them.
OF_THE_SETTINGS = {"sms_link": "SELECT id FROM sms_link WHERE from_settings"}
HIDDEN = '"•••"'  # what the chain keeps of a secret's old and new value


@dataclass
class Told:
    """What the chain tells of one record: its newest values, and the columns it tells nothing sure of."""

    record_id: int
    from_the_beginning: bool = False
    deleted: bool = False
    values: dict[str, str] = field(default_factory=dict)  # column → JSON
    unsure: set[str] = field(default_factory=set)  # erased or secret


def rows_that_differ(connection: Connection) -> Iterator[str]:
    """A sentence for each row that is not as its chain tells: altered, deleted or put in past the session."""
    tables = {mapper.class_.__tablename__: mapper.class_ for mapper in Table.registry.mappers}
    told = {name for (name,) in connection.execute("SELECT DISTINCT record FROM revision")}
    watched = {model.__tablename__ for model, declaration in declarations().items() if declaration.watched}
    for name in sorted(told | watched):
        if name not in tables:
            yield f"{name}: the chain tells of records of this name, but there is no such table."
            continue
        yield from _cut_short(name, _differences(connection, tables[name]))


def _cut_short(table: str, sentences: Iterable[str]) -> Iterator[str]:
    number = 0
    for number, sentence in enumerate(sentences, start=1):
        if number <= MOST_ROWS:
            yield sentence
    if number > MOST_ROWS:
        yield f"{table}: and {number - MOST_ROWS} more."


def _differences(connection: Connection, model: type[Table]) -> Iterator[str]:
    """Merge two streams in the order of ids: the rows, and what the chain tells."""
    table, columns = model.__tablename__, _compared(connection, model)
    passed_over = {key for (key,) in connection.execute(OF_THE_SETTINGS[table])} if table in OF_THE_SETTINGS else set()
    told = (known for known in _chain(connection, table) if known.record_id not in passed_over)
    known = next(told, None)
    for row_id, *row in _rows(connection, table, columns):
        if row_id in passed_over:
            continue
        while known is not None and known.record_id < row_id:
            yield from _missing(table, known)
            known = next(told, None)
        if known is None or known.record_id != row_id:
            yield f"{table} {row_id}: stands in the table, but the chain tells nothing of it."
            continue
        yield from _compare(table, columns, known, row)
        known = next(told, None)
    while known is not None:
        yield from _missing(table, known)
        known = next(told, None)


def _compared(connection: Connection, model: type[Table]) -> dict[str, bool]:
    """The columns that the chain tells of → whether they become empty when an account is removed."""
    columns = {column.name: column for column in inspect(model).local_table.columns if column.name not in NOT_TOLD}
    declaration = declarations().get(model)
    if declaration is not None:
        told = columns.keys() - set(declaration.volatile)
    else:  # a process without declarations: the columns that the chain has told of at least once
        query = "SELECT DISTINCT jsonb_object_keys(fields) FROM revision WHERE record = %s"
        told = columns.keys() & {name for (name,) in connection.execute(query, (model.__tablename__,))}
    return {name: any(key.ondelete == "SET NULL" for key in columns[name].foreign_keys) for name in sorted(told)}


def _rows(connection: Connection, table: str, columns: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    names = sql.SQL(", ").join(sql.Identifier(name) for name in ("id", *columns))
    query = sql.SQL("SELECT {} FROM {} ORDER BY id").format(names, sql.Identifier(table))
    for rows in batches(connection, query, name="rows"):
        yield from rows


def _chain(connection: Connection, record: str) -> Iterator[Told]:
    for record_id, links in groupby(links_of_records(connection, record), key=attrgetter("record_id")):
        yield _newest(record_id, links)


def _newest(record_id: int, links: Iterable[Link]) -> Told:
    told = Told(record_id)
    for number, link in enumerate(links):
        told.deleted = link.action == "deleted"
        told.from_the_beginning |= number == 0 and link.action == "added"
        if len(link.values) != len(link.fields):
            told.unsure |= link.fields.keys() - {value.field for value in link.values}
        for value in link.values:
            told.values[value.field] = value.new
            hidden = value.new == value.old == HIDDEN
            (told.unsure.add if hidden else told.unsure.discard)(value.field)
    return told


def _missing(table: str, told: Told) -> Iterator[str]:
    if not told.deleted:
        yield f"{table} {told.record_id}: the chain tells of it, but the row is gone."


def _compare(table: str, columns: Mapping[str, bool], told: Told, row: Iterable[Any]) -> Iterator[str]:
    if told.deleted:
        yield f"{table} {told.record_id}: was deleted as the chain tells, but stands in the table."
        return
    for (name, may_be_emptied), stands in zip(columns.items(), row, strict=True):
        if name in told.unsure or (name not in told.values and not told.from_the_beginning):
            continue
        expected = as_value(told.values.get(name, "null"))
        if isinstance(stands, Decimal) and isinstance(expected, int | float):
            expected = as_json(Decimal(str(expected)))  # written as 3 and kept as 3.00
        kept = as_json(stands)
        if kept != expected and not (stands is None and may_be_emptied):
            yield f"{table} {told.record_id}, {name}: the chain says {expected!r}, the row has {kept!r}."
