"""The workers' queues as the operator sees them: how long, who works, which jobs failed; try again, drop.

Of a failed job are told its name, its ids and where it broke, never what an exception says: that may name people.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.exceptions import DeserializationError, NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from app.domain.errors import NotFound, TryLater
from app.services.jobs import QUEUES

log = structlog.get_logger()

MOST_SHOWN = 100
MOST_IDS = 8
_FRAME = re.compile(r'File "[^"]*?((?:app|workers)/[\w/]+\.py)", line (\d+), in (\w+)')
_RAISED = re.compile(r"^((?:\w+\.)*\w+)(?::|$)")
_JOB_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class QueueFigures:
    """One queue: its name, how many jobs wait in it, how many failed."""

    name: str
    waiting: int
    failed: int


@dataclass(frozen=True)
class QueueState:
    """All queues at one moment."""

    queues: Sequence[QueueFigures]
    workers: int

    @property
    def failed(self) -> int:
        return sum(queue.failed for queue in self.queues)


@dataclass(frozen=True)
class FailedJob:
    """A job that broke."""

    id: str
    queue: str
    name: str
    ids: str
    failed_at: datetime | None
    problem: str  # the exception's class
    place: str  # where in our code


@contextmanager
def _redis_answers() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as away:
        raise TryLater("unavailable") from away


def queue_state(redis: Redis) -> QueueState:
    """Raises TryLater where Redis is away."""
    with _redis_answers():
        queues = [QueueFigures(name, _queue(redis, name).count, _failed_count(redis, name)) for name in QUEUES]
        return QueueState(queues, len(Worker.all(connection=redis, serializer=JSONSerializer)))


def queue_state_or_none(redis: Redis) -> QueueState | None:
    """The same; None where Redis is away, which pages tell in words."""
    try:
        return queue_state(redis)
    except TryLater:
        return None


def failed_jobs(redis: Redis) -> list[FailedJob]:
    """The jobs that failed, the newest first. Raises TryLater where Redis is away."""
    with _redis_answers():
        found = []
        for name in QUEUES:
            ids = _failed(redis, name).get_job_ids(0, MOST_SHOWN - 1, desc=True, cleanup=False)
            jobs = Job.fetch_many(ids, connection=redis, serializer=JSONSerializer)
            found += [_told(job, name) for job in jobs if job is not None]
        return sorted(found, key=lambda job: job.failed_at or datetime.min.replace(tzinfo=UTC), reverse=True)


def retry_job(redis: Redis, job_id: str, by: int | None) -> None:
    """Put a failed job back into its queue. Raises NotFound where it is no failed job (any more), and TryLater."""
    with _redis_answers():
        _registry_of(redis, job_id).requeue(job_id)
    log.info("jobs.retried", job=job_id, by=by)


def drop_job(redis: Redis, job_id: str, by: int | None) -> None:
    """Forget a failed job. Raises NotFound where it is no failed job (any more), and TryLater."""
    with _redis_answers():
        _registry_of(redis, job_id).remove(job_id, delete_job=True)
    log.info("jobs.dropped", job=job_id, by=by)


def _queue(redis: Redis, name: str) -> Queue:
    return Queue(name, connection=redis, serializer=JSONSerializer)


def _failed(redis: Redis, name: str) -> FailedJobRegistry:
    return FailedJobRegistry(name, connection=redis, serializer=JSONSerializer)


def _failed_count(redis: Redis, name: str) -> int:
    """Without those whose time is over: looking removes nothing."""
    return int(redis.zcount(_failed(redis, name).key, datetime.now(UTC).timestamp(), "+inf"))


def _registry_of(redis: Redis, job_id: str) -> FailedJobRegistry:
    if _JOB_ID.fullmatch(job_id):
        for name in QUEUES:
            registry = _failed(redis, name)
            if job_id in registry:
                try:
                    Job.fetch(job_id, connection=redis, serializer=JSONSerializer)
                except NoSuchJobError:  # its time was over
                    registry.remove(job_id)
                    break
                return registry
    raise NotFound


def _told(job: Job, queue: str) -> FailedJob:
    result = job.latest_result()
    trace = (result.exc_string if result is not None else None) or ""
    problem, place = where_it_broke(trace)
    try:
        name, ids = str(job.func_name), _ids(job.args)
    except DeserializationError:  # not ours; it can be dropped
        name, ids = "?", ""
    return FailedJob(job.id, queue, name, ids, job.ended_at, problem, place)


def where_it_broke(trace: str) -> tuple[str, str]:
    """The class of the exception and the last place in our code, from a traceback; neither names a person.

    >>> where_it_broke('  File "/x/app/services/a.py", line 3, in f\\n    g()\\nKeyError: "Anna"')
    ('KeyError', 'app/services/a.py:3 f')
    """
    frames, lines = _FRAME.findall(trace), trace.splitlines()
    last = max((number for number, line in enumerate(lines) if line.startswith("  File ")), default=-1)
    told = next((line for line in lines[last + 1 :] if line[:1].strip()), "")
    raised = _RAISED.match(told)
    place = "{}:{} {}".format(*frames[-1]) if frames else ""
    return (raised[1].rpartition(".")[2] if raised else ""), place


def _ids(arguments: Sequence[Any]) -> str:
    numbers = [each for argument in arguments for each in (argument if isinstance(argument, list) else [argument])]
    told = [str(each) for each in numbers if isinstance(each, int)]
    return ", ".join(told[:MOST_IDS]) + (f" … ({len(told)})" if len(told) > MOST_IDS else "")
