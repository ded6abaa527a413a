"""Links: changed in the list by whoever may write them, paused and resumed, tried by a test."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.console.school import TwoSchools, a_session, asked
from tests.support import SchoolDatabase
from tests.web_support import Browser, add_account, client_for

LINK = 'SELECT priority, weight, rate, "window", paused, version FROM sms_link WHERE id = %s'


def change(browser: Browser, link: int, **values: object):
    browser.get("/console/links/")
    return browser.post("/console/links/ajax/update/", {"list_form_pk": link, **values})


def test_a_line_is_changed_in_the_list(operator: Browser, database: SchoolDatabase, schools: TwoSchools) -> None:
    answer = change(operator, schools.link, priority="2", weight="3", rate="30", window="10", version="1")

    assert answer.status_code == 303
    assert asked(database, LINK, schools.link) == [(2, 3, 30, 10, False, 2)]
    told = operator.get(f"/records/sms_link/{schools.link}/history").text
    assert "Приоритет" in told


@pytest.mark.parametrize("value", ["0", "101", "-1", "x", "", "1e2", "٣", "9" * 40, "1.5"])
def test_a_wrong_figure_is_told_and_not_saved(
    operator: Browser, database: SchoolDatabase, schools: TwoSchools, value: str
) -> None:
    assert change(operator, schools.link, priority=value).status_code == 303

    assert "Приоритет:" in operator.get("/console/links/").text
    assert asked(database, LINK, schools.link)[0][0] == 1


def test_what_the_settings_say_of_their_link_is_not_changed_here(
    operator: Browser, database: SchoolDatabase, schools: TwoSchools
) -> None:
    asked(database, "UPDATE sms_link SET from_settings = true WHERE id = %s RETURNING id", schools.link)

    change(operator, schools.link, rate="30")
    told = operator.get("/console/links/").text
    change(operator, schools.link, priority="2")

    assert "ZVONOK_SMSC_URL" in told
    assert asked(database, "SELECT rate, priority FROM sms_link WHERE id = %s", schools.link) == [(0, 2)]


@pytest.mark.parametrize("host", ["sms..operator.ru", "a b", "-x.ru", "x" * 64 + ".ru", "почта"])
def test_a_host_that_is_none_is_told_by_its_field(operator: Browser, schools: TwoSchools, host: str) -> None:
    operator.get(f"/records/sms_link/{schools.link}/edit")

    answer = operator.api("PUT", f"/api/v1/sms_link/{schools.link}", json={"host": host})

    assert answer.status_code == 422
    assert answer.json is not None and list(answer.json["message"]) == ["host"]


def test_a_line_that_was_changed_meanwhile_is_a_conflict(
    operator: Browser, database: SchoolDatabase, schools: TwoSchools
) -> None:
    change(operator, schools.link, priority="2", version="1")

    assert change(operator, schools.link, priority="3", version="1").status_code == 409
    assert asked(database, LINK, schools.link)[0][0] == 2


def test_other_columns_are_not_reached_by_it(operator: Browser, database: SchoolDatabase, schools: TwoSchools) -> None:
    change(operator, schools.link, host="evil.example", password="x", priority="2")

    assert asked(database, "SELECT host, password FROM sms_link WHERE id = %s", schools.link) == [("127.0.0.1", "")]


def test_who_may_act_but_not_write_links_changes_none(
    web: Flask, database: SchoolDatabase, schools: TwoSchools
) -> None:
    add_account(
        database, "actor", [("can_read", "console"), ("can_write", "console"), ("can_see", "breadth.all_schools")]
    )
    actor = client_for(web, "actor")

    assert "data-inline" not in actor.get("/console/links/").text
    assert change(actor, schools.link, priority="2").status_code == 403
    assert actor.post("/console/links/action/", {"action": "pause", "rowid": schools.link}).status_code == 403
    assert asked(database, LINK, schools.link)[0][0] == 1


def test_a_link_is_paused_and_resumed(operator: Browser, database: SchoolDatabase, schools: TwoSchools) -> None:
    operator.get("/console/links/")
    operator.post("/console/links/action/", {"action": "pause", "rowid": schools.link, "url": "/console/links/"})

    told = operator.get("/console/links/").text
    assert asked(database, LINK, schools.link)[0][4] is True
    assert "Приостановлен" in told and "Возобновить" in told

    operator.post("/console/links/action/", {"action": "resume", "rowid": schools.link})
    assert asked(database, LINK, schools.link)[0][4] is False


def test_a_test_goes_by_one_link_only(operator: Browser, database: SchoolDatabase, schools: TwoSchools) -> None:
    operator.get(f"/console/links/details/?id={schools.link}")

    answer = operator.post(
        "/console/links/test/", {"id": schools.link, "phone": "8 (999) 123-45-67", "text": " Проверка связи "}
    )

    assert answer.status_code == 303
    found = asked(
        database,
        "SELECT phone, body, kind, state, parts, school_id, expires_at BETWEEN now() AND now() + interval '10 minutes'"
        " FROM sms_message WHERE only_link_id = %s",
        schools.link,
    )
    assert found == [("+79991234567", "Проверка связи", "reply", "queued", 1, schools.own.school.id, True)]
    assert "только по каналу Наш" in operator.get(answer.headers["Location"]).text


def test_a_test_that_is_sent_twice_goes_once(operator: Browser, database: SchoolDatabase, schools: TwoSchools) -> None:
    operator.get(f"/console/links/details/?id={schools.link}")
    form = {"id": schools.link, "phone": "+79991234567", "text": "а", "request_key": "one-time-key"}

    places = {operator.post("/console/links/test/", form).headers["Location"] for _ in range(2)}

    assert len(places) == 1
    assert asked(database, "SELECT count(*) FROM sms_message WHERE only_link_id IS NOT NULL") == [(1,)]


@pytest.mark.parametrize(
    ("phone", "text"),
    [("", "a"), ("112", "a"), ("+79991234567", ""), ("+79991234567", "x" * 481), ("+79991234567", "a\x00b"), ("x", "")],
)
def test_a_wrong_test_keeps_what_was_typed(
    operator: Browser, database: SchoolDatabase, schools: TwoSchools, phone: str, text: str
) -> None:
    operator.get(f"/console/links/details/?id={schools.link}")

    answer = operator.post("/console/links/test/", {"id": schools.link, "phone": phone, "text": text})

    assert answer.status_code == 422
    assert 'class="wrong"' in answer.text
    assert asked(database, "SELECT count(*) FROM sms_message WHERE only_link_id IS NOT NULL") == [(0,)]


def test_each_gateway_is_told_with_its_figures(operator: Browser, engine: Engine, schools: TwoSchools) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    with transaction(engine, SEEDER) as session:
        session.add_all(
            [
                a_session(
                    schools.own, schools.link, in_flight=3, rate=12.5, submitted=418, refused=7, answer_seconds=0.084
                ),
                a_session(schools.own, schools.link, gateway=2, heartbeat_at=long_ago),
                a_session(schools.foreign, schools.foreign_link, in_flight=44),
            ]
        )

    for path in ("/console/", f"/console/links/details/?id={schools.link}"):
        told = operator.get(path).text
        for words in ("12,5", "418", "84 мс", "5 мин назад"):
            assert words in told
        assert "окно 44" not in told and "44 /" not in told


def test_a_school_without_a_link_is_told_what_to_do(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "lonely", [("can_read", "console"), ("can_see", "breadth.my_school")])
    lonely = client_for(web, "lonely")

    assert "Каналов СМС ещё нет" in lonely.get("/console/links/").text
    assert "Каналов СМС ещё нет" in lonely.get("/console/").text
    assert "Ещё ничего не составлено" in lonely.get("/console/outbox/").text
    assert "Делать здесь нечего" in lonely.get("/console/uncertain/").text
    assert "Школе ещё никто не писал" in lonely.get("/console/inbound/").text
    assert "ничего не отправлено" in lonely.get("/console/prefixes/").text
