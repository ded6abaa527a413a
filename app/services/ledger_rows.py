"""The rows as they stand beside what the chain tells of them: whoever alters a row past the session is found."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import Any, LiteralString, NamedTuple

from psycopg import sql
from sqlalchemy import inspect

from app.models import Table
from app.services.ledger_reading import Connection, Link, as_value, batches, links_of_records
from app.session.changes import NOT_TOLD, as_json
from app.session.engine import declarations

MOST_ROWS = 50  # named of one table; the rest is counted
# Rows that the gateway keeps equal to the settings: no person wrote them, and no chain tells of them.
OF_THE_SETTINGS = {"sms_link": "SELECT id FROM sms_link WHERE from_settings"}
# What a migration put into a column that older rows got: no chain tells of it. By a row's id.
PUT_BY_MIGRATIONS: dict[tuple[str, str], LiteralString] = {
    ("homework", "subgroup_id"): "SELECT lesson.subgroup_id FROM homework JOIN lesson ON lesson.id = lesson_id"
    " WHERE homework.id = %s",
}
HIDDEN = '"•••"'  # what the chain keeps of a secret's old and new value


@dataclass
class Told:
    """What the chain tells of one record: its newest values, and the columns it tells nothing sure of."""

    record_id: int
    school_id: int | None = None
    from_the_beginning: bool = False
    deleted: bool = False
    values: dict[str, str] = field(default_factory=dict)  # column → JSON
    unsure: set[str] = field(default_factory=set)  # erased or secret


class Finding(NamedTuple):
    """Something that is wrong, in a sentence, and whose school it is of; None where that cannot be told."""

    school_id: int | None
    sentence: str


def rows_that_differ(connection: Connection) -> Iterator[Finding]:
    """One for each row that is not as its chain tells: altered, deleted or put in past the session."""
    tables = {mapper.class_.__tablename__: mapper.class_ for mapper in Table.registry.mappers}
    told = {name for (name,) in connection.execute("SELECT DISTINCT record FROM revision")}
    watched = {model.__tablename__ for model, declaration in declarations().items() if declaration.watched}
    for name in sorted(told | watched):
        if name not in tables:
            yield Finding(None, f"{name}: the chain tells of records of this name, but there is no such table.")
            continue
        yield from _cut_short(name, _Compared(connection, tables[name]).differences())


def _cut_short(table: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Of each school the first ones; the rest is counted."""
    numbers: dict[int | None, int] = defaultdict(int)
    for finding in findings:
        numbers[finding.school_id] += 1
        if numbers[finding.school_id] <= MOST_ROWS:
            yield finding
    for school_id, number in numbers.items():
        if number > MOST_ROWS:
            yield Finding(school_id, f"{table}: and {number - MOST_ROWS} more.")


class _Compared:
    """One table beside its chain: two streams in the order of ids."""

    def __init__(self, connection: Connection, model: type[Table]) -> None:
        self.connection, self.model, self.table = connection, model, model.__tablename__
        self.columns = _compared(connection, model)
        columns = inspect(model).local_table.columns
        self.school = "id" if self.table == "school" else "school_id" if "school_id" in columns else "NULL"

    def differences(self) -> Iterator[Finding]:
        query = OF_THE_SETTINGS.get(self.table)
        passed_over = {key for (key,) in self.connection.execute(query)} if query else set()
        told = (known for known in _chain(self.connection, self.table) if known.record_id not in passed_over)
        known = next(told, None)
        for row_id, school_id, *row in self._rows():
            if row_id in passed_over:
                continue
            while known is not None and known.record_id < row_id:
                yield from self._missing(known)
                known = next(told, None)
            if known is None or known.record_id != row_id:
                sentence = f"{self.table} {row_id}: stands in the table, but the chain tells nothing of it."
                yield Finding(school_id, sentence)
                continue
            yield from (Finding(known.school_id, sentence) for sentence in self._compare(known, row))
            known = next(told, None)
        while known is not None:
            yield from self._missing(known)
            known = next(told, None)

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in self.columns)
        school = sql.Identifier(self.school) if self.school != "NULL" else sql.SQL("NULL")
        query = sql.SQL("SELECT id, {}, {} FROM {} ORDER BY id").format(school, names, sql.Identifier(self.table))
        for rows in batches(self.connection, query, name="rows"):
            yield from rows

    def _missing(self, told: Told) -> Iterator[Finding]:
        if not told.deleted:
            sentence = f"{self.table} {told.record_id}: the chain tells of it, but the row is gone."
            yield Finding(told.school_id, sentence)

    def _compare(self, told: Told, row: Iterable[Any]) -> Iterator[str]:
        if told.deleted:
            yield f"{self.table} {told.record_id}: was deleted as the chain tells, but stands in the table."
            return
        for (name, may_be_emptied), stands in zip(self.columns.items(), row, strict=True):
            if name in told.unsure or (name not in told.values and not told.from_the_beginning):
                continue
            expected = as_value(told.values.get(name, "null"))
            if isinstance(stands, Decimal) and isinstance(expected, int | float):
                expected = as_json(Decimal(str(expected)))  # written as 3 and kept as 3.00
            kept = as_json(stands)
            if kept == expected or (stands is None and may_be_emptied):
                continue
            if name not in told.values and self._came_with(name, told.record_id, kept):
                continue
            yield f"{self.table} {told.record_id}, {name}: the chain says {expected!r}, the row has {kept!r}."

    def _came_with(self, column: str, record_id: int, kept: Any) -> bool:
        """Whether an older row has what it got when the table got this column: its default, or what was put into it."""
        default: Any = inspect(self.model).local_table.columns[column].server_default
        if default is not None and str(default.arg).strip("'").lower() == str(kept).lower():
            return True
        query = PUT_BY_MIGRATIONS.get((self.table, column))
        row = self.connection.execute(query, (record_id,)).fetchone() if query else None
        return row is not None and as_json(row[0]) == kept


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


def _chain(connection: Connection, record: str) -> Iterator[Told]:
    for record_id, links in groupby(links_of_records(connection, record), key=attrgetter("record_id")):
        yield _newest(record_id, links)


def _newest(record_id: int, links: Iterable[Link]) -> Told:
    told = Told(record_id)
    for number, link in enumerate(links):
        told.school_id = link.school_id
        told.deleted = link.action == "deleted"
        told.from_the_beginning |= number == 0 and link.action == "added"
        if len(link.values) != len(link.fields):
            told.unsure |= link.fields.keys() - {value.field for value in link.values}
        for value in link.values:
            told.values[value.field] = value.new
            hidden = value.new == value.old == HIDDEN
            (told.unsure.add if hidden else told.unsure.discard)(value.field)
    return told
