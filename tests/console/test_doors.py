"""Who comes in: nobody without an account, nobody without the permission, nobody to another school's rows."""

import re
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine

from app.models import SmsAlarm, SmsLink
from app.session.actors import SEEDER
from app.session.engine import transaction
from app.web.guard import policy_of
from tests.console.school import TwoSchools, a_message, states
from tests.support import SchoolDatabase
from tests.web_support import Browser

LISTS = ("/console/", "/console/outbox/", "/console/uncertain/", "/console/inbound/", "/console/links/")
PAGES = (*LISTS, "/console/figures", "/console/jobs/", "/console/prefixes/")
ACTS = (
    "/console/outbox/action/",
    "/console/uncertain/action/",
    "/console/links/action/",
    "/console/links/ajax/update/",
    "/console/links/test/",
    "/console/jobs/retry",
    "/console/jobs/drop",
    "/console/alarm",
)
OF_THE_LIBRARY = ("new/", "edit/", "delete/", "export/csv/", "ajax/lookup/")


def routes(web: Flask, method: str) -> set[str]:
    return {rule.rule for rule in web.url_map.iter_rules() if "/console" in rule.rule and method in rule.methods}


def test_these_are_all_routes_and_each_asks_for_a_permission(web: Flask) -> None:
    details = {f"/console/{name}/details/" for name in ("outbox", "uncertain", "inbound", "links")}

    assert routes(web, "GET") == {*PAGES, *details}
    assert routes(web, "POST") == set(ACTS)
    for rule in web.url_map.iter_rules():
        if "/console" in rule.rule:
            assert policy_of(web, rule.endpoint) == "permission"


@pytest.mark.parametrize("path", PAGES)
def test_strangers_are_sent_to_sign_in(web: Flask, path: str) -> None:
    answer = Browser(web).get(path)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


@pytest.mark.parametrize("person", ["teacher", "mother", "secretary", "class_teacher", "head"])
def test_who_has_no_permission_sees_no_page_and_no_line_of_the_menu(
    browser: Callable[[str], Browser], person: str
) -> None:
    somebody = browser(person)

    assert {somebody.get(path).status_code for path in PAGES} == {403}
    assert {somebody.post(path).status_code for path in ACTS} == {403}
    assert "/console/" not in somebody.get("/").text


def test_the_operator_finds_every_page_from_the_start(operator: Browser) -> None:
    start = operator.get("/").text

    for path in (*LISTS, "/console/jobs/", "/console/prefixes/"):
        assert f'href="{path}"' in start
        assert operator.get(path).status_code == 200
    assert 'href="/records/sms_message/"' not in start  # one outbox in the menu, not two


@pytest.mark.parametrize("path", ACTS)
def test_an_act_without_the_forms_token_is_refused(operator: Browser, path: str) -> None:
    operator.token = ""

    assert operator.post(path).status_code == 400


@pytest.mark.parametrize("path", ACTS)
def test_nothing_is_done_by_get(operator: Browser, path: str) -> None:
    assert operator.get(path).status_code == 405


@pytest.mark.parametrize("path", OF_THE_LIBRARY)
def test_what_the_library_brings_besides_is_not_there(operator: Browser, path: str) -> None:
    for table in ("outbox", "inbound", "links"):
        assert operator.get(f"/console/{table}/{path}").status_code == 404
        assert operator.post(f"/console/{table}/{path}").status_code == 404
    assert operator.get("/console/static/admin/js/actions.js").status_code == 404


