"""Send again and cancel: what is possible, what is refused, what is asked before, and never against the gateway."""

import threading
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine

from app.models import Notice, SmsDelivery, SmsError
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.console.school import TwoSchools, a_message, a_part, asked, states
from tests.support import SchoolDatabase
from tests.web_support import Browser, add_account, client_for

AGAIN = {"undeliverable", "expired", "rejected", "cancelled", "uncertain"}
CANCELS = {"queued", "uncertain"}


def act(browser: Browser, name: str, ids, sure: bool = True, **more: str):
    browser.get("/console/outbox/")
    form = {"action": name, "rowid": ids, "url": "/console/outbox/", **more}
    return browser.post("/console/outbox/action/", form | ({"sure": "yes"} if sure else {}))


def test_nothing_happens_before_one_agrees(operator: Browser, database: SchoolDatabase, schools: TwoSchools) -> None:
    before = states(database)

    told = act(operator, "send_again", list(schools.by_state.values()), sure=False)

    assert told.status_code == 200
    assert states(database) == before
    assert "5 сообщений сразу встанут в очередь снова" in told.text
    assert "5 останутся как есть" in told.text
    assert "может прийти на телефон дважды" in told.text


def test_what_failed_is_sent_again_and_the_rest_is_left_alone(
    operator: Browser, database: SchoolDatabase, schools: TwoSchools
) -> None:
    before = states(database)

    answer = act(operator, "send_again", list(schools.by_state.values()))

    assert answer.status_code == 303
    after = states(database)
    for state, key in schools.by_state.items():
        assert after[key] == ("queued" if state in AGAIN else before[key]), state
    rows = asked(
        database,
        "SELECT attempts, claimed_by, claimed_until, done_at, error, error_code, due_at <= now(),"
        " expires_at BETWEEN now() + interval '23 hours' AND now() + interval '25 hours'"
        " FROM sms_message WHERE id = ANY(%s)",
        [schools.by_state[state] for state in AGAIN],
    )
    assert set(rows) == {(1, None, None, None, None, None, True, True)}
    assert "5 сообщений снова в очереди. 5 не тронуто" in operator.get("/console/outbox/").text


def test_doing_it_twice_does_it_once(operator: Browser, database: SchoolDatabase, schools: TwoSchools) -> None:
    key = schools.by_state["expired"]
    act(operator, "send_again", key)
    first = asked(database, "SELECT state, due_at, expires_at FROM sms_message WHERE id = %s", key)

    assert act(operator, "send_again", key).status_code == 303

    assert asked(database, "SELECT state, due_at, expires_at FROM sms_message WHERE id = %s", key) == first


@pytest.mark.parametrize(
    ("kind", "hours"), [("reply", 2), ("code", 0), ("immediate", 12), ("weekly", 24), ("urgent", 24)]
)
def test_each_kind_has_its_own_life(
    operator: Browser, engine: Engine, database: SchoolDatabase, schools: TwoSchools, kind: str, hours: int
) -> None:
    with transaction(engine, SEEDER) as session:
        row = a_message(schools.own, "uncertain", kind=kind)
        session.add(row)
        session.flush()
        key = row.id

    act(operator, "send_again", key)

    found = asked(
        database,
        "SELECT state, round(extract(epoch FROM expires_at - now()) / 3600) FROM sms_message WHERE id = %s",
        key,
    )
    assert [(state, int(life)) for state, life in found] == [("queued", hours)]


def test_waiting_ones_are_cancelled_and_uncertain_ones_closed(
    operator: Browser, database: SchoolDatabase, schools: TwoSchools
) -> None:
    before = states(database)

    act(operator, "cancel", list(schools.by_state.values()))

    after = states(database)
    for state, key in schools.by_state.items():
        assert after[key] == ("cancelled" if state in CANCELS else before[key]), state
    errors = dict(
        asked(database, "SELECT id, error FROM sms_message WHERE state = 'cancelled' AND done_at IS NOT NULL")
    )
    assert errors == {
        schools.by_state["queued"]: "отменено оператором школы",
        schools.by_state["uncertain"]: "закрыто оператором школы; дошло ли, неизвестно",
    }
    operator.client.set_cookie("language", "en")
    assert "closed by the operator; whether it arrived is not known" in operator.get("/console/outbox/").text


def test_all_that_fit_the_filter_are_taken_without_ticking(
    operator: Browser, database: SchoolDatabase, schools: TwoSchools
) -> None:
    operator.get("/console/outbox/?state=expired")
    path = "/console/outbox/action/?state=expired"

    told = operator.post(path, {"action": "send_again", "whole": "yes", "url": "/console/outbox/?state=expired"})

    assert told.status_code == 200
    assert f'name="rowid" value="{schools.by_state["expired"]}"' in told.text
    nonsense = operator.post("/console/outbox/action/?state=nonsense", {"action": "cancel", "whole": "yes"})
    assert nonsense.status_code == 303  # a filter that cannot be read chooses nothing


