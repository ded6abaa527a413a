"""The rows as they stand beside what the chain tells of them: whoever alters a row past the session is found."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import DictRow
from sqlalchemy import inspect

from app.models import Table
from app.session.changes import NOT_TOLD, as_json
from app.session.engine import declarations

BATCH = 5_000
MOST_ROWS = 50  # named of one table; the rest is counted
HIDDEN = ("•••", "•••")  # what the chain keeps of a secret's old and new value

CHAIN = """
SELECT r.record_id, r.id, r.action, r.fields, v.field, v.new, v.old FROM revision r
LEFT JOIN revision_value v ON v.revision_id = r.id
WHERE r.record = %s ORDER BY r.record_id, r.id
"""


@dataclass
class Told:
    """What the chain tells of one record: its newest values, and the columns it tells nothing sure of."""

    record_id: int
    from_the_beginning: bool = False
    deleted: bool = False
    values: dict[str, Any] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)  # erased or secret


def rows_that_differ(connection: psycopg.Connection[DictRow]) -> Iterator[str]:
    """A sentence for each row that is not as its chain tells: altered, deleted or put in past the session."""
    tables = {mapper.class_.__tablename__: mapper.class_ for mapper in Table.registry.mappers}
    told = {row["record"] for row in connection.execute("SELECT DISTINCT record FROM revision")}
    watched = {model.__tablename__ for model, declaration in declarations().items() if declaration.watched}
    for name in sorted(told | watched):
        if name not in tables:
            yield f"{name}: the chain tells of records of this name, but there is no such table."
            continue
        yield from _of_table(connection, tables[name])


def _of_table(connection: psycopg.Connection[DictRow], model: type[Table]) -> Iterator[str]:
    named: Counter[str] = Counter()
    for sentence in _differences(connection, model):
        named[model.__tablename__] += 1
        if named.total() <= MOST_ROWS:
            yield sentence
    if named.total() > MOST_ROWS:
        yield f"{model.__tablename__}: and {named.total() - MOST_ROWS} more."


def _differences(connection: psycopg.Connection[DictRow], model: type[Table]) -> Iterator[str]:
    """Merge two streams in the order of ids: the rows, and what the chain tells."""
    columns = _compared(connection, model)
    told = _chain(connection, model.__tablename__)
    known = next(told, None)
    for row in _rows(connection, model):
        while known is not None and known.record_id < row["id"]:
            yield from _missing(model, known)
            known = next(told, None)
        if known is None or known.record_id != row["id"]:
            yield f"{model.__tablename__} {row['id']}: stands in the table, but the chain tells nothing of it."
            continue
        yield from _compare(model, columns, known, row)
        known = next(told, None)
    while known is not None:
        yield from _missing(model, known)
        known = next(told, None)


def _compared(connection: psycopg.Connection[DictRow], model: type[Table]) -> dict[str, bool]:
    """The columns that the chain tells of → whether they become empty when an account is removed."""
    columns = {column.name: column for column in inspect(model).local_table.columns if column.name not in NOT_TOLD}
    declaration = declarations().get(model)
    if declaration is not None:
        told = columns.keys() - set(declaration.volatile)
    else:  # a process without declarations: the columns that the chain has told of at least once
        query = "SELECT DISTINCT jsonb_object_keys(fields) AS name FROM revision WHERE record = %s"
        told = columns.keys() & {row["name"] for row in connection.execute(query, (model.__tablename__,))}
    return {name: any(key.ondelete == "SET NULL" for key in columns[name].foreign_keys) for name in sorted(told)}


def _rows(connection: psycopg.Connection[DictRow], model: type[Table]) -> Iterator[Mapping[str, Any]]:
    query = sql.SQL("SELECT * FROM {} ORDER BY id").format(sql.Identifier(model.__tablename__))
    with connection.cursor("ledger_rows") as cursor:
        cursor.itersize = BATCH
        yield from cursor.execute(query)


def _chain(connection: psycopg.Connection[DictRow], record: str) -> Iterator[Told]:
    with connection.cursor("ledger_chain") as cursor:
        cursor.itersize = BATCH
        cursor.execute(CHAIN, (record,))
        for record_id, rows in groupby(cursor, key=itemgetter("record_id")):
            yield _newest(record_id, rows)


def _newest(record_id: int, rows: Iterator[Mapping[str, Any]]) -> Told:
    told = Told(record_id)
    for number, (_key, links) in enumerate(groupby(rows, key=itemgetter("id"))):
        fields = list(links)
        told.deleted = fields[0]["action"] == "deleted"
        told.from_the_beginning |= number == 0 and fields[0]["action"] == "added"
        told.unsure |= fields[0]["fields"].keys() - {row["field"] for row in fields}
        for row in fields:
            if row["field"] is None:
                continue
            told.values[row["field"]] = row["new"]
            hidden = (row["old"], row["new"]) == HIDDEN
            (told.unsure.add if hidden else told.unsure.discard)(row["field"])
    return told


def _missing(model: type[Table], told: Told) -> Iterator[str]:
    if not told.deleted:
        yield f"{model.__tablename__} {told.record_id}: the chain tells of it, but the row is gone."


def _compare(model: type[Table], columns: Mapping[str, bool], told: Told, row: Mapping[str, Any]) -> Iterator[str]:
    if told.deleted:
        yield f"{model.__tablename__} {row['id']}: was deleted as the chain tells, but stands in the table."
        return
    for name, may_be_emptied in columns.items():
        if name in told.unsure or (name not in told.values and not told.from_the_beginning):
            continue
        expected, stands = told.values.get(name), as_json(row[name])
        if isinstance(row[name], Decimal) and isinstance(expected, int | float):
            expected = as_json(Decimal(str(expected)))  # written as 3 and kept as 3.00
        if stands != expected and not (stands is None and may_be_emptied):
            yield f"{model.__tablename__} {row['id']}, {name}: the chain says {expected!r}, the row has {stands!r}."