def test_each_sees_the_own_schools_rows_only(
    browser: Callable[[str], Browser], operator: Browser, schools: TwoSchools
) -> None:
    other = browser("other_operator")

    for table, own, foreign in (
        ("outbox", schools.by_state["uncertain"], schools.foreign_message),
        ("uncertain", schools.by_state["uncertain"], schools.foreign_message),
        ("inbound", schools.inbound, schools.foreign_inbound),
        ("links", schools.link, schools.foreign_link),
    ):
        for reader, mine, strange in ((operator, own, foreign), (other, foreign, own)):
            listed = reader.get(f"/console/{table}/").text
            assert f"?id={mine}" in listed
            assert f'details/?id={strange}"' not in listed
            assert reader.get(f"/console/{table}/details/?id={mine}").status_code == 200
    assert "Чужой" not in operator.get("/console/").text
    assert "Чужой" not in operator.get("/console/prefixes/").text


def test_figures_count_the_own_school_only(browser: Callable[[str], Browser], schools: TwoSchools) -> None:
    told = browser("operator").get("/console/").text
    assert re.search(r'state=uncertain&amp;kind=digest&amp;since=[0-9-]{10}">1</a>', told)
    assert "kind=digest" in browser("other_operator").get("/console/figures").text
    assert browser("other_operator").get("/console/figures").text.count("kind=digest") == 1  # its one uncertain row


@pytest.mark.parametrize(
    "written", ["999999", "1,2", "-1", "0", "x", "", "1e3", "٣", "9" * 30, "1;select", "%00", "1 "]
)
def test_a_foreign_row_is_told_like_one_that_is_not(operator: Browser, schools: TwoSchools, written: str) -> None:
    for table, foreign in (
        ("outbox", schools.foreign_message),
        ("inbound", schools.foreign_inbound),
        ("links", schools.foreign_link),
    ):
        strange = operator.get(f"/console/{table}/details/?id={foreign}")
        nothing = operator.get(f"/console/{table}/details/?id={written}")
        assert (strange.status_code, nothing.status_code) == (404, 404)
        assert strange.text == nothing.text


def test_a_foreign_row_is_reached_by_no_act(operator: Browser, database: SchoolDatabase, schools: TwoSchools) -> None:
    before = states(database)
    operator.get("/console/outbox/")
    for act in ("send_again", "cancel"):
        told = operator.post(
            "/console/outbox/action/", {"action": act, "rowid": schools.foreign_message, "sure": "yes"}
        )
        assert told.status_code == 303

    for path, form in (
        ("action/", {"action": "pause", "rowid": schools.foreign_link}),
        ("ajax/update/", {"list_form_pk": schools.foreign_link, "priority": "9"}),
        ("test/", {"id": schools.foreign_link, "phone": "+79990000001", "text": "a"}),
    ):
        assert operator.post(f"/console/links/{path}", form).status_code == 404
    assert states(database) == before


def test_an_inbound_text_leads_to_what_was_sent_there_and_names_no_phone_in_the_address(
    operator: Browser, database: SchoolDatabase, schools: TwoSchools
) -> None:
    sent = schools.by_state["uncertain"]
    with psycopg.connect(database.owner_url) as connection:
        for inbound in (schools.inbound, schools.foreign_inbound):
            connection.execute(
                "UPDATE sms_inbound SET phone = (SELECT phone FROM sms_message WHERE id = %s) WHERE id = %s",
                (sent, inbound),
            )

    record = operator.get(f"/console/inbound/details/?id={schools.inbound}").text
    link = f"/console/outbox/?who_wrote={schools.inbound}"

    assert re.findall(r'href="(/console/outbox/\?[^"]*)"', record) == [link]
    assert f"details/?id={sent}" in operator.get(link).text
    for strange in (schools.foreign_inbound, 999_999, "x", "9" * 30):
        assert f"details/?id={sent}" not in operator.get(f"/console/outbox/?who_wrote={strange}").text


HOSTILE = (
    "page=-1", "page=99999999999999999999", "page=x", "page_size=100000", "page_size=-5", "sort=999", "sort=-1",
    "sort=x&desc=x", "state=nonsense", "state=' OR 1=1 --", "kind=%00", "phone=<script>", "phone=+7999%25",
    "link=999999999999999999", "link=x", "since=2026-13-45", "since=0001-01-01", "until=9999-12-31", "since=%F0%9F",
    "endpoint=x", "_external=1&_scheme=javascript&_anchor=x", "flt0_0=1", "search=%25&flt1_2=x", "url=//evil.example",
    "state=queued&state=delivered", "phone=" + "9" * 500,
)  # fmt: skip


