"""SMS links for `check`: which there are, and whether each operator takes us."""

import asyncio

import psycopg
from psycopg.rows import tuple_row

from app.domain.sms_errors import status_words
from config import Settings
from launcher.errors import CannotStart
from sms_gateway import links
from sms_gateway.connecting import tried
from sms_gateway.rows import LinkRow
from sms_gateway.timers import BindRefused, Timers

ANSWER_SECONDS = 5
_TIMERS = Timers(connect=ANSWER_SECONDS, bind=ANSWER_SECONDS, answer=ANSWER_SECONDS, unbind=1)
_SERVED = """
SELECT link_id FROM sms_session WHERE state <> 'down' AND heartbeat_at > now() - interval '1 minute'
"""


def known_links(settings: Settings) -> list[tuple[LinkRow, bool]]:
    """The active links of the console, else the one of the settings; whether a gateway holds each now."""
    return asyncio.run(_known_links(settings))


async def _known_links(settings: Settings) -> list[tuple[LinkRow, bool]]:
    url = settings.database_app_url or ""
    async with await psycopg.AsyncConnection.connect(url, connect_timeout=ANSWER_SECONDS, autocommit=True) as database:
        rows = await links.active_links(database, with_settings=settings.effective_smsc_url is not None)
        cursor = database.cursor(row_factory=tuple_row)
        served = {row[0] for row in await (await cursor.execute(_SERVED)).fetchall()}
    if rows or settings.effective_smsc_url is None:
        return [(row, row.id in served) for row in rows]
    try:
        return [(links.row_of_settings(settings.effective_smsc_url), False)]
    except links.WrongLink as wrong:
        raise CannotStart(f"ZVONOK_SMSC_URL: {wrong}") from None


def ask_link(row: LinkRow, is_served: bool) -> str:
    """Words where the link works; raises CannotStart or OSError where not.

    What no gateway holds is bound as transmitter, so that no message and no receipt comes to us instead of the gateway.
    """
    if is_served:
        return f"a gateway holds it at {row.host}:{row.port}"
    try:
        asyncio.run(tried(row, _TIMERS))
    except BindRefused as refused:
        words = status_words(refused.status, "en")
        raise CannotStart(f"{row.host}:{row.port} does not take our bind: {words}") from None
    except (links.WrongLink, OSError) as problem:  # of which TimeoutError is one, without words
        raise CannotStart(f"{row.host}:{row.port} does not take our bind: {str(problem) or 'no answer'}") from None
    raise CannotStart(f"{row.host}:{row.port} takes us, but no gateway holds it: is `run.py gateway` running?")
