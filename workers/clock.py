"""The clock: sees every second what is due and hints the workers; wakes at once when a text came in."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import psycopg
import structlog

from app.services.jobs import (
    COMPOSE_DIGESTS,
    COMPOSE_IMMEDIATE,
    HANDLE_INBOUND,
    MIND_BUDGETS,
    MIND_DEBTS,
    MIND_DIARIES,
    MIND_NUMBERS,
    NOW,
    PUBLISH_COLUMNS,
    SEND_MAILS,
    SLOTS,
    SLOW,
    SWEEP,
    SWEEP_IMPORTS,
    TIDY,
    TIDY_STORE,
    VERIFY_CHAINS,
    WATCH_LINE,
    enqueue,
    waiting_jobs,
)
from config import Settings

log = structlog.get_logger()

TICK_SECONDS = 1.0
REPEAT_SECONDS = 5.0  # the same hint not more often: the worker may be at it
MAIL_SECONDS = 15.0  # for texts that failed meanwhile
INBOUND_SECONDS = 0.2  # texts that come within this are hinted together
MOST_WAITING = 20  # jobs; behind more of them texts are left to the sweep, so that no flood keeps urgent news waiting
TIDY_SECONDS = 3600.0
DEBTS_SECONDS = 600.0  # a day begins somewhere at every hour
WATCH_SECONDS = 60.0
NUMBERS_SECONDS = 60.0
CHAINS_SECONDS = 600.0  # each school's once a night

WAITING = """
SELECT
 EXISTS (SELECT 1 FROM notice WHERE delivered_at IS NULL AND happened_at < now() - interval '3 seconds'),
 EXISTS (SELECT 1 FROM sms_delivery WHERE state = 'due' AND due_at <= now() AND kind IN ('urgent', 'immediate')),
 EXISTS (SELECT 1 FROM sms_delivery WHERE state = 'due' AND due_at <= now() AND kind = 'digest'),
 EXISTS (SELECT 1 FROM sms_inbound WHERE state = 'new' AND received_at < now() - interval '3 seconds'),
 EXISTS (SELECT 1 FROM import_run WHERE state IN ('checking', 'applying', 'undoing')
         AND changed_at < now() - interval '90 seconds'),
 EXISTS (SELECT 1 FROM mail_message WHERE state = 'queued' AND due_at <= now()),
 EXISTS (SELECT 1 FROM lesson WHERE draft AND publish_at <= now())
"""


class Clock:
    """One look a second at what waits; each hint is repeated only after a while."""

    def __init__(self, settings: Settings) -> None:
        if settings.redis_url is None or settings.database_app_url is None:
            raise RuntimeError("the clock needs ZVONOK_REDIS_URL and ZVONOK_DATABASE_APP_URL; use `python run.py`")
        self.redis_url = settings.redis_url
        self.database_url = settings.database_app_url
        self.hinted: dict[str, float] = {}
        self.heard_at = 0.0
        self.stopping = False

    def stop(self, signum: int, frame: FrameType | None) -> None:
        """Leave the loop at the next tick."""
        self.stopping = True

    def run(self) -> None:
        """Tick until stopped; a lost database is waited for."""
        log.info("clock.ready")
        while not self.stopping:
            try:
                with self._connection() as connection:
                    while not self.stopping:
                        self.look(connection)
                        self.listen(connection)
            except psycopg.OperationalError as lost:
                log.warning("clock.database_lost", error=type(lost).__name__)
                time.sleep(TICK_SECONDS)

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[tuple[bool, ...]]]:
        with psycopg.connect(
            self.database_url, autocommit=True, connect_timeout=10, keepalives_idle=20, application_name="zvonok clock"
        ) as connection:
            connection.execute("LISTEN sms_inbound")
            yield connection

    def look(self, connection: psycopg.Connection[tuple[bool, ...]]) -> None:
        """Hint what waits."""
        found = connection.execute(WAITING).fetchone() or (False,) * 7
        forgotten, immediate, digests, unanswered, imports, mails, columns = found
        if forgotten or unanswered:
            self.hint(SWEEP, SLOTS)
        if immediate:
            self.hint(COMPOSE_IMMEDIATE, NOW)
        if digests:
            self.hint(COMPOSE_DIGESTS, SLOTS)
        if imports:
            self.hint(SWEEP_IMPORTS, SLOW)
        if columns:
            self.hint(PUBLISH_COLUMNS, NOW)
        self.hint(SEND_MAILS, SLOTS, REPEAT_SECONDS if mails else MAIL_SECONDS)
        self.hint(TIDY, SLOTS, TIDY_SECONDS)
        self.hint(TIDY_STORE, SLOTS, TIDY_SECONDS)
        self.hint(MIND_DEBTS, SLOTS, DEBTS_SECONDS)
        self.hint(VERIFY_CHAINS, SLOW, CHAINS_SECONDS)
        self.hint(MIND_DIARIES, SLOTS, DEBTS_SECONDS)
        self.hint(WATCH_LINE, SLOTS, WATCH_SECONDS)
        self.hint(MIND_NUMBERS, SLOTS, NUMBERS_SECONDS)
        self.hint(MIND_BUDGETS, SLOTS, DEBTS_SECONDS)

    def hint(self, job: str, queue: str, pause: float = REPEAT_SECONDS) -> None:
        """Enqueue the job unless that was done a moment ago."""
        now = time.monotonic()
        if now - self.hinted.get(job, -pause) >= pause and enqueue(self.redis_url, job, queue=queue):
            self.hinted[job] = now

    def listen(self, connection: psycopg.Connection[tuple[bool, ...]]) -> None:
        """Sleep for a tick; texts that come in meanwhile are hinted at once."""
        heard = list(connection.notifies(timeout=TICK_SECONDS, stop_after=1))
        if not heard:
            return
        heard += connection.notifies(timeout=max(0.0, self.heard_at + INBOUND_SECONDS - time.monotonic()))
        self.heard_at = time.monotonic()
        numbers = [int(one.payload) for one in heard if one.payload.isascii() and one.payload.isdecimal()]
        if numbers and waiting_jobs(self.redis_url, NOW) < MOST_WAITING:
            enqueue(self.redis_url, HANDLE_INBOUND, numbers, queue=NOW)


def run_clock(settings: Settings) -> None:
    """Run the clock until SIGTERM or SIGINT."""
    clock = Clock(settings)
    signal.signal(signal.SIGTERM, clock.stop)
    signal.signal(signal.SIGINT, clock.stop)
    clock.run()
