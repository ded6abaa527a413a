"""Texts from phones: stored once, before the SMSC hears that we have them; long ones put together from pieces."""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass

from app.domain.sms_text import decoded
from sms_gateway.database import Database
from sms_gateway.receipts import Inbound
from sms_gateway.rows import LinkRow

BUCKET_SECONDS = 300
HEARD_SECONDS = 3.0
MOST_REMEMBERED = 1000
MISSING = "[…]"

_STORE = """
WITH stored AS (
    INSERT INTO sms_inbound (school_id, link_id, phone, "to", body, fingerprint, state, parts, received_at)
    SELECT %(school)s, %(link)s, %(phone)s, %(to)s, %(body)s, %(fingerprint)s, 'new', %(parts)s, %(at)s
    WHERE NOT EXISTS (SELECT FROM sms_inbound WHERE link_id = %(link)s AND fingerprint = %(former)s)
    ON CONFLICT (link_id, fingerprint) DO NOTHING RETURNING id)
SELECT id, pg_notify('sms_inbound', id::text) FROM stored
"""

# The same piece again within minutes is a repetition; later it begins another text with the same reference.
_STORE_PIECE = """
INSERT INTO sms_inbound_part AS p (link_id, phone, "to", reference, total, number, octets, data_coding, received_at)
VALUES (%(link)s, %(phone)s, %(to)s, %(reference)s, %(total)s, %(number)s, %(octets)s, %(data_coding)s, %(at)s)
ON CONFLICT (link_id, phone, reference, total, number) DO UPDATE SET octets = excluded.octets,
    data_coding = excluded.data_coding, received_at = excluded.received_at, joined_at = NULL
WHERE p.received_at < now() - interval '10 minutes'
"""

_JOIN = """
UPDATE sms_inbound_part SET joined_at = now()
WHERE link_id = %(link)s AND phone = %(phone)s AND reference = %(reference)s AND total = %(total)s
AND joined_at IS NULL AND (%(even_if_pieces_lack)s OR %(total)s = (
    SELECT count(*) FROM sms_inbound_part WHERE link_id = %(link)s AND phone = %(phone)s
    AND reference = %(reference)s AND total = %(total)s AND joined_at IS NULL))
RETURNING number, octets, data_coding, "to", received_at
"""

_LEFT_ALONE = """
SELECT p.link_id, l.school_id, p.phone, p.reference, p.total FROM sms_inbound_part p
JOIN sms_link l ON l.id = p.link_id WHERE p.joined_at IS NULL
GROUP BY 1, 2, 3, 4, 5 HAVING max(p.received_at) < now() - interval '10 minutes' LIMIT 100
"""

_FORGET = "DELETE FROM sms_inbound_part WHERE joined_at < now() - interval '1 day'"


@dataclass(slots=True)
class _Heard:
    times: int = 0
    answered_at: float | None = None


class Repetitions:
    """Tells the same PDU sent again from a person who writes the same again.

    A text is a new one when the former was answered a while ago on this very connection: no SMSC repeats that.
    """

    def __init__(self) -> None:
        self._heard: OrderedDict[str, _Heard] = OrderedDict()

    def occurrence(self, content: str) -> int:
        """How many texts of this content were answered before this one."""
        heard = self._heard.setdefault(content, _Heard())
        if heard.answered_at is not None and time.monotonic() - heard.answered_at >= HEARD_SECONDS:
            heard.times += 1
            heard.answered_at = None
        self._heard.move_to_end(content)
        if len(self._heard) > MOST_REMEMBERED:
            self._heard.popitem(last=False)
        return heard.times

    def answered(self, content: str) -> None:
        if content in self._heard:
            self._heard[content].answered_at = time.monotonic()


async def store(database: Database, link: LinkRow, inbound: Inbound, occurrence: int) -> None:
    """Store a text, or a piece of one and the whole where it is the last piece; a repetition changes nothing."""
    if inbound.piece is None:
        body = decoded(inbound.octets, inbound.data_coding)
        await _store_text(database, link.id, link.school_id, inbound, body, 1, occurrence)
        return
    values = {
        "link": link.id,
        "phone": inbound.phone,
        "to": inbound.to,
        "octets": inbound.octets,
        "data_coding": inbound.data_coding,
        "at": inbound.received_at,
        "reference": inbound.piece.reference,
        "total": inbound.piece.total,
        "number": inbound.piece.number,
    }
    await database.execute(_STORE_PIECE, values)
    await _join(database, link.id, link.school_id, values, even_if_pieces_lack=False)


async def join_left_alone(database: Database) -> None:
    """Texts whose last piece never came are stored with a sign for what is missing."""
    async with database.transaction():
        for link_id, school_id, phone, reference, total in await (await database.execute(_LEFT_ALONE)).fetchall():
            values = {"link": link_id, "phone": phone, "reference": reference, "total": total}
            await _join(database, link_id, school_id, values, even_if_pieces_lack=True)
        await database.execute(_FORGET)


async def _join(
    database: Database, link_id: int, school_id: int, values: dict[str, object], *, even_if_pieces_lack: bool
) -> None:
    cursor = await database.execute(_JOIN, {**values, "even_if_pieces_lack": even_if_pieces_lack})
    pieces = {row[0]: row for row in await cursor.fetchall()}
    if not pieces:
        return
    total = int(str(values["total"]))
    _, _, data_coding, to, received_at = pieces[min(pieces)]
    if len(pieces) == total:
        body = decoded(b"".join(pieces[number][1] for number in sorted(pieces)), data_coding)
    else:
        body = "".join(
            decoded(pieces[number][1], data_coding) if number in pieces else MISSING for number in range(1, total + 1)
        )
    content = hashlib.sha256(f"{values['phone']}\0{values['reference']}\0{body}".encode()).hexdigest()
    whole = Inbound(str(values["phone"]), to, b"", data_coding, None, content, received_at)
    await _store_text(database, link_id, school_id, whole, body, total, 0)


async def _store_text(
    database: Database, link_id: int, school_id: int, inbound: Inbound, body: str, parts: int, occurrence: int
) -> None:
    bucket = int(inbound.received_at.timestamp()) // BUCKET_SECONDS
    fingerprints = [_fingerprint(inbound.content, each, occurrence) for each in (bucket, bucket - 1)]
    if inbound.is_numbered:
        fingerprints = [inbound.content] * 2
    await database.execute(
        _STORE,
        {
            "school": school_id,
            "link": link_id,
            "phone": inbound.phone,
            "to": inbound.to,
            "body": body.replace("\0", ""),
            "parts": parts,
            "at": inbound.received_at,
            "fingerprint": fingerprints[0],
            "former": fingerprints[1],
        },
    )


def _fingerprint(content: str, bucket: int, occurrence: int) -> str:
    return hashlib.sha256(f"{content}:{bucket}:{occurrence}".encode()).hexdigest()
