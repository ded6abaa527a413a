"""The outbox in SQL: messages are claimed, marked, settled by their answers and receipts, each a batch a statement."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import psycopg
from psycopg.rows import TupleRow

from app.domain.sms_errors import reason_words
from app.domain.sms_states import SENT_AGAIN, id_spellings
from sms_gateway.receipts import Receipt
from sms_gateway.rows import Flight, Outcome, Outgoing

Database = psycopg.AsyncConnection[TupleRow]

LEASE_SECONDS = 60
CHANNEL = "sms_queued"
TAIL = 10  # digits by which numbers are compared: national and international writing agree in them

# Each statement is about a few rows by their keys. The planner, who knows nothing of tables that fill and empty within
# minutes, would now and then read all of them instead.
_OPTIONS = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c enable_material=off -c jit=off"

# The school's own setting of the grace, else the given one.
GRACE = """make_interval(secs => coalesce((
    SELECT s.value::int FROM school_setting s WHERE s.school_id = m.school_id
    AND s.name = 'uncertain_grace_seconds' AND s.value ~ '^[0-9]{1,6}$'), %(grace)s))"""

_IN_FORCE = """NOT g.barred AND (g.begins_on IS NULL OR g.begins_on <= school_day.today)
    AND (g.ends_on IS NULL OR g.ends_on >= school_day.today)"""

# Kind by kind the first due ones: rows that wait for a later attempt are not walked through again and again.
_CLAIM = f"""
WITH due AS MATERIALIZED (
    SELECT first.id FROM unnest(ARRAY[0, 1, 2, 3, 4, 5]::smallint[]) AS kind (priority)
    CROSS JOIN LATERAL (
        SELECT q.id FROM sms_message q
        WHERE q.state = 'queued' AND q.priority = kind.priority AND q.due_at <= now()
        AND (%(school)s::bigint IS NULL OR q.school_id = %(school)s)
        ORDER BY q.due_at, q.id LIMIT %(most)s FOR UPDATE SKIP LOCKED) AS first
    LIMIT %(most)s),
checked AS (
    SELECT m.id, CASE
        WHEN m.expires_at <= now() THEN 'expired'
        WHEN m.kind IN ('code', 'reply') THEN 'claimed'
        WHEN m.kind = 'urgent' AND EXISTS (
            SELECT FROM consent c WHERE c.phone = m.phone AND c.kind = 'urgent' AND c.withdrawn_at IS NULL
            AND (m.guardian_id IS NULL OR c.guardian_id = m.guardian_id))
            AND (m.guardian_id IS NULL OR EXISTS (
            SELECT FROM guardianship g WHERE g.guardian_id = m.guardian_id AND {_IN_FORCE})) THEN 'claimed'
        WHEN m.kind <> 'urgent' AND m.subscription_id IS NULL THEN 'claimed'
        WHEN m.kind <> 'urgent' AND EXISTS (
            SELECT FROM sms_subscription s
            JOIN guardianship g ON g.guardian_id = s.guardian_id AND g.student_id = s.student_id
            WHERE s.id = m.subscription_id AND s.status = 'active' AND s.phone = m.phone
            AND {_IN_FORCE}) THEN 'claimed'
        ELSE 'cancelled' END AS state
    FROM due JOIN sms_message m ON m.id = due.id JOIN school ON school.id = m.school_id
    CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE school.timezone)::date AS today) AS school_day)
UPDATE sms_message m SET state = checked.state,
    claimed_by = CASE WHEN checked.state = 'claimed' THEN %(owner)s END,
    claimed_until = CASE WHEN checked.state = 'claimed' THEN now() + make_interval(secs => %(lease)s) END,
    done_at = CASE WHEN checked.state <> 'claimed' THEN now() END,
    error = CASE checked.state WHEN 'cancelled' THEN %(no_right)s WHEN 'expired' THEN coalesce(m.error, %(expired)s)
        ELSE m.error END
