"""Queues and failed jobs: told without names, tried again, dropped; Redis that is away is told in words."""

import signal
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer

from app.factory import create_app
from app.services.jobs import SLOTS
from app.web.resources import resources
from tests.console.school import TwoSchools
from tests.factories import PASSWORD
from tests.support import SchoolDatabase, settings_for
from tests.web_support import Browser, client_for

BREAKS = "tests.console.broken_job.names_somebody"


@pytest.fixture
def redis(redis_url: str):
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def failed(redis: Redis, schools: TwoSchools) -> str:
    """The id of a job that broke over somebody's name."""
    queue = Queue(SLOTS, connection=redis, serializer=JSONSerializer)
    job = queue.enqueue(BREAKS, args=([3, 14], "Анна"), failure_ttl=600)
    kept = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}  # the worker takes them
    SimpleWorker([queue], connection=redis, serializer=JSONSerializer).work(burst=True, logging_level="CRITICAL")
    for sign, handler in kept.items():
        signal.signal(sign, handler)
    assert _failed(redis) == [job.id]
    return job.id


def _failed(redis: Redis) -> list[str]:
    return FailedJobRegistry(SLOTS, connection=redis, serializer=JSONSerializer).get_job_ids()


def test_a_failed_job_is_told_without_what_the_exception_said(operator: Browser, failed: str) -> None:
    told = operator.get("/console/jobs/").text

    assert BREAKS in told
    assert "3, 14" in told
    assert "KeyError" in told
    assert "Анна" not in told and "79990000001" not in told
    assert "1 задание упало" in operator.get("/console/").text


def test_it_is_tried_again(operator: Browser, redis: Redis, failed: str) -> None:
    operator.get("/console/jobs/")

    assert operator.post("/console/jobs/retry", {"job": failed}).status_code == 303

    assert _failed(redis) == []
    assert Queue(SLOTS, connection=redis, serializer=JSONSerializer).job_ids == [failed]
    operator.post("/console/jobs/retry", {"job": failed})  # twice is once
    assert Queue(SLOTS, connection=redis, serializer=JSONSerializer).job_ids == [failed]


def test_it_is_dropped(operator: Browser, redis: Redis, failed: str) -> None:
    operator.get("/console/jobs/")

    assert operator.post("/console/jobs/drop", {"job": failed}).status_code == 303

    assert _failed(redis) == []
    assert redis.keys("rq:job:*") == []
    assert "Упавших заданий нет" in operator.get("/console/jobs/").text


@pytest.mark.parametrize("job", ["", "x", "../x", "a" * 500, "rq:job:x", "%00", "*"])
def test_what_is_no_failed_job_is_told(operator: Browser, redis: Redis, failed: str, job: str) -> None:
    operator.get("/console/jobs/")

    for act in ("retry", "drop"):
        assert operator.post(f"/console/jobs/{act}", {"job": job}).status_code == 303
        assert "уже нет" in operator.get("/console/jobs/").text
    assert _failed(redis) == [failed]


def test_redis_away_is_told_in_words(database: SchoolDatabase, schools: TwoSchools, tmp_path: Path) -> None:
    app = create_app(settings_for(database, "redis://127.0.0.1:1/", tmp_path))
    with closing(resources(app)):
        operator = client_for(app, "operator", PASSWORD)
        for path in ("/console/", "/console/jobs/"):
            answer = operator.get(path)
            assert answer.status_code == 200
            assert "Redis не отвечает" in answer.text
        assert operator.post("/console/jobs/drop", {"job": "x"}).status_code == 303
        assert "ничего не сделано" in operator.get("/console/jobs/").text
