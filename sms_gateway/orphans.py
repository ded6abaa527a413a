"""Receipts that belonged to nothing when they came: their answer comes later, or was lost with a link."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.domain.errors import InvalidInput
from app.domain.sms_text import segmented
from sms_gateway.outbox import Outbox
from sms_gateway.receipts import Receipt

# SMSCs repeat the first 20 characters or so; fewer than these could belong to any text.
SHORTEST_PREFIX = 4

_RECENT = """
SELECT r.id, r.link_id, r.smsc_id, r.phone, r.state, r.error_code, r.text, r.received_at FROM sms_receipt r
WHERE r.matched_at IS NULL AND r.received_at > now() - interval '1 hour'
AND (%(link)s::bigint IS NULL OR r.link_id = %(link)s) ORDER BY r.received_at DESC LIMIT 500
"""

_FORGET = """
DELETE FROM sms_receipt WHERE matched_at < now() - interval '1 day' OR received_at < now() - interval '30 days'
"""

_MATCHED = "UPDATE sms_receipt SET matched_at = now() WHERE id = ANY(%(ids)s::bigint[])"

# Where a receipt may belong: parts whose answer nobody has heard, also those of a former attempt, and parts that still
# wait for their answer.
_FOR_UNCERTAIN = """
WITH place AS MATERIALIZED (
    SELECT m.id, m.body, m.phone, p.link_id, p.attempt, p.number, p.submitted_at, false AS waits
    FROM sms_part p JOIN sms_message m ON m.id = p.message_id
    WHERE p.state = 'uncertain' AND p.submitted_at > now() - interval '3 days'
    UNION ALL
    SELECT m.id, m.body, m.phone, m.link_id, m.attempts, number, m.submitted_at, true
    FROM sms_message m CROSS JOIN LATERAL generate_series(1, m.parts) AS number WHERE m.state = 'sending'),
newest AS MATERIALIZED (
    SELECT r.* FROM sms_receipt r
    WHERE r.matched_at IS NULL AND r.received_at > now() - interval '3 days' AND EXISTS (SELECT FROM place)
    ORDER BY r.received_at DESC LIMIT 1000 FOR UPDATE SKIP LOCKED)
SELECT place.id, place.body, place.attempt, place.number, place.waits, place.link_id, r.id, r.smsc_id, r.text, r.state,
    r.error_code
FROM place JOIN newest r ON r.link_id = place.link_id AND right(r.phone, 10) = right(place.phone, 10)
    AND r.received_at >= place.submitted_at
ORDER BY place.id, place.attempt, place.number, r.id
"""

_SETTLE_LATE_PART = """
UPDATE sms_part SET state = %(state)s, smsc_id = %(smsc_id)s, error_code = %(code)s, done_at = now()
WHERE message_id = %(message)s AND attempt = %(attempt)s AND number = %(number)s AND state = 'uncertain'
"""


async def match_orphans(outbox: Outbox, link_id: int | None = None) -> int:
    """Try receipts again that came before the answer they belong to; how many have found it."""
    async with outbox.transaction():
        by_link: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in await (await outbox.database.execute(_RECENT, {"link": link_id})).fetchall():
            by_link[row[1]].append(row)
        found: list[int] = []
        for of_link, orphans in by_link.items():
            places = await outbox.settle_receipts(of_link, [Receipt(*row[2:]) for row in orphans])
            found += [orphans[place][0] for place in places]
        if found:
            await outbox.database.execute(_MATCHED, {"ids": found})
    return len(found)


async def forget_old(outbox: Outbox) -> None:
    """Receipts that have found their part, and those that never will."""
    await outbox.database.execute(_FORGET)


async def match_uncertain(outbox: Outbox) -> int:
    """Settle uncertain messages by receipts that nobody knows: same phone, later, same beginning of the text.

    Where fewer receipts came than there are parts that begin so, or one of these still waits for its answer, none is
    settled: sent again a text comes twice at the worst, settled by a receipt of another it would be lost.
    """
    async with outbox.transaction():
        rows = [_Row(*row) for row in await (await outbox.database.execute(_FOR_UNCERTAIN)).fetchall()]
        settled: set[int] = set()
        used: set[int] = set()
        for places, receipts in _by_places(rows).items():
            if len(receipts) < len(places) or any(place.waits for place in places):
                continue
            for place, copies in zip(sorted(places), receipts, strict=False):
                await _settle_late_part(outbox, place, copies[0])
                settled.add(place.message)
                used |= {copy.receipt for copy in copies}
        if used:
            await outbox.database.execute(_MATCHED, {"ids": sorted(used)})
            await outbox.roll_up(sorted(settled))
    return len(settled)


class _Place(NamedTuple):
    """A part to which receipts may belong."""

    message: int
    attempt: int
    number: int
    waits: bool


@dataclass(frozen=True, slots=True)
class _Row:
    """A part and a receipt of its phone."""

    message: int
    body: str
    attempt: int
    number: int
    waits: bool
    link: int
    receipt: int
    smsc_id: str
    prefix: str
    state: str
    code: int | None

    @property
    def place(self) -> _Place:
        return _Place(self.message, self.attempt, self.number, self.waits)


def _by_places(rows: Iterable[_Row]) -> dict[frozenset[_Place], list[list[_Row]]]:
    """Parts that begin alike → the receipts that may be theirs, each with its copies: the same one may come twice."""
    copies: dict[tuple[int, str], dict[int, _Row]] = defaultdict(dict)
    places: dict[tuple[int, str], set[_Place]] = defaultdict(set)
    for row in rows:
        if row.number in numbers_of_prefix(row.body, row.prefix):
            copies[row.link, row.smsc_id][row.receipt] = row
            places[row.link, row.smsc_id].add(row.place)
    together: dict[frozenset[_Place], list[list[_Row]]] = defaultdict(list)
    for key, where in places.items():
        together[frozenset(where)].append(list(copies[key].values()))
    return together


async def _settle_late_part(outbox: Outbox, place: _Place, row: _Row) -> None:
    values = {
        "message": place.message,
        "number": place.number,
        "attempt": place.attempt,
        "state": row.state,
        "smsc_id": row.smsc_id,
        "code": row.code,
    }
    await outbox.database.execute(_SETTLE_LATE_PART, values)


def numbers_of_prefix(body: str, prefix: str) -> Sequence[int]:
    """Which segments of the body begin as a receipt repeats it, in UCS-2 also where its octets were written raw.

    >>> numbers_of_prefix("Anna, maths 5", "Anna, maths"), numbers_of_prefix("Anna, maths 5", "")
    ([1], [])
    """
    wanted = _bare(prefix)
    if len(wanted) < SHORTEST_PREFIX:
        return []
    try:
        segments = segmented(body).segments
    except InvalidInput:
        return []
    return [
        number
        for number, segment in enumerate(segments, start=1)
        if any(_bare(reading).startswith(wanted) for reading in _readings(segment))
    ]


def _readings(segment: str) -> Iterable[str]:
    yield segment
    yield segment.encode("utf-16-be", "replace").decode("latin-1").replace("\0", "")


def _bare(text: str) -> str:
    return "".join(text.split())
