"""Figures for /metrics: requests by endpoint, and the state of the outbox."""

import os
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector
from sqlalchemy import Engine, func, select

from app.models.sms import SmsMessage
from app.session.actors import AUDITOR
from app.session.engine import transaction

REQUESTS = Counter("zvonok_requests", "Requests answered", ["method", "endpoint", "status"])
SECONDS = Histogram(
    "zvonok_request_seconds",
    "Time from request to answer",
    ["endpoint"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10),
)


def count_request(method: str, endpoint: str, status: int, seconds: float) -> None:
    known = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
    REQUESTS.labels(known, endpoint, str(status)).inc()
    SECONDS.labels(endpoint).observe(seconds)


class Outbox(Collector):
    """The outbox as it is at the moment of asking."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def collect(self) -> Iterator[GaugeMetricFamily]:
        with transaction(self.engine, AUDITOR) as session:
            counts = session.execute(select(SmsMessage.state, func.count()).group_by(SmsMessage.state)).all()
            waiting = session.execute(
                select(func.extract("epoch", func.now() - func.min(SmsMessage.created_at))).where(
                    SmsMessage.state == "queued"
                )
            ).scalar()
        messages = GaugeMetricFamily("zvonok_sms_messages", "Messages of the outbox by state", labels=["state"])
        for state, count in counts:
            messages.add_metric([state], count)
        yield messages
        oldest = GaugeMetricFamily("zvonok_sms_oldest_queued_seconds", "Age of the oldest message that waits")
        oldest.add_metric([], float(waiting or 0))
        yield oldest


def exposition(engine: Engine) -> bytes:
    """Everything in Prometheus' text form; the figures of all processes of this machine where they share a folder."""
    registry = CollectorRegistry()
    registry.register(Outbox(engine))
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(REGISTRY) + generate_latest(registry)
