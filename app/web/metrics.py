"""Figures for /metrics: requests by endpoint, and what else there is to say at the moment of asking."""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.registry import REGISTRY
from redis import Redis
from sqlalchemy import Engine

from app.web.line_metrics import Line
from app.web.sms_metrics import Pipeline, Queues

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


def exposition(engine: Engine, redis: Redis) -> bytes:
    """Everything in Prometheus' text form; the figures of all processes of this machine where they share a folder."""
    registry = CollectorRegistry()
    registry.register(Pipeline(engine))
    registry.register(Line(engine))
    registry.register(Queues(redis))
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
    return generate_latest(REGISTRY) + generate_latest(registry)
