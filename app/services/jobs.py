"""The way to the workers: jobs by dotted name, ids as arguments; a hint only, since a sweep finds what Redis lost."""

from functools import cache
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

log = structlog.get_logger()

NOW, SLOTS, SLOW = "now", "slots", "slow"  # at once; digests and sweeps; imports and reports
QUEUES = (NOW, SLOTS, SLOW)

DELIVER_NOTICES = "workers.deliver.deliver_notices"
COMPOSE_DIGESTS = "workers.compose.compose_digests"
COMPOSE_IMMEDIATE = "workers.compose.compose_immediate"
SWEEP = "workers.sweep.sweep"
TIDY = "workers.sweep.tidy"
HANDLE_INBOUND = "workers.inbound.handle_inbound"
SEND_MAILS = "workers.mail.send_mails"
RUN_IMPORT = "workers.imports.run_import"
SWEEP_IMPORTS = "workers.imports.sweep_imports"
MIND_DEBTS = "workers.debts.mind_debts"
MIND_DIARIES = "workers.diary.mind_diaries"
PUBLISH_COLUMNS = "workers.publish.publish_columns"
TIDY_STORE = "workers.files.tidy_store"
VERIFY_CHAINS = "workers.ledger.verify_chains"
MIND_NUMBERS = "workers.numbers.mind_numbers"
MIND_BUDGETS = "workers.sms_money.mind_budgets"
WATCH_LINE = "workers.watch.watch_line"
NAMES = (
    DELIVER_NOTICES,
    COMPOSE_DIGESTS,
    COMPOSE_IMMEDIATE,
    SWEEP,
    TIDY,
    HANDLE_INBOUND,
    SEND_MAILS,
    RUN_IMPORT,
    SWEEP_IMPORTS,
    MIND_DEBTS,
    MIND_DIARIES,
    PUBLISH_COLUMNS,
    TIDY_STORE,
    VERIFY_CHAINS,
    MIND_NUMBERS,
    MIND_BUDGETS,
    WATCH_LINE,
)


@cache
def redis_at(url: str) -> Redis:
    """A client of the Redis at this address; it gives up after a moment, so that nobody waits for a hint."""
    return Redis.from_url(url, socket_connect_timeout=0.3, socket_timeout=2)


def waiting_jobs(url: str, queue: str) -> int:
    """How many jobs wait in the queue; 0 where Redis is away."""
    try:
        return Queue(queue, connection=redis_at(url), serializer=JSONSerializer).count
    except (RedisError, OSError):
        return 0


def enqueue(url: str, job: str, *args: Any, queue: str = NOW, timeout: int = 300) -> bool:
    """Ask a worker to run the job; False where Redis is away (logged, never raised: what waits is in the database)."""
    try:
        Queue(queue, connection=redis_at(url), serializer=JSONSerializer).enqueue(
            job, args=args, job_timeout=timeout, result_ttl=0, failure_ttl=7 * 86400
        )
    except (RedisError, OSError) as lost:
        log.warning("jobs.hint_lost", job=job, error=type(lost).__name__)
        return False
    return True
