"""The ledger: every school's chain of revisions is walked, and every row compared with what its chain tells.

Everything is read as a stream and in one snapshot, so that a large school needs little memory and writers go on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter, itemgetter

import psycopg

from app.domain.chain import START, link_hash
from app.services.ledger_reading import Connection, Link, chains
from app.services.ledger_rows import Finding, rows_that_differ
from config import Settings

Head = tuple[int, bytes]  # number and hash


@dataclass(frozen=True)
class Verified:
    """What a walk through all chains found, and the heads that it saw."""

    heads: Mapping[int, Head]
    findings: Sequence[Finding]

    def of(self, school_id: int) -> list[str]:
        """What is wrong at this school; what is of no school in particular concerns each."""
        return [finding.sentence for finding in self.findings if finding.school_id in (None, school_id)]


@dataclass
class Walk:
    """How far a school's chain has been walked."""

    school_id: int
    number: int = 0
    hash: bytes = START


def verify_all(settings: Settings) -> list[str]:
    """What is wrong with the history, in sentences; empty where every chain is whole and every row is as it tells."""
    return [finding.sentence for finding in verify(settings).findings]


def verify(settings: Settings) -> Verified:
    """Walk every chain, compare every row, and look whether each chain still holds what earlier checks saw."""
    url = settings.database_url or settings.database_app_url
    if url is None:
        raise ValueError("verify needs settings with the database's address")
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SET LOCAL timezone TO 'UTC'")
        rows = connection.execute("SELECT school_id, number, hash FROM chain_head")
        heads: dict[int, Head] = {school_id: (number, digest) for school_id, number, digest in rows}
        broken = [*_broken_chains(connection, dict(heads)), *_forgotten(connection), *rows_that_differ(connection)]
        return Verified(heads, broken)


def _broken_chains(connection: Connection, heads: dict[int, Head]) -> Iterator[Finding]:
    for school_id, links in groupby(chains(connection), key=attrgetter("school_id")):
        walk = Walk(school_id)
        for link in links:
            for sentence in (*_broken_link(walk, link), *_altered_values(link)):
                yield Finding(school_id, sentence)
        for sentence in _torn_tail(walk, heads.pop(school_id, None)):
            yield Finding(school_id, sentence)
    for school_id, head in heads.items():
        for sentence in _torn_tail(Walk(school_id), head):
            yield Finding(school_id, sentence)


# What a check saw as the chain's end is a link of it for good; where it is not, the end was cut off or written anew.
FORGOTTEN = """
SELECT seen.school_id, seen.number, seen.checked_at FROM chain_check seen
WHERE seen.number > 0 AND NOT EXISTS (
  SELECT FROM revision r WHERE r.school_id = seen.school_id AND r.number = seen.number AND r.hash = seen.hash)
ORDER BY seen.school_id, seen.id
"""


def _forgotten(connection: Connection) -> Iterator[Finding]:
    """The first of each school is enough."""
    for school_id, rows in groupby(connection.execute(FORGOTTEN), key=itemgetter(0)):
        _, number, at = next(rows)
        sentence = (
            f"School {school_id}: the chain that was checked on {at:%Y-%m-%d %H:%M} UTC ended with another"
            f" revision {number}; the end was cut off or written anew since."
        )
        yield Finding(school_id, sentence)


def _broken_link(walk: Walk, link: Link) -> Iterator[str]:
    """Compare one link with the one before it and with its own hash; go on from the hash that it states."""
    if link.number != walk.number + 1:
        yield f"{_place(link)}: follows revision {walk.number}; what lies between is missing or in another order."
    elif link.previous != walk.hash:
        yield f"{_place(link)}: does not follow the revision before it."
    expected = link_hash(
        link.previous,
        school_id=link.school_id,
        number=link.number,
        record=link.record,
        record_id=link.record_id,
        action=link.action,
        happened_at=link.happened_at,
        author=link.author,
        fields=link.fields,
    )
    if expected != link.hash:
        yield f"{_place(link)}: was altered; its hash is another one."
    walk.number, walk.hash = link.number, link.hash


def _altered_values(link: Link) -> Iterator[str]:
    """Values that are missing were erased, as the law asks; those that stand must be those that were written."""
    for value in link.values:
        digest = link.fields.get(value.field)
        if digest is None:
            yield f"{_place(link)}: {value.field} was added to it afterwards."
        elif not value.fits(digest):
            yield f"{_place(link)}: the value of {value.field} was altered."


def _torn_tail(walk: Walk, head: Head | None) -> Iterator[str]:
    if head is None:
        yield f"School {walk.school_id}: the head of its chain is missing; the last revision is {walk.number}."
    elif head != (walk.number, walk.hash):
        yield (
            f"School {walk.school_id}: the chain ends at revision {walk.number}, its head says {head[0]};"
            " the end was cut off or altered."
        )


def _place(link: Link) -> str:
    return f"School {link.school_id}, revision {link.number} ({link.action} {link.record} {link.record_id})"
