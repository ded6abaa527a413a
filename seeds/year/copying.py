"""Rows by COPY, with their links in the school's chain: hundreds of thousands of rows in the time of a few thousand."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from random import Random
from typing import Any

from psycopg import Connection, sql

from app.domain.chain import canonical, link_hash
from app.session.changes import as_json

INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
WHERE i.indrelid = %s::regclass AND NOT i.indisprimary
  AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
"""
CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('f', 'u')
"""


@contextmanager
def set_aside(connection: Connection[Any], tables: Sequence[str]) -> Iterator[None]:
    """Without indexes, keys to other tables and unique constraints of these tables; all made anew at the end."""
    again: list[sql.Composed] = []
    for table in tables:
        name = sql.Identifier(table)
        for constraint, definition in connection.execute(CONSTRAINTS, (table,)).fetchall():
            of = sql.Identifier(constraint)
            connection.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(name, of))
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} ").format(name, of)
            again.append(add + sql.SQL(definition))
        for index, definition in connection.execute(INDEXES, (table,)).fetchall():
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(index)))
            again.append(sql.Composed([sql.SQL(definition)]))
    yield
    connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for statement in again:
        connection.execute(statement)


@dataclass
class Chain:
    """Where a school's chain ends, and who appends to it."""

    school_id: int
    author: str
    number: int
    hash: bytes


class Copies:
    """Rows of one school, copied in handfuls, with numbers of their own; with a chain each row is a link of it."""

    def __init__(self, connection: Connection[Any], school_id: int, chain: Chain | None = None) -> None:
        self._connection = connection
        self._school_id = school_id
        self._chain = chain
        self._salts = Random("salts")
        self._next: dict[str, int] = {}

    def rows(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], at: datetime) -> range:
        """Copy the rows, which come without id, version and school; the range of their ids."""
        given = list(rows)
        ids = self._ids(table, len(given))
        self._copy(
            table,
            ("id", "version", "school_id", *columns),
            ((key, 1, self._school_id, *row) for key, row in zip(ids, given, strict=True)),
        )
        if self._chain is not None and given:
            self._append(self._chain, table, columns, zip(ids, given, strict=True), at)
        return ids

    def finish(self) -> None:
        """Let the tables number on behind the copied rows, and the chain's head know its end."""
        for table, following in self._next.items():
            setting = "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)"
            self._connection.execute(setting, (table, max(1, following - 1)))
        if self._chain is not None:
            self._connection.execute(
                "UPDATE chain_head SET number = %s, hash = %s WHERE school_id = %s",
                (self._chain.number, self._chain.hash, self._school_id),
            )

    def _ids(self, table: str, number: int) -> range:
        if table not in self._next:
            query = sql.SQL("SELECT coalesce(max(id), 0) + 1 FROM {}").format(sql.Identifier(table))
            found = self._connection.execute(query).fetchone()
            self._next[table] = found[0] if found else 1
        first = self._next[table]
        self._next[table] += number
        return range(first, first + number)

    def _copy(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        text = "".join("\t".join(map(_written, row)) + "\n" for row in rows)
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with self._connection.cursor().copy(statement) as copy:
            copy.write(text)

    def _append(
        self,
        chain: Chain,
        table: str,
        columns: Sequence[str],
        rows: Iterable[tuple[int, Sequence[Any]]],
        at: datetime,
    ) -> None:
        """A link for each row, with the values behind it, as app/session/history.py makes them."""
        told = sorted((name, place) for place, name in enumerate(columns))
        links, values = [], []
        for key, row in rows:
            chain.number += 1
            fields: dict[str, str] = {}
            revision = self._ids("revision", 1)[0]
            for name, place in told:
                if row[place] is not None:
                    salt, new = self._salts.randbytes(16), _json(row[place])
                    fields[name] = sha256(salt + b"[null," + new.encode() + b"]").hexdigest()
                    values.append((self._ids("revision_value", 1)[0], revision, name, salt, "null", new))
            hashed = link_hash(
                chain.hash, school_id=chain.school_id, number=chain.number, record=table, record_id=key,
                action="added", happened_at=at, author=chain.author, fields=fields,
            )  # fmt: skip
            links.append(
                (revision, chain.school_id, chain.number, chain.hash, hashed, table, key, "added", at, chain.author,
                 canonical(fields).decode())
            )  # fmt: skip
            chain.hash = hashed
        self._copy("revision", _REVISION, links)
        self._copy("revision_value", ("id", "revision_id", "field", "salt", "old", "new"), values)


_REVISION = (
    "id", "school_id", "number", "previous", "hash", "record", "record_id", "action", "happened_at", "author", "fields",
)  # fmt: skip


def _written(value: Any) -> str:
    """As COPY reads it."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    return str(value)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _json(value: Any) -> str:
    """As the chain hashes it."""
    return str(value) if type(value) is int else _json_of(type(value).__name__, value)


@lru_cache(4096)
def _json_of(_: str, value: str | bool | date | datetime) -> str:
    return canonical(as_json(value)).decode()
