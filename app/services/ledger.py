"""The ledger: every school's chain of revisions is walked, and every row compared with what its chain tells.

Everything is read as a stream and in one snapshot, so that a large school needs little memory and writers go on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from app.domain.chain import START, link_hash, value_digest
from app.services.ledger_rows import rows_that_differ
from config import Settings

BATCH = 5_000
ENTRY = ("school_id", "number", "record", "record_id", "action", "happened_at", "author", "fields")

LINKS = """
SELECT r.id, r.school_id, r.number, r.previous, r.hash, r.record, r.record_id, r.action, r.happened_at, r.author,
       r.fields, v.field, v.salt, v.old, v.new
FROM revision r LEFT JOIN revision_value v ON v.revision_id = r.id
ORDER BY r.school_id, r.number, r.id
"""


@dataclass
class Walk:
    """How far a school's chain has been walked."""

    school_id: int
    number: int = 0
    hash: bytes = START


def verify_all(settings: Settings) -> list[str]:
    """What is wrong with the history, in sentences; empty where every chain is whole and every row is as it tells."""
    url = settings.database_url or settings.database_app_url
    if url is None:
        raise ValueError("verify_all needs settings with the database's address")
    with psycopg.connect(url, row_factory=dict_row) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SET LOCAL timezone TO 'UTC'")
        return [*_broken_chains(connection), *rows_that_differ(connection)]


def _broken_chains(connection: psycopg.Connection[DictRow]) -> Iterator[str]:
    heads = {row["school_id"]: row for row in connection.execute("SELECT school_id, number, hash FROM chain_head")}
    for school_id, links in groupby(_stream(connection, LINKS), key=itemgetter("school_id")):
        walk = Walk(school_id)
        for _key, rows in groupby(links, key=itemgetter("id")):
            values = list(rows)
            yield from _broken_link(walk, values[0])
            yield from _altered_values(values)
        yield from _torn_tail(walk, heads.pop(school_id, None))
    for school_id, head in heads.items():
        yield from _torn_tail(Walk(school_id), head)


def _stream(connection: psycopg.Connection[DictRow], query: str) -> Iterator[Mapping[str, Any]]:
    with connection.cursor("ledger") as cursor:
        cursor.itersize = BATCH
        yield from cursor.execute(query)


def _broken_link(walk: Walk, link: Mapping[str, Any]) -> Iterator[str]:
    """Compare one link with the one before it and with its own hash; go on from the hash that it states."""
    place = _place(link)
    if link["number"] != walk.number + 1:
        yield f"{place}: follows revision {walk.number}; what lies between is missing or was put in another order."
    elif link["previous"] != walk.hash:
        yield f"{place}: does not follow the revision before it."
    if link_hash(link["previous"], **{name: link[name] for name in ENTRY}) != link["hash"]:
        yield f"{place}: was altered; its hash is another one."
    walk.number, walk.hash = link["number"], link["hash"]


def _altered_values(rows: list[Mapping[str, Any]]) -> Iterator[str]:
    """Values that are missing were erased, as the law asks; those that stand must be those that were written."""
    told: Mapping[str, str] = rows[0]["fields"]
    for row in rows:
        name = row["field"]
        if name is None:
            continue
        if name not in told:
            yield f"{_place(row)}: {name} was added to it afterwards."
        elif value_digest(row["salt"], row["old"], row["new"]) != told[name]:
            yield f"{_place(row)}: the value of {name} was altered."


def _torn_tail(walk: Walk, head: Mapping[str, Any] | None) -> Iterator[str]:
    if head is None:
        yield f"School {walk.school_id}: the head of its chain is missing; the last revision is {walk.number}."
    elif (head["number"], head["hash"]) != (walk.number, walk.hash):
        yield (
            f"School {walk.school_id}: the chain ends at revision {walk.number}, its head says {head['number']};"
            " the end was cut off or altered."
        )


def _place(link: Mapping[str, Any]) -> str:
    return (
        f"School {link['school_id']}, revision {link['number']} ({link['action']} {link['record']} {link['record_id']})"
    )
