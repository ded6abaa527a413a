"""After a change, workers are told at once; where Redis is away the change is saved all the same."""

from contextlib import closing
from pathlib import Path

from flask import Flask
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from app.factory import create_app
from app.services.jobs import DELIVER_NOTICES, NOW
from app.web.resources import resources
from tests.factories import PASSWORD, a_school
from tests.support import SchoolDatabase, settings_for
from tests.web_support import api_for


def test_a_new_mark_is_a_job_for_the_workers(web: Flask, redis_url: str) -> None:
    made = a_school(resources(web).engine)

    answer = api_for(web, "teacher", PASSWORD).post(
        "/api/v1/mark/", json={"lesson": made.own_lesson.id, "student": made.anna.id, "value": "5"}
    )

    assert answer.status_code == 201
    with Redis.from_url(redis_url) as client:
        jobs = Queue(NOW, connection=client, serializer=JSONSerializer).jobs
    assert [(job.func_name, [len(ids) for ids in job.args]) for job in jobs] == [(DELIVER_NOTICES, [1])]


def test_without_redis_a_mark_is_saved(database: SchoolDatabase, tmp_path: Path) -> None:
    app = create_app(settings_for(database, "redis://127.0.0.1:1/", tmp_path))
    with closing(resources(app)):
        made = a_school(resources(app).engine)

        answer = api_for(app, "teacher", PASSWORD).post(
            "/api/v1/mark/", json={"lesson": made.own_lesson.id, "student": made.anna.id, "value": "5"}
        )

    assert answer.status_code == 201