@pytest.mark.parametrize("path", [*LISTS, "/console/prefixes/"])
def test_junk_in_an_address_breaks_nothing(operator: Browser, path: str) -> None:
    for query in HOSTILE:
        answer = operator.get(f"{path}?{query}")
        assert answer.status_code == 200
        assert "<script>" not in answer.text.replace('<script type="module"', "")
        assert "javascript:" not in answer.text
        assert "evil.example" not in answer.text


def test_the_newest_come_first_the_uncertain_oldest_first(
    operator: Browser, engine: Engine, schools: TwoSchools
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add_all(a_message(schools.own, "uncertain", attempts=number) for number in (3, 2))

    def listed(path: str) -> list[int]:
        return [int(key) for key in re.findall(r'name="rowid" value="(\d+)"', operator.get(path).text)]

    everything = listed("/console/outbox/")
    assert len(everything) == 12
    assert everything == sorted(everything, reverse=True)
    assert listed("/console/uncertain/") == sorted(listed("/console/uncertain/"))
    assert listed("/console/outbox/?sort=5&desc=1")[:2] == sorted(everything)[-2:]
    assert listed("/console/outbox/?sort=0") == sorted(everything)
    assert listed("/console/outbox/?phone=%2B799900&state=expired") == [schools.by_state["expired"]]
    assert listed("/console/outbox/?until=2020-01-01") == []
    assert listed(f"/console/outbox/?link={schools.foreign_link}") == []


def test_a_filter_that_cannot_be_read_shows_no_rows_and_is_marked(operator: Browser, schools: TwoSchools) -> None:
    told = operator.get("/console/outbox/?state=nonsense").text

    assert "?id=" not in told
    assert "Выберите из списка" in told


def test_hostile_texts_are_shown_as_text(operator: Browser, engine: Engine, schools: TwoSchools) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(a_message(schools.own, "queued", body="<img src=x onerror=alert(1)>{{7*7}}", error="<b>"))

    told = operator.get("/console/outbox/").text
    assert "<img src=x" not in told
    assert "&lt;img src=x" in told
    assert "<b>" not in told


def test_nothing_speaks_of_the_library(operator: Browser, schools: TwoSchools) -> None:
    for path in PAGES:
        told = operator.get(path).text
        for word in ("Flask", "flask", "admin/", "bootstrap4", "style=", "onclick", "jquery"):
            assert word not in told


def test_an_alarm_is_shown_to_its_school_until_its_operator_has_settled_it(
    engine: Engine, browser: Callable[[str], Browser], operator: Browser, schools: TwoSchools
) -> None:
    with transaction(engine, SEEDER) as session:
        link = session.get_one(SmsLink, schools.link)
        alarm = SmsAlarm(school_id=link.school_id, link_id=link.id, kind="undelivered", counted=100, good=3)
        session.add(alarm)
    said, other = "принял СМС: 100, а доставлено только 3", browser("other_operator")
    assert said in operator.get("/console/").text and said in operator.get("/console/figures").text
    assert said not in other.get("/console/").text
    for wrong in (str(alarm.id + 1), "x", "", "9" * 30):
        assert operator.post("/console/alarm", {"id": wrong}).status_code == 404
    assert other.post("/console/alarm", {"id": str(alarm.id)}).status_code == 404

    assert operator.post("/console/alarm", {"id": str(alarm.id)}).status_code == 303
    assert said not in operator.get("/console/").text
    with transaction(engine, SEEDER) as session:
        assert session.get_one(SmsAlarm, alarm.id).ended_by_id is not None
