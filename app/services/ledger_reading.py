"""How the ledger reads: revisions as a stream, and the values of each batch by one more statement."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import TupleRow

from app.domain.chain import value_digest

BATCH = 5_000


class Value(NamedTuple):
    """What stands behind one field of a revision, its JSON as PostgreSQL writes it."""

    field: str
    salt: bytes
    old: str
    new: str

    def fits(self, digest: str) -> bool:
        """Whether it is what the chain keeps the digest of. What PostgreSQL writes is mostly canonical as it stands."""
        if hashlib.sha256(self.salt + f"[{self.old},{self.new}]".encode()).hexdigest() == digest:
            return True
        return value_digest(self.salt, as_value(self.old), as_value(self.new)) == digest


class Link(NamedTuple):
    """One revision, and its values as far as they were not erased."""

    id: int
    school_id: int
    number: int
    previous: bytes
    hash: bytes
    record: str
    record_id: int
    action: str
    happened_at: Any
    author: str
    fields: dict[str, str]
    values: Sequence[Value]


Connection = psycopg.Connection[TupleRow]
COLUMNS = "id, school_id, number, previous, hash, record, record_id, action, happened_at, author, fields"
VALUES = "SELECT revision_id, field, salt, old::text, new::text FROM revision_value WHERE revision_id = ANY(%s)"


def chains(connection: Connection) -> Iterator[Link]:
    """Every revision, school by school in the order of the chain."""
    return _links(connection, f"SELECT {COLUMNS} FROM revision ORDER BY school_id, number, id", ())


def links_of_records(connection: Connection, record: str) -> Iterator[Link]:
    """The revisions of one record type, record by record, oldest first."""
    query = f"SELECT {COLUMNS} FROM revision WHERE record = %s ORDER BY record_id, id"
    return _links(connection, query, (record,))


def _links(connection: Connection, query: str, arguments: tuple[Any, ...]) -> Iterator[Link]:
    for rows in batches(connection, query, arguments):
        values: dict[int, list[Value]] = {}
        for revision_id, *value in connection.execute(VALUES, ([row[0] for row in rows],)).fetchall():
            values.setdefault(revision_id, []).append(Value(*value))
        for row in rows:
            yield Link._make((*row, sorted(values.get(row[0], ()))))


def batches(
    connection: Connection, query: Any, arguments: tuple[Any, ...] = (), name: str = "links"
) -> Iterator[list[TupleRow]]:
    """The rows of a query, some thousands at a time, from a cursor of that name that the server keeps."""
    with connection.cursor(name, scrollable=False) as cursor:
        cursor.execute(query, arguments)
        while rows := cursor.fetchmany(BATCH):
            yield rows


def as_value(written: str) -> Any:
    """JSON as PostgreSQL writes it; most values are plain texts, which need no parser."""
    if written == "null":
        return None
    if written[0] == '"' and "\\" not in written:
        return written[1:-1]
    if written.isdigit():
        return int(written)
    return json.loads(written)
