"""A page of the console costs a handful of statements, however much waits; the front page's figures are right."""

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.console.school import STATES, TwoSchools, a_message, a_part, a_session
from tests.web_support import Browser, Statements

MOST = {
    "/console/": 10,
    "/console/figures": 10,
    "/console/outbox/": 8,
    "/console/outbox/?state=queued&page_size=100": 8,
    "/console/uncertain/": 8,
    "/console/inbound/": 7,
    "/console/links/": 8,
    "/console/jobs/": 4,
    "/console/prefixes/": 5,
}


@pytest.fixture
def a_bad_evening(engine: Engine, schools: TwoSchools) -> TwoSchools:
    """400 wait, 30 are uncertain, the link is down."""
    with transaction(engine, SEEDER) as session:
        session.add_all(a_message(schools.own, "queued") for _ in range(400))
        session.add_all(a_message(schools.own, "uncertain", link_id=schools.link) for _ in range(30))
        session.add_all(a_session(schools.own, schools.link, gateway=number, state="down") for number in (1, 2, 3))
        session.add_all(a_part(schools.by_state["delivered"], schools.link, number=number) for number in range(1, 9))
    return schools


@pytest.mark.parametrize("path", MOST)
def test_a_page_takes_few_statements(web: Flask, operator: Browser, a_bad_evening: TwoSchools, path: str) -> None:
    with Statements(web) as said:
        assert operator.get(path).status_code == 200

    assert len(said) <= MOST[path], said


def test_one_message_takes_few_statements(web: Flask, operator: Browser, a_bad_evening: TwoSchools) -> None:
    with Statements(web) as said:
        operator.get(f"/console/outbox/details/?id={a_bad_evening.by_state['delivered']}")

    assert len(said) <= 8, said


def test_four_hundred_are_cancelled_in_few_statements(web: Flask, operator: Browser, a_bad_evening: TwoSchools) -> None:
    operator.get("/console/outbox/?state=queued")
    shown = operator.post("/console/outbox/action/?state=queued", {"action": "cancel", "whole": "yes"}).text
    ids = shown.split('name="rowid" value="')[1].split('"')[0]

    with Statements(web) as said:
        operator.post("/console/outbox/action/", {"action": "cancel", "rowid": ids, "sure": "yes"})

    assert "401 сообщение отменено" in operator.get("/console/outbox/").text
    assert len(said) <= 8, said


def test_the_front_page_tells_the_evening(operator: Browser, a_bad_evening: TwoSchools) -> None:
    told = operator.get("/console/").text

    assert "соединения с оператором связи нет" in told
    assert "не работает" in told  # a word, not only a colour
    assert "Судьба 31 сообщения неясна" in told
    for state in STATES:
        assert f"state={state}&amp;kind=digest" in told


def test_prefixes_tell_shares_and_medians(operator: Browser, engine: Engine, schools: TwoSchools) -> None:
    with transaction(engine, SEEDER) as session:
        for state, count in (("delivered", 9), ("undeliverable", 1)):
            for _ in range(count):
                row = a_message(schools.own, state, phone="+79161234567", link_id=schools.link)
                row.done_at = row.submitted_at.replace(microsecond=0)
                session.add(row)

    told = operator.get("/console/prefixes/?days=1&digits=4").text

    assert "+7916…" in told
    assert "90 %" in told
    assert "слишком мало" in told  # of the other beginning
