"""The worker process: RQ without a fork a job, since a job is a batch of our own code."""

import structlog
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSlow
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from app.services.jobs import QUEUES, redis_at
from config import Settings
from workers.place import engine, settle_in

log = structlog.get_logger()


class Worker(SimpleWorker):
    """Looks for a Redis that is away every few seconds; RQ's own pauses grow to three minutes."""

    max_connection_wait_time = 5.0

    def run_maintenance_tasks(self) -> None:
        """RQ waits for a Redis that is away while it asks for work; while it tidies, it would end."""
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        except (RedisAway, RedisSlow) as away:
            log.warning("worker.tidied_later", error=type(away).__name__)

    @property
    def was_asked_to_end(self) -> bool:
        return self._shutdown_requested_date is not None


class WorkerBroke(Exception):
    """The worker ended although nobody asked it to; what RQ logged says why. Who started it starts it again."""


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; the job under way is finished first. Raises WorkerBroke."""
    if settings.redis_url is None:
        raise RuntimeError("ZVONOK_REDIS_URL is not set; start the worker by `python run.py`")
    settle_in(settings)
    with engine().connect():
        log.info("worker.ready")
    connection = redis_at(settings.redis_url)
    queues = [Queue(name, connection=connection, serializer=JSONSerializer) for name in QUEUES]
    worker = Worker(queues, connection=connection, serializer=JSONSerializer)
    worker.work(logging_level="WARNING", with_scheduler=False)
    engine().dispose()
    if not worker.was_asked_to_end:
        raise WorkerBroke