FROM checked WHERE m.id = checked.id
RETURNING m.state, m.id, m.phone, m.body, m.kind, m.priority, m.due_at, m.attempts, m.expires_at, m.trace
"""

_MARK_SENDING = """
UPDATE sms_message m SET state = 'sending', attempts = m.attempts + 1, parts = given.parts, link_id = %(link)s,
    submitted_at = now(), claimed_until = now() + make_interval(secs => %(lease)s)
FROM json_to_recordset(%(rows)s::json) AS given (id bigint, parts smallint)
WHERE m.id = given.id AND m.state = 'claimed' AND m.claimed_by = %(owner)s
RETURNING m.id
"""

_INSERT_PARTS = """
INSERT INTO sms_part (message_id, number, attempt, link_id, state, smsc_id, error_code, submitted_at, done_at)
SELECT given.message, given.number, given.attempt, %(link)s, given.state, given.smsc_id, given.code, now(),
    CASE WHEN given.state <> 'accepted' THEN now() END
FROM json_to_recordset(%(rows)s::json)
    AS given (message bigint, number smallint, attempt smallint, state text, smsc_id text, code bigint)
ON CONFLICT (message_id, attempt, number) DO NOTHING
"""

_SETTLE = """
UPDATE sms_message m SET state = given.state, error = given.error, error_code = given.code,
    attempts = m.attempts - CASE WHEN given.counts THEN 0 ELSE 1 END,
    due_at = CASE WHEN given.state = 'queued' THEN now() + make_interval(secs => given.pause) ELSE m.due_at END,
    done_at = CASE WHEN given.state NOT IN ('accepted', 'queued') THEN now() END,
    claimed_by = NULL, claimed_until = NULL
FROM json_to_recordset(%(rows)s::json)
    AS given (id bigint, attempt smallint, state text, error text, code bigint, pause float8, counts bool)
WHERE m.id = given.id AND m.attempts = given.attempt AND m.state IN ('sending', 'uncertain')
"""

# A message of one part is settled with it; others by all their parts, below.
_SETTLE_RECEIPTS = """
WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(rows)s::json)
        AS given (place int, rank int, smsc_id text, tail text, state text, code bigint)),
found AS MATERIALIZED (
    SELECT DISTINCT ON (given.place) given.place, p.id, p.message_id, p.attempt, given.state, given.code, m.trace,
        m.parts
    FROM given CROSS JOIN LATERAL (
        SELECT * FROM sms_part WHERE link_id = %(link)s AND smsc_id = given.smsc_id ORDER BY id DESC LIMIT 20) AS p
    JOIN sms_message m ON m.id = p.message_id
    WHERE given.tail = '' OR right(m.phone, %(tail)s) = given.tail
    ORDER BY given.place, p.state = 'accepted' DESC, given.rank, p.id DESC),
settled AS (
    UPDATE sms_part p SET state = found.state, error_code = found.code, done_at = now()
    FROM found WHERE p.id = found.id AND p.state = 'accepted'),
whole AS (
    UPDATE sms_message m SET state = found.state, error_code = nullif(found.code, 0), done_at = now(),
        claimed_by = NULL, claimed_until = NULL, error = CASE found.state WHEN 'undeliverable' THEN %(undeliverable)s
        WHEN 'expired' THEN %(expired)s END
    FROM found WHERE m.id = found.message_id AND m.parts = 1 AND m.attempts = found.attempt
    AND m.state IN ('sending', 'accepted', 'uncertain'))
SELECT place, message_id, trace, parts > 1 FROM found
"""

# A final state of the parts is the message's; one that stands already stays.
_ROLL_UP = """
UPDATE sms_message m SET state = whole.state, error_code = whole.error_code, done_at = now(), claimed_by = NULL,
    claimed_until = NULL, error = CASE whole.state WHEN 'undeliverable' THEN %(undeliverable)s
        WHEN 'expired' THEN %(expired)s END