@pytest.mark.parametrize("rowid", ["", "x", "1,x", "-1", "9" * 30])
def test_odd_choices_do_nothing(operator: Browser, database: SchoolDatabase, schools: TwoSchools, rowid: str) -> None:
    before = states(database)

    assert act(operator, "cancel", rowid).status_code in (303, 404)
    for name in ("no_such_act", "delete", "pause", ""):
        assert act(operator, name, schools.by_state["queued"]).status_code == 400
    assert states(database) == before


def test_nobody_is_sent_elsewhere_afterwards(operator: Browser, schools: TwoSchools) -> None:
    answer = act(operator, "cancel", schools.by_state["queued"], url="https://evil.example/")

    assert answer.headers["Location"] == "/"


def test_who_only_reads_is_offered_no_act(web: Flask, database: SchoolDatabase, schools: TwoSchools) -> None:
    add_account(database, "looker", [("can_read", "console"), ("can_see", "breadth.all_schools")])
    looker = client_for(web, "looker")

    for path in ("/console/outbox/", f"/console/outbox/details/?id={schools.by_state['queued']}", "/console/links/"):
        assert 'name="action"' not in looker.get(path).text
    assert act(looker, "cancel", schools.by_state["queued"]).status_code == 403
    assert states(database)[schools.by_state["queued"]] == "queued"


def test_a_row_that_the_gateway_takes_at_that_moment_stays_the_gateways(
    operator: Browser, database: SchoolDatabase, schools: TwoSchools
) -> None:
    key = schools.by_state["queued"]
    answers: list[int] = []
    operator.get("/console/outbox/")
    with psycopg.connect(database.owner_url) as gateway:
        gateway.execute("UPDATE sms_message SET state = 'claimed', claimed_by = 'gateway' WHERE id = %s", (key,))
        clerk = threading.Thread(target=lambda: answers.append(act(operator, "cancel", key).status_code))
        clerk.start()
        _until_somebody_waits(database)
        gateway.commit()
    clerk.join()

    assert answers == [303]
    assert asked(database, "SELECT state, claimed_by FROM sms_message WHERE id = %s", key) == [("claimed", "gateway")]


def _until_somebody_waits(database: SchoolDatabase) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while asked(database, waiting) == [(0,)]:
        pass


def test_the_gateway_is_woken(operator: Browser, database: SchoolDatabase, schools: TwoSchools) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as gateway:
        gateway.execute("LISTEN sms_queued")
        act(operator, "send_again", schools.by_state["expired"])
        assert len(list(gateway.notifies(timeout=5, stop_after=1))) == 1


def test_a_message_shows_each_attempt_in_words(operator: Browser, engine: Engine, schools: TwoSchools) -> None:
    key = schools.by_state["undeliverable"]
    with transaction(engine, SEEDER) as session:
        session.add_all(
            [
                a_part(key, schools.link, state="rejected", error_code=0x58, smsc_id=None),
                a_part(key, schools.link, attempt=2, state="rejected", error_code=0x500, smsc_id=None),
                a_part(key, schools.link, attempt=3, state="undeliverable", error_code=0x500),
                SmsError(
                    school_id=schools.own.school.id, link_id=schools.link, code=0x500, verdict="permanent",
                    words_ru="абонент в чёрном списке", words_en="on the black list",
                ),
            ]
        )  # fmt: skip

    told = operator.get(f"/console/outbox/details/?id={key}").text

    assert "превышена скорость, разрешённая оператором (0x58)" in told
    assert "абонент в чёрном списке (0x500)" in told
    assert "не доставлено на телефон (1280)" in told  # a receipt's number is no command_status
    assert "5eab8da5" in told


def test_a_message_says_of_what_it_tells_but_not_the_marks(
    operator: Browser, engine: Engine, schools: TwoSchools
) -> None:
    made, key = schools.own, schools.by_state["delivered"]
    with transaction(engine, SEEDER) as session:
        notice = Notice(school_id=made.school.id, record="mark", record_id=1, action="added", student_id=made.anna.id)
        session.add(notice)
        session.flush()
        session.add(
            SmsDelivery(
                school_id=made.school.id, notice_id=notice.id, guardian_id=made.mother.id, record="mark", record_id=1,
                kind="digest", state="told", due_at=notice.happened_at, sms_message_id=key, told="5-тайно",
            )
        )  # fmt: skip

    told = operator.get(f"/console/outbox/details/?id={key}").text

    assert "Отметки: 1" in told
    assert "5-тайно" not in told


def test_parts_of_a_foreign_message_are_not_shown(
    browser: Callable[[str], Browser], engine: Engine, schools: TwoSchools
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(a_part(schools.foreign_message, schools.foreign_link))

    assert browser("operator").get(f"/console/outbox/details/?id={schools.foreign_message}").status_code == 404
