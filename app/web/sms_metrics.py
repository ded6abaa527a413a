"""Figures of the SMS pipeline for /metrics, as the tables have them at the moment of asking (docs/operations.md)."""

from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import Engine, Select, func, select
from sqlalchemy.orm import Session

from app.models import Notice, SmsInbound, SmsLink, SmsMessage, SmsSession
from app.services.jobs import QUEUES
from app.session.actors import AUDITOR
from app.session.engine import transaction


class Pipeline(Collector):
    """Outbox, inbound, notices and links."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with transaction(self._engine, AUDITOR) as session:
            yield _messages(session)
            yield _single(
                session,
                "zvonok_sms_oldest_queued_seconds",
                "For how long the message that has been due longest waits for the gateway",
                select(_age(func.min(SmsMessage.due_at))).where(
                    SmsMessage.state == "queued", SmsMessage.due_at <= func.now()
                ),
            )
            yield _single(
                session,
                "zvonok_sms_inbound_waiting",
                "Texts from phones that no worker has handled",
                select(func.count()).select_from(SmsInbound).where(SmsInbound.state == "new"),
            )
            yield _single(
                session,
                "zvonok_notices_waiting",
                "Facts of which no worker has decided whom to tell",
                select(func.count()).select_from(Notice).where(Notice.delivered_at.is_(None)),
            )
            yield from _links(session)


def _messages(session: Session) -> GaugeMetricFamily:
    family = GaugeMetricFamily("zvonok_sms_messages", "Messages of the outbox by state", labels=["state"])
    for state, count in session.execute(select(SmsMessage.state, func.count()).group_by(SmsMessage.state)).all():
        family.add_metric([state], count)
    return family


def _single(session: Session, name: str, words: str, query: Select[Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words)
    family.add_metric([], float(session.scalar(query) or 0))
    return family


def _age(moment: Any) -> Any:
    return func.extract("epoch", func.now() - moment)


# Name, words and value of what each gateway says of each link.
_OF_LINKS: tuple[tuple[str, str, Callable[[SmsSession, float], float | None]], ...] = (
    ("zvonok_sms_link_up", "1 where the link is bound", lambda said, age: float(age < 60 and said.state != "down")),
    ("zvonok_sms_link_heartbeat_age_seconds", "Since the gateway last said how the link is", lambda said, age: age),
    ("zvonok_sms_link_window", "Parts that may be without an answer", lambda said, age: said.window),
    ("zvonok_sms_link_in_flight", "Parts without an answer", lambda said, age: said.in_flight),
    ("zvonok_sms_link_rate", "Parts a second that are let through; absent: unlimited", lambda said, age: said.rate),
    ("zvonok_sms_link_answers_last_minute", "Answers of the last minute", lambda said, age: said.submitted),
    ("zvonok_sms_link_refused_last_minute", "Of these, refusals", lambda said, age: said.refused),
    ("zvonok_sms_link_slow_last_minute", "Of these, slower than the link's limit", lambda said, age: said.slow),
    ("zvonok_sms_link_answer_seconds", "Median time to an answer", lambda said, age: said.answer_seconds),
)


def _links(session: Session) -> Iterator[GaugeMetricFamily]:
    query = select(SmsSession, SmsLink.name, _age(SmsSession.heartbeat_at)).join(
        SmsLink, SmsLink.id == SmsSession.link_id
    )
    rows = session.execute(query.order_by(SmsSession.gateway, SmsSession.link_id)).all()
    for name, words, value_of in _OF_LINKS:
        family = GaugeMetricFamily(name, words, labels=["link", "gateway"])
        for said, link, age in rows:
            value = value_of(said, float(age))
            if value is not None:
                family.add_metric([link, str(said.gateway)], value)
        yield family


class Queues(Collector):
    """RQ's queues; nothing where Redis is away: /healthz says that."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("zvonok_queue_jobs", "Jobs that wait for a worker", labels=["queue"])
        failed = GaugeMetricFamily("zvonok_queue_failed_jobs", "Jobs that failed and are kept", labels=["queue"])
        try:
            for name in QUEUES:
                queue = Queue(name, connection=self._redis, serializer=JSONSerializer)
                waiting.add_metric([name], queue.count)
                failed.add_metric([name], queue.failed_job_registry.count)
        except (RedisError, OSError):
            return
        yield waiting
        yield failed