FROM (
    SELECT p.message_id, max(p.error_code) FILTER (WHERE p.state <> 'delivered') AS error_code, CASE
        WHEN bool_or(p.state = 'undeliverable') THEN 'undeliverable'
        WHEN bool_or(p.state = 'expired') THEN 'expired'
        WHEN count(*) FILTER (WHERE p.state = 'delivered') = now_sent.parts THEN 'delivered' END AS state
    FROM sms_part p JOIN sms_message now_sent ON now_sent.id = p.message_id AND now_sent.attempts = p.attempt
    WHERE p.message_id = ANY(%(ids)s::bigint[]) GROUP BY p.message_id, now_sent.parts) AS whole
WHERE m.id = whole.message_id AND whole.state IS NOT NULL AND m.state IN ('sending', 'accepted', 'uncertain')
"""

_KEEP_ORPHANS = """
INSERT INTO sms_receipt (link_id, smsc_id, phone, state, error_code, text, received_at)
SELECT %(link)s, * FROM json_to_recordset(%(rows)s::json)
    AS given (smsc_id text, phone text, state text, code bigint, text text, at timestamptz)
"""

_UNCERTAIN = f"""
UPDATE sms_message m SET state = 'uncertain', claimed_by = NULL, error = %(words)s, error_code = NULL,
    claimed_until = CASE WHEN m.kind = ANY(%(again)s) THEN now() + {GRACE} END
WHERE m.id = ANY(%(ids)s::bigint[]) AND m.state = 'sending'
"""

_RELEASE = """
UPDATE sms_message m SET state = 'queued', claimed_by = NULL, claimed_until = NULL,
    attempts = m.attempts - CASE WHEN m.state = 'sending' THEN 1 ELSE 0 END
