"""What a gateway tells people of its links: a row of sms_session each, summed up in sms_link."""

from dataclasses import dataclass, field
from datetime import datetime

from sms_gateway.database import Database
from sms_gateway.health import Figures

_SAY = """
INSERT INTO sms_session (gateway, link_id, school_id, state, state_words, "window", in_flight, rate, submitted, refused,
    slow, answer_seconds, started_at, heartbeat_at)
SELECT %(gateway)s, id, school_id, %(state)s, %(words)s, %(window)s, %(in_flight)s, %(rate)s, %(submitted)s,
    %(refused)s, %(slow)s, %(answer_seconds)s, %(started_at)s, now() FROM sms_link WHERE id = %(id)s
ON CONFLICT (gateway, link_id) DO UPDATE SET school_id = excluded.school_id, state = excluded.state,
    state_words = excluded.state_words, "window" = excluded."window", in_flight = excluded.in_flight,
    rate = excluded.rate, submitted = excluded.submitted, refused = excluded.refused, slow = excluded.slow,
    answer_seconds = excluded.answer_seconds, started_at = excluded.started_at, heartbeat_at = excluded.heartbeat_at
"""

# The link is as well as it is at the gateway where it is best.
_SUM_UP = """
UPDATE sms_link l SET heartbeat_at = now(), state = best.state, state_words = best.state_words,
    state_since = CASE WHEN l.state = best.state AND l.state_since IS NOT NULL THEN l.state_since ELSE now() END
FROM (
    SELECT state, state_words FROM sms_session
    WHERE link_id = %(id)s AND heartbeat_at > now() - interval '1 minute'
    ORDER BY array_position(ARRAY['bound', 'resting', 'paused', 'down'], state::text), heartbeat_at DESC
    LIMIT 1) AS best
WHERE l.id = %(id)s
"""

_FORGET_SESSION = "DELETE FROM sms_session WHERE gateway = %(gateway)s AND link_id = %(id)s"

_NOBODY_SERVES = """
UPDATE sms_link l SET state = 'down', state_words = %(words)s, state_since = now()
WHERE l.id = %(id)s AND l.state <> 'down' AND NOT EXISTS (
    SELECT FROM sms_session s WHERE s.link_id = l.id AND s.heartbeat_at > now() - interval '1 minute')
"""

_FORGET_DEAD = "DELETE FROM sms_session WHERE heartbeat_at < now() - interval '1 hour'"


@dataclass(frozen=True, slots=True)
class Report:
    """How one link is at one gateway; counts are of the last minute."""

    state: str = "down"
    words: str = ""
    window: int = 0
    in_flight: int = 0
    rate: float | None = None
    figures: Figures = field(default_factory=Figures)


async def say(database: Database, gateway: int, started_at: datetime, link_id: int, report: Report) -> None:
    """Tell people how the link is, and that somebody looks after it."""
    values = {
        "gateway": gateway,
        "id": link_id,
        "state": report.state,
        "words": report.words[:300],
        "window": report.window,
        "in_flight": report.in_flight,
        "rate": report.rate,
        "submitted": report.figures.answers,
        "refused": report.figures.refused,
        "slow": report.figures.slow,
        "answer_seconds": report.figures.median_seconds,
        "started_at": started_at,
    }
    async with database.transaction():
        await database.execute(_SAY, values)
        await database.execute(_SUM_UP, {"id": link_id})


async def say_goodbye(database: Database, gateway: int, link_id: int, words: str = "ended") -> None:
    """This gateway looks after the link no more."""
    async with database.transaction():
        await database.execute(_FORGET_SESSION, {"gateway": gateway, "id": link_id})
        await database.execute(_NOBODY_SERVES, {"id": link_id, "words": words})


async def forget_dead(database: Database) -> None:
    """What gateways said that have not lived for long."""
    await database.execute(_FORGET_DEAD)
