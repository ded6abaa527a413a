"""What machines ask: /healthz and /metrics."""

from pathlib import Path

import psycopg
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


def test_figures_tell_how_the_sms_links_are(web: Flask, database: SchoolDatabase) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO school (name, short_name, timezone, version) VALUES ('School', 'Sch', 'UTC', 1)"
        )
        connection.execute(
            "INSERT INTO sms_link (school_id, name, host, port, tls, system_id, password, source, reply_to, "
            "\"window\", rate, from_settings, active, state, state_words, version) SELECT id, 'first', 'h', 1, "
            "false, '', '', '', '', 50, 0, false, true, 'bound', '', 1 FROM school"
        )
        connection.execute(
            'INSERT INTO sms_session (gateway, link_id, school_id, state, state_words, "window", in_flight, rate, '
            "submitted, refused, slow, answer_seconds) SELECT 1, id, school_id, 'bound', '', 50, 7, NULL, 120, 3, 0, "
            "0.25 FROM sms_link"
        )
        connection.execute(
            "INSERT INTO sms_message (school_id, phone, body, kind, priority, state, parts, attempts, expires_at, "
            "due_at, trace) SELECT id, '+79990000001', 'x', 'digest', 4, 'queued', 1, 0, now() + interval '1 day', "
            "now() + moment, '' FROM school, unnest(ARRAY[interval '-90 seconds', interval '1 hour']) AS moment"
        )

    told = web.test_client().get("/metrics").text

    for line in (
        'zvonok_sms_link_up{gateway="1",link="first"} 1.0',
        'zvonok_sms_link_in_flight{gateway="1",link="first"} 7.0',
        'zvonok_sms_link_refused_last_minute{gateway="1",link="first"} 3.0',
        'zvonok_sms_link_answer_seconds{gateway="1",link="first"} 0.25',
        'zvonok_sms_messages{state="queued"} 2.0',
        "zvonok_sms_inbound_waiting 0.0",
        "zvonok_notices_waiting 0.0",
        'zvonok_queue_jobs{queue="now"} 0.0',
    ):
        assert line in told.splitlines()
    assert "zvonok_sms_link_rate{" not in told
    (age,) = [line.split()[1] for line in told.splitlines() if line.startswith("zvonok_sms_oldest_queued_seconds")]
    assert 90 <= float(age) < 150


def test_figures_are_told_without_queues_where_redis_is_away(database: SchoolDatabase, tmp_path: Path) -> None:
    app = create_app(settings_for(database, "redis://127.0.0.1:1/", tmp_path))

    answer = app.test_client().get("/metrics")
    resources(app).close()

    assert answer.status_code == 200
    assert "zvonok_sms_oldest_queued_seconds 0.0" in answer.text
    assert "zvonok_queue_jobs" not in answer.text
