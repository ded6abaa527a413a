"""What time does to the outbox: leases run out, messages expire, uncertain rows are sent again."""

from collections.abc import Sequence
from typing import Any

from app.domain.sms_errors import reason_words
from app.domain.sms_states import SENT_AGAIN
from sms_gateway.database import Database
from sms_gateway.outbox import Outbox
from sms_gateway.statements import CHARGED, GRACE, IS_STALE

_RECOVER = f"""
UPDATE sms_message m SET claimed_by = NULL,
    state = CASE m.state WHEN 'claimed' THEN 'queued' ELSE 'uncertain' END,
    error = CASE m.state WHEN 'claimed' THEN m.error ELSE %(words)s END,
    claimed_until = CASE WHEN m.state = 'sending' AND m.kind = ANY(%(again)s) THEN now() + {GRACE} END
WHERE m.state IN ('claimed', 'sending') AND (m.claimed_until < now()
    OR starts_with(m.claimed_by, %(number)s) AND m.claimed_by <> ALL(%(living)s::text[]))
RETURNING m.id, m.state
"""

_RENEW = """
UPDATE sms_message m SET claimed_until = now() + make_interval(secs => %(lease)s)
WHERE m.state IN ('claimed', 'sending') AND m.claimed_by = ANY(%(living)s::text[])
"""

# News at once that never went are left to the composer, which tells them in the next digest.
_EXPIRE = f"""
WITH over AS MATERIALIZED (
    SELECT q.id, {IS_STALE.format(message="q")} AS is_stale FROM sms_message q
    WHERE q.state = 'queued' AND q.expires_at <= now() LIMIT 1000 FOR UPDATE SKIP LOCKED),
given_back AS (
    UPDATE sms_delivery d SET state = 'due', sms_message_id = NULL, told = NULL
    FROM over WHERE over.is_stale AND d.sms_message_id = over.id AND d.state = 'told')
UPDATE sms_message m SET state = CASE WHEN over.is_stale THEN 'cancelled' ELSE 'expired' END, done_at = now(),
    error = coalesce(m.error, %(words)s), cost = {CHARGED}
FROM over WHERE m.id = over.id
"""

_SEND_AGAIN = """
UPDATE sms_message m SET claimed_until = NULL, state = CASE WHEN m.expires_at > now() THEN 'queued' ELSE 'expired' END,
    due_at = now(), done_at = CASE WHEN m.expires_at > now() THEN NULL ELSE now() END
WHERE m.state = 'uncertain' AND m.claimed_until <= now()
RETURNING m.id, m.state, m.trace
"""


class Upkeep:
    """The sweeps of one gateway, on a connection of their own; several gateways may sweep at once."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    @property
    def _database(self) -> Database:
        return self.outbox.database

    async def recover(self, number: str, living: Sequence[str]) -> dict[str, int]:
        """Take up what the dead left: the former gateway of our number, links of ours that have ended, and whoever's
        lease has run out; not what the living owners of ours have.

        `claimed` goes back to the queue, `sending` becomes uncertain; how many of each.
        """
        cursor = await self._database.execute(
            _RECOVER,
            {
                "number": number,
                "living": list(living),
                "words": reason_words("uncertain", self.outbox.language),
                "again": sorted(SENT_AGAIN),
                "grace": self.outbox.grace_seconds,
            },
        )
        rows = await cursor.fetchall()
        await self.outbox.keep_uncertain_parts([row[0] for row in rows if row[1] == "uncertain"])
        states = [row[1] for row in rows]
        return {state: states.count(state) for state in sorted(set(states))}

    async def renew(self, living: Sequence[str], lease_seconds: float) -> None:
        """These are alive: what they have claimed stays theirs."""
        await self._database.execute(_RENEW, {"living": list(living), "lease": lease_seconds})

    async def expire(self) -> None:
        """Queued messages whose time is over; the facts of news at once go back to the composer."""
        words = reason_words("expired", self.outbox.language)
        await self._database.execute(_EXPIRE, {"words": words, "today": self.outbox.clocks.today})

    async def send_again(self) -> list[tuple[Any, ...]]:
        """Uncertain rows after their grace, back in the queue while they are still of use: id, new state, trace.

        Codes and replies have no end of grace; they stay uncertain until somebody decides.
        """
        return await (await self._database.execute(_SEND_AGAIN)).fetchall()