WHERE m.claimed_by = %(owner)s AND m.state IN ('claimed', 'sending') AND m.id <> ALL(%(keep)s::bigint[])
"""


async def connect(url: str) -> Database:
    """A connection on which each statement is a transaction unless one is begun."""
    return await psycopg.AsyncConnection.connect(
        url,
        autocommit=True,
        application_name="zvonok gateway",
        connect_timeout=10,
        keepalives_idle=20,
        options=_OPTIONS,
    )


class Outbox:
    """One connection to the database, by which one link of one gateway works; `owner` signs what it claims."""

    def __init__(self, url: str, owner: str, *, language: str = "ru", grace_seconds: float = 180) -> None:
        self.owner = owner
        self.language = language
        self.grace_seconds = grace_seconds
        self._url = url
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        assert self._database is not None, "open() comes first"
        return self._database

    async def open(self) -> None:
        """Raises psycopg.OperationalError where the database is away."""
        await self.close()
        self._database = await connect(self._url)

    async def close(self) -> None:
        if self._database is not None:
            await self._database.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """One turn of a link: all or nothing."""
        async with self.database.transaction():
            yield

    async def mend(self, keep: Sequence[int]) -> None:
        """After a failure: a connection that works, and nothing in our name but `keep`, which is on the link.

        Whether a commit that broke has happened is not known; rows that it marked were not written, so they go back.
        """
        if self.database.closed or self.database.broken:
            await self.open()
        await self.release(keep=keep)

    async def _run(self, statement: LiteralString, **values: Any) -> psycopg.AsyncCursor[TupleRow]:
        return await self.database.execute(statement, values)

    async def claim(self, most: int, school_id: int | None = None) -> tuple[list[Outgoing], int]:
        """At most so many due messages, first come first, now ours; and how many rows were looked at.

        Rows whose time is over or whose right has ended become `expired` or `cancelled` on the way.
        """
        cursor = await self._run(
            _CLAIM,
            most=most,
            school=school_id,
            owner=self.owner,
            lease=LEASE_SECONDS,
            no_right=reason_words("no_right", self.language),
            expired=reason_words("expired", self.language),
        )
        rows = await cursor.fetchall()
        claimed = [Outgoing(*row[1:]) for row in rows if row[0] == "claimed"]
        return sorted(claimed, key=lambda message: (message.priority, message.due_at, message.id)), len(rows)

    async def mark_sending(self, link_id: int, flights: Sequence[Flight]) -> set[int]:
        """Which of these messages are still ours and may be written to the link after the commit."""
        rows = [{"id": flight.message.id, "parts": len(flight.parts)} for flight in flights]
        cursor = await self._run(
            _MARK_SENDING, link=link_id, owner=self.owner, lease=LEASE_SECONDS, rows=json.dumps(rows)
        )
        return {row[0] for row in await cursor.fetchall()}

    async def settle(self, link_id: int, flights: Sequence[Flight], outcomes: Sequence[Outcome]) -> None:
        """Note the answers of these flights' parts, and what they make of the messages."""
        parts = [
            {
                "message": flight.message.id,
                "number": part.number,
                "attempt": flight.attempt,
                "state": part.state,
                "smsc_id": part.smsc_id,
                "code": part.error_code,
            }
            for flight in flights
            for part in flight.parts
            if part.status is not None
        ]
        if parts:
            await self._run(_INSERT_PARTS, link=link_id, rows=json.dumps(parts))
        await self._run(_SETTLE, rows=json.dumps([outcome.row() for outcome in outcomes]))

    async def settle_receipts(self, link_id: int, receipts: Sequence[Receipt]) -> dict[int, str]:
        """Settle parts and messages by final receipts; the places of those that belong to a part of ours → its trace.

        A part that is settled already stays as it is: a receipt that comes again changes nothing.
        """
        rows = [
            {
                "place": place,
                "rank": rank,
                "smsc_id": spelling,
                "tail": receipt.phone[-TAIL:],
                "state": receipt.state,
                "code": receipt.error_code,
            }
            for place, receipt in enumerate(receipts)
            for rank, spelling in enumerate(id_spellings(receipt.smsc_id) if receipt.smsc_id else ())
        ]
        cursor = await self._run(
            _SETTLE_RECEIPTS, link=link_id, tail=TAIL, rows=json.dumps(rows), **self._words_of_failure
        )
        found = await cursor.fetchall()
        await self.roll_up(sorted({message_id for _, message_id, _, is_long in found if is_long}))
        return {place: trace for place, _, trace, _ in found}

    async def roll_up(self, message_ids: Sequence[int]) -> None:
        """Give messages the final state of their parts, where these decide."""
        if message_ids:
            await self._run(_ROLL_UP, ids=message_ids, **self._words_of_failure)

    @property
    def _words_of_failure(self) -> dict[str, str]:
        return {
            "undeliverable": reason_words("undeliverable", self.language),
            "expired": reason_words("expired_at_smsc", self.language),
        }

    async def keep_orphans(self, link_id: int, receipts: Sequence[Receipt]) -> None:
        """Store receipts that belong to no part yet: their answer may be on its way, or was lost."""
        rows = [
            {
                "smsc_id": receipt.smsc_id,
                "phone": receipt.phone,
                "state": receipt.state,
                "code": receipt.error_code,
                "text": receipt.text,
                "at": receipt.received_at.isoformat(),
            }
            for receipt in receipts
        ]
        await self._run(_KEEP_ORPHANS, link=link_id, rows=json.dumps(rows))

    async def mark_uncertain(self, message_ids: Sequence[int]) -> None:
        """The link died before these were answered: whether the SMSC has them is not known."""
        await self._run(
            _UNCERTAIN,
            ids=message_ids,
            words=reason_words("uncertain", self.language),
            again=sorted(SENT_AGAIN),
            grace=self.grace_seconds,
        )

    async def release(self, keep: Sequence[int]) -> None:
        """Give back all that we claimed except these: no octet of it was written."""
        await self._run(_RELEASE, owner=self.owner, keep=keep)
