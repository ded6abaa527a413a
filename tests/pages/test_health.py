"""What machines ask: /healthz and /metrics."""

from pathlib import Path

import pytest
from flask import Flask

from app.factory import create_app
from app.web.resources import resources
from tests.support import SchoolDatabase, settings_for


def test_all_is_well_when_database_and_redis_answer(web: Flask) -> None:
    answer = web.test_client().get("/healthz")

    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize("away", ["database", "redis"])
def test_it_says_so_when_one_is_away(database: SchoolDatabase, redis_url: str, tmp_path: Path, away: str) -> None:
    if away == "database":
        database = SchoolDatabase("away", database.owner_url, "postgresql://nobody@127.0.0.1:1/nothing")
    app = create_app(settings_for(database, redis_url if away == "database" else "redis://127.0.0.1:1/", tmp_path))

    answer = app.test_client().get("/healthz")
    resources(app).close()

    assert (answer.status_code, answer.json) == (503, {"status": "unavailable"})


def test_figures_are_for_this_machine_and_for_the_token(
    database: SchoolDatabase, redis_url: str, tmp_path: Path
) -> None:
    app = create_app(settings_for(database, redis_url, tmp_path, METRICS_TOKEN="a token for figures"))
    client = app.test_client()
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}

    here = client.get("/metrics")
    refused = client.get("/metrics", environ_base=elsewhere)
    by_proxy = client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    wrong = client.get("/metrics", environ_base=elsewhere, headers={"Authorization": "Bearer a token"})
    shown = client.get("/metrics", environ_base=elsewhere, headers={"Authorization": "Bearer a token for figures"})
    resources(app).close()

    assert (refused.status_code, by_proxy.status_code, wrong.status_code) == (403, 403, 403)
    assert (here.status_code, shown.status_code) == (200, 200)
    assert 'zvonok_requests_total{endpoint="health.figures",method="GET",status="200"}' in shown.text
    assert "zvonok_sms_oldest_queued_seconds 0.0" in shown.text
