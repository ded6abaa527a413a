"""The nightly check of the chain: kept, mailed to the head, and an incident where it is broken."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import Engine, text

from app.services.chain_checks import due_schools
from app.services.ledger import verify_all
from app.session.actors import AUDITOR, SEEDER
from app.session.engine import transaction
from config import Settings
from tests.factories import AROUND, PASSWORD, MadeSchool, a_mark, account, person
from tests.services.test_ledger import alter
from tests.support import SchoolDatabase
from tests.web_support import client_for
from workers.ledger import verify_chains


def asked(engine: Engine, query: str) -> list[Any]:
    with transaction(engine, SEEDER) as session:
        return [tuple(row) for row in session.execute(text(query), execution_options=AROUND)]


def a_day_passes(database: SchoolDatabase) -> None:
    alter(database, "UPDATE chain_check SET checked_at = checked_at - interval '1 day'")


def test_the_head_gets_the_end_of_the_chain_every_night_and_families_a_line(
    working: Settings, engine: Engine, made: MadeSchool, database: SchoolDatabase, web_app: Flask
) -> None:
    verify_chains()  # within minutes of the installation: nobody is written to
    assert asked(engine, "SELECT count(*) FROM mail_message") == [(0,)]
    a_day_passes(database)
    for _ in range(2):
        verify_chains()  # twice in a night is once

    _first, (number, digest, broken) = asked(
        engine, "SELECT number, encode(hash, 'hex'), broken FROM chain_check ORDER BY id"
    )
    assert [(number, digest)] == asked(engine, "SELECT number, encode(hash, 'hex') FROM chain_head")
    assert broken == 0
    ((address, kind, subject, body),) = asked(engine, "SELECT address, kind, subject, body FROM mail_message")
    assert (address, kind) == ("head@school.invalid", "chain")
    assert subject == f"История журнала цела: изменений {number}"
    assert f"{number}, {digest}" in body

    family = client_for(web_app, "mother", PASSWORD).get("/").text
    assert f"изменений {number}, без разрывов" in family
    assert client_for(web_app, "mother", PASSWORD).get("/chain/").status_code == 403
    page = client_for(web_app, "head", PASSWORD).get("/chain/").text
    assert digest in page
    assert "Ничего не пропало" in page

    a_day_passes(database)
    verify_chains()
    assert len(asked(engine, "SELECT id FROM chain_check")) == 3


def test_what_is_broken_is_an_incident_and_told_to_head_and_administrator_without_values(
    working: Settings, engine: Engine, made: MadeSchool, database: SchoolDatabase, web_app: Flask
) -> None:
    with transaction(engine, SEEDER) as session:
        user = account(session, "admin", "school administrator")
        session.execute(
            text("INSERT INTO staff (school_id, surname, given_name, patronymic, position, user_id, version) "
                 "VALUES (:school, 'А', 'Б', '', '', :user, 1)"),
            {"school": made.school.id, "user": user}, execution_options=AROUND,
        )  # fmt: skip
    with transaction(engine, person(engine, "teacher")) as session:
        mark = a_mark(made, value="2")
        session.add(mark)
    alter(database, f"UPDATE mark SET value = '5' WHERE id = {mark.id}", "DELETE FROM staff WHERE surname = 'None'")

    verify_chains()
    a_day_passes(database)
    verify_chains()

    assert asked(engine, "SELECT broken > 0 FROM chain_check") == [(True,), (True,)]
    incidents = asked(engine, "SELECT kind, state, about FROM incident")
    assert [(kind, state) for kind, state, _about in incidents] == [("chain", "open")], "one, however many nights"
    subjects = asked(engine, "SELECT subject FROM mail_message WHERE kind = 'chain'")
    assert [subject.startswith("История журнала нарушена") for (subject,) in subjects] == [True, True]
    told = asked(engine, "SELECT told FROM chain_check")[0][0]
    assert f"mark {mark.id}, value: not as the chain tells." in told
    assert "'5'" not in told
    for login in ("admin", "head"):
        at = client_for(web_app, login, PASSWORD)
        assert "/chain/" in at.get("/").text
        assert "не цела" in at.get("/").text, login
        assert f"mark {mark.id}" in at.get("/chain/").text, login
    assert "не цело" in client_for(web_app, "mother", PASSWORD).get("/").text


def test_an_end_that_was_cut_off_with_its_head_shows_beside_the_check_of_the_night_before(
    working: Settings, engine: Engine, made: MadeSchool, database: SchoolDatabase
) -> None:
    with transaction(engine, person(engine, "teacher")) as session:
        session.add(a_mark(made, value="2"))
    verify_chains()
    last = "(SELECT max(number) FROM revision)"
    alter(
        database,
        f"DELETE FROM revision_value WHERE revision_id IN (SELECT id FROM revision WHERE number = {last})",
        "DELETE FROM mark",
        f"UPDATE chain_head h SET number = r.number, hash = r.hash FROM revision r WHERE r.number = {last} - 1",
        f"DELETE FROM revision WHERE number = {last}",
    )

    (sentence,) = verify_all(working)
    assert "the end was cut off or written anew since" in sentence


def test_a_check_is_due_after_two_at_night_by_the_schools_clock(engine: Engine, made: MadeSchool) -> None:
    night = datetime(2026, 11, 20, 23, tzinfo=UTC)  # 2:00 in Moscow
    checked = (
        "INSERT INTO chain_check (school_id, checked_at, number, hash, broken, told) VALUES (:id, :at, 0, '', 0, '')"
    )

    def due(now: datetime) -> list[int]:
        with transaction(engine, AUDITOR) as session:
            return due_schools(session, now)

    assert due(night) == [made.school.id]
    with transaction(engine, SEEDER) as session:
        given = {"id": made.school.id, "at": night + timedelta(minutes=5)}
        session.execute(text(checked), given, execution_options=AROUND)
    assert due(night + timedelta(hours=20)) == []
    assert due(night + timedelta(days=1, minutes=-1)) == []
    assert due(night + timedelta(days=1)) == [made.school.id]
