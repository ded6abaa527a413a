"""Receipts that belonged to nothing when they came: their answer comes later, or was lost with a link."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

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

_FOR_UNCERTAIN = """
SELECT m.id, m.body, m.attempts, r.id, r.link_id, r.smsc_id, r.text, r.state, r.error_code
FROM sms_message m JOIN sms_receipt r ON r.link_id = m.link_id AND r.matched_at IS NULL
    AND right(r.phone, 10) = right(m.phone, 10) AND r.received_at >= m.submitted_at
    AND r.received_at < m.submitted_at + interval '3 days'
WHERE m.state = 'uncertain' ORDER BY m.id, r.id LIMIT 1000
FOR UPDATE SKIP LOCKED
"""

_INSERT_LATE_PART = """
INSERT INTO sms_part AS p (message_id, number, attempt, link_id, state, smsc_id, error_code, done_at)
VALUES (%(message)s, %(number)s, %(attempt)s, %(link)s, %(state)s, %(smsc_id)s, %(code)s, now())
ON CONFLICT (message_id, attempt, number) DO UPDATE SET state = excluded.state, smsc_id = excluded.smsc_id,
    error_code = excluded.error_code, done_at = excluded.done_at
WHERE p.state = 'uncertain' RETURNING id
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
    """Settle uncertain messages by receipts that nobody knows: same phone, later, same beginning of the text."""
    async with outbox.transaction():
        settled: set[int] = set()
        used: set[int] = set()
        for row in await (await outbox.database.execute(_FOR_UNCERTAIN)).fetchall():
            if row[3] not in used and await _is_of_its_text(outbox, row):
                used.add(row[3])
                settled.add(row[0])
        if used:
            await outbox.database.execute(_MATCHED, {"ids": sorted(used)})
            await outbox.roll_up(sorted(settled))
    return len(settled)


async def _is_of_its_text(outbox: Outbox, row: tuple[Any, ...]) -> bool:
    message_id, body, attempt, _, link_id, smsc_id, prefix, state, code = row
    for number in numbers_of_prefix(body, prefix):
        values = {
            "message": message_id,
            "number": number,
            "attempt": attempt,
            "link": link_id,
            "state": state,
            "smsc_id": smsc_id,
            "code": code,
        }
        if await (await outbox.database.execute(_INSERT_LATE_PART, values)).fetchone() is not None:
            return True
    return False


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
