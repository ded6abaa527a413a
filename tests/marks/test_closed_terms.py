"""A closed term opens only by the head's recorded unlock, for a time; families read what was changed, but no typo."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, text

from app.models import Revision, Staff, Term, TermUnlock
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import AROUND, MadeSchool, a_mark, account
from tests.marks.conftest import Put
from tests.web_support import Api, Browser, Statements


def close_term(engine: Engine, made: MadeSchool) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(Term, made.term.id).closed = True


def in_days(days: float) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M}"


def test_the_head_opens_a_closed_term_for_a_time_and_it_is_told_in_the_chain(
    engine: Engine, made: MadeSchool, put: Put, teacher: Api, browser: Callable[[str], Browser], secretary: Api
) -> None:
    mark = put(a_mark(made, value="2", work_type_id=made.answer.id, given_on=made.own_lesson.date))
    close_term(engine, made)
    change = {"value": "4", "change_reason": "работа переписана"}
    assert teacher.put(f"/api/v1/mark/{mark.id}", json=change).status_code == 403
    head = browser("head")
    assert secretary.put(f"/api/v1/term/{made.term.id}", json={"closed": False}).status_code == 403
    reopened = head.api("PUT", f"/api/v1/term/{made.term.id}", json={"closed": False})
    assert (reopened.status_code, list(reopened.json["message"])) == (422, ["closed"])  # type: ignore[index]
    assert browser("teacher").get("/unlocks/").status_code == 403

    form = {"term": made.term.id, "school_class": made.class_5b.id, "closes_at": in_days(1), "reason": "апелляция"}
    head.get("/unlocks/")
    with engine.begin() as connection:  # the password was given long ago
        connection.execute(text("UPDATE web_session SET proved_at = now() - interval '1 day'"))
    asked = head.post("/unlocks/", form)
    assert (asked.status_code, "proof_password" in asked.text) == (403, True)
    for wrong, field in (
        ({"reason": " "}, "reason"),
        ({"closes_at": in_days(-1)}, "closes_at"),
        ({"closes_at": in_days(90)}, "closes_at"),
        ({"term": "7000"}, "term"),
        ({"staff": "x"}, "staff"),
        ({"closes_at": "9999-12-31T23:59"}, "closes_at"),
    ):
        answer = head.post("/unlocks/", {**form, **wrong, "proof_password": "a password for tests"})
        assert answer.status_code == 422, wrong
        assert re.search(rf'id="{field}-error"', answer.text), wrong
    assert head.post("/unlocks/", form).status_code == 303
    assert teacher.put(f"/api/v1/mark/{mark.id}", json=change).status_code == 403  # another class

    assert (
        head.post("/unlocks/", form | {"school_class": made.class_5a.id, "staff": made.teacher.id}).status_code == 303
    )
    assert "5А" in browser("teacher").get("/term-marks/").text.split('id="opened"')[1][:400]
    assert teacher.put(f"/api/v1/mark/{mark.id}", json={"value": "4"}).status_code == 422  # always with its reason
    assert teacher.put(f"/api/v1/mark/{mark.id}", json=change).status_code == 200
    with transaction(engine, SEEDER) as session:
        unlock = session.scalars(select(TermUnlock).order_by(TermUnlock.id.desc())).first()
        assert unlock is not None
        links = select(Revision.action).where(Revision.record == "term_unlock", Revision.record_id == unlock.id)
        assert session.scalars(links, execution_options=AROUND).all() == ["added"]
    assert head.post(f"/unlocks/{unlock.id}/close").status_code == 303
    assert teacher.put(f"/api/v1/mark/{mark.id}", json=change | {"value": "5"}).status_code == 403
    assert head.post(f"/unlocks/{unlock.id}/close").status_code == 404
    assert head.post("/unlocks/900000001/close").status_code == 404


def test_families_read_what_was_changed_and_no_typo(
    engine: Engine, app: object, made: MadeSchool, setting: Callable[[str, str], None], teacher: Api, mother: Api,
    browser: Callable[[str], Browser],
) -> None:  # fmt: skip
    setting("hold_back_minutes", "30")
    body = {"lesson": made.own_lesson.id, "student": made.anna.id}
    typo = teacher.post("/api/v1/mark/", json=body | {"value": "3"}).json["id"]  # type: ignore[index]
    teacher.put(f"/api/v1/mark/{typo}", json={"value": "5"})
    changed = teacher.post("/api/v1/mark/", json=body | {"value": "2"}).json["id"]  # type: ignore[index]
    setting("hold_back_minutes", "0")  # as if a day lay between
    teacher.put(f"/api/v1/mark/{changed}", json={"value": "4"})
    family = browser("mother")
    assert "исправлено с 2 на 4" in family.get(f"/records/mark/{changed}").text
    assert "исправлено с 2 на 4" in family.get(f"/diary/{made.anna.id}?week={made.own_lesson.date}").text

    setting("hold_back_minutes", "30")
    assert "исправлено" not in family.get(f"/records/mark/{typo}").text
    (told,) = mother.get(f"/api/v1/mark/{typo}/history").json["result"]  # type: ignore[index]
    assert (told["action"], told["changes"]["value"]) == ("added", {"old": None, "new": "5"})
    assert len(teacher.get(f"/api/v1/mark/{typo}/history").json["result"]) == 2  # type: ignore[index]
    setting("hold_back_minutes", "0")
    with Statements(family.app) as said:
        listed = family.get("/records/mark/").text
    assert "исправлено с 2 на 4" in listed
    assert sum("FROM revision JOIN revision_value" in " ".join(one.split()) for one in said) == 1


def test_it_was_not_me_ends_that_session_and_is_told(
    engine: Engine, made: MadeSchool, browser: Callable[[str], Browser], api: Callable[[str], Api]
) -> None:
    thief, owner, other = browser("teacher"), browser("teacher"), browser("other_teacher")
    given = {"lesson": made.own_lesson.id, "student": made.anna.id, "value": "2"}
    made_by_thief = thief.api("POST", "/api/v1/mark/", json=given).json["id"]  # type: ignore[index]
    gone = owner.api("POST", "/api/v1/mark/", json=given | {"value": "3"}).json["id"]  # type: ignore[index]
    owner.api("DELETE", f"/api/v1/mark/{gone}")
    with Statements(owner.app) as said:
        shown = owner.get("/changes/")
    assert sum("revision" in one for one in said) == 2
    assert shown.text.count("Ёлкина Анна</b>") == 3  # a mark that is gone stays in sight
    assert len(said) <= 8
    number = re.findall(r"/changes/(\d+)/not-me", shown.text)[-1]
    assert other.post(f"/changes/{number}/not-me").status_code == 404  # not under their name
    assert browser("mother").get("/changes/").status_code == 403

    assert owner.post(f"/changes/{number}/not-me").status_code == 303
    assert thief.get("/changes/").status_code == 302  # signed out
    assert owner.get("/changes/").status_code == 200
    assert owner.post(f"/changes/{number}/not-me").status_code == 303  # twice is once
    with engine.begin() as connection:
        incidents = connection.execute(text("SELECT id, about, person, school_id FROM incident")).all()
        mails = connection.execute(text("SELECT address, body FROM mail_message WHERE kind = 'incident'")).all()
    assert [one.person for one in incidents] == ["Иванова Ольга"]
    assert [one.address for one in mails] == ["head@school.invalid"]
    assert "5А" in incidents[0].about
    assert "Ёлкина" not in incidents[0].about + mails[0].body
    head = browser("head")
    with transaction(engine, SEEDER) as session:
        number = account(session, "admin", "school administrator")
        session.add(Staff(school_id=made.school.id, surname="Сетевой", given_name="Олег", user_id=number))
    admin = browser("admin")
    assert f"/records/incident/{incidents[0].id}" in admin.get("/").text
    settled = head.api("PUT", f"/api/v1/incident/{incidents[0].id}", json={"state": "closed", "note": "сосед"})
    assert settled.status_code == 200
    assert f"/records/incident/{incidents[0].id}" not in admin.get("/").text
    assert made_by_thief
