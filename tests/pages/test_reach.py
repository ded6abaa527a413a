"""How far an administrator reaches: accounts and roles of the own school, on record, no more rights in silence."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.models import Guardian, Guardianship, Student
from app.records import ALL
from app.session.actors import SEEDER
from app.session.engine import install, transaction
from app.web.resources import resources
from tests.factories import PASSWORD, MadeSchool, a_school, account
from tests.pristine import Pristine
from tests.support import SchoolDatabase
from tests.web.people import an_administrator, ask, execute
from tests.web_support import Browser, client_for

READS_MARKS, ALL_SCHOOLS = "can_read mark", "can_see breadth.all_schools"


@pytest.fixture
def engine(web: Flask) -> Engine:
    return resources(web).engine


@pytest.fixture
def school(engine: Engine, first_state: Pristine) -> MadeSchool:
    install(ALL)
    return first_state.lay("a school with an administrator", lambda: _administered(a_school(engine), engine))


def _administered(school: MadeSchool, engine: Engine) -> MadeSchool:
    an_administrator(engine, school, "admin")
    return school


@pytest.fixture
def admin(web: Flask, school: MadeSchool) -> Browser:
    return client_for(web, "admin", PASSWORD)


@pytest.fixture
def other_school(engine: Engine, school: MadeSchool) -> MadeSchool:
    return a_school(engine, "Школа № 2", prefix="second_")


@pytest.fixture
def key(database: SchoolDatabase) -> Callable[[str], str]:
    """`key("can_read mark")`: the right's number on the page of a role."""

    def found(right: str) -> str:
        [(number,)] = ask(
            database,
            "SELECT pv.id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id "
            "JOIN ab_view_menu v ON v.id = pv.view_menu_id WHERE p.name || ' ' || v.name = %s",
            right,
        )
        return str(number)

    return found


def user(database: SchoolDatabase, login: str) -> int:
    [(number,)] = ask(database, "SELECT id FROM ab_user WHERE username = %s", login)
    return int(number)


def role(database: SchoolDatabase, name: str) -> int:
    [(number,)] = ask(database, "SELECT id FROM ab_role WHERE name = %s", name)
    return int(number)


def rights_of(database: SchoolDatabase, name: str) -> list[str]:
    found = ask(
        database,
        "SELECT permission_view_id::text FROM ab_permission_view_role x JOIN ab_role r ON r.id = x.role_id "
        "WHERE r.name = %s",
        name,
    )
    return [one for (one,) in found]


def form_of(login: str, **changes: Any) -> dict[str, Any]:
    return {"last_name": "Орлова", "first_name": "Ольга", "username": login, "password": "", "active": "y", **changes}


def test_a_foreign_account_is_like_an_unknown_one_at_every_door(
    database: SchoolDatabase, admin: Browser, other_school: MadeSchool
) -> None:
    listed = "".join(admin.get(f"/accounts/?page={page}").text for page in (1, 2))
    assert "second_" not in listed
    assert {"head", "teacher", "mother", "anna", "admin"} <= set(listed.replace("<", ">").split(">"))
    assert "second_" not in admin.get("/accounts/?q=second").text
    for login in ("second_head", "second_teacher", "second_mother", "second_anna"):
        foreign = user(database, login)
        for path in ("", "/rights"):
            assert admin.get(f"/accounts/{foreign}{path}").status_code == 404
        for act in ("", "/sign-out", "/one-time-password", "/second-factor"):
            answer = admin.post(f"/accounts/{foreign}{act}", form_of(login))
            unknown = admin.post(f"/accounts/999999{act}", form_of(login))
            assert (answer.status_code, answer.text) == (404, unknown.text)
    assert ask(database, "SELECT count(*) FROM account_event WHERE kind <> 'new_device'") == [(0,)]


def test_an_account_of_two_schools_is_shown_and_only_its_sessions_are_ended(
    web: Flask, database: SchoolDatabase, admin: Browser, engine: Engine, school: MadeSchool, other_school: MadeSchool
) -> None:
    with transaction(engine, SEEDER) as session:
        there = session.get_one(Guardian, other_school.father.id)
        child = Student(school_id=other_school.school.id, surname="Ёлкин", given_name="Лев")
        same = Guardian(school_id=other_school.school.id, surname="Ёлкина", given_name="Мария")
        same.user_id = session.get_one(Guardian, school.mother.id).user_id
        session.add_all([child, same, there])
        session.flush()
        session.add(Guardianship(guardian=same, student=child))
    mother = user(database, "mother")
    at_home = client_for(web, "mother", PASSWORD)

    page = admin.get(f"/accounts/{mother}")
    assert (page.status_code, "и к другой школе" in page.text, 'name="username"' in page.text) == (200, True, False)
    assert "Лев" not in admin.get(f"/accounts/{mother}/rights").text
    for act in ("", "/one-time-password", "/second-factor"):
        assert admin.post(f"/accounts/{mother}{act}", form_of("mother")).status_code == 403
    assert at_home.get("/").status_code == 200
    assert admin.post(f"/accounts/{mother}/sign-out").status_code == 303
    assert at_home.get("/").status_code == 302


def test_who_is_of_no_school_is_the_makers_while_there_are_two_schools(
    web: Flask, engine: Engine, database: SchoolDatabase, admin: Browser, school: MadeSchool
) -> None:
    with transaction(engine, SEEDER) as session:
        account(session, "stray", "teacher")
    assert "stray" in admin.get("/accounts/").text  # one school: whose else could it be
    a_school(engine, "Школа № 2", prefix="second_")
    an_administrator(engine, school, "colleague")
    assert "stray" not in admin.get("/accounts/").text

    admin.get("/accounts/add")
    assert admin.post("/accounts/add", form_of("nina", password="верблюд рисует снег")).status_code == 303
    assert "nina" in admin.get("/accounts/").text
    assert "nina" not in client_for(web, "colleague", PASSWORD).get("/accounts/").text


def test_nobody_gives_further_than_they_see(
    database: SchoolDatabase, admin: Browser, key: Callable[[str], str], engine: Engine
) -> None:
    with transaction(engine, SEEDER) as session:
        account(session, "official", "authority")
    page = admin.get("/roles/add").text
    assert f'value="{key(ALL_SCHOOLS)}"' not in page
    assert admin.post("/roles/add", {"name": "всё", "grant": [key(ALL_SCHOOLS)]}).status_code == 303
    assert ask(
        database,
        "SELECT count(*) FROM ab_permission_view_role x JOIN ab_role r ON r.id = x.role_id WHERE r.name = 'всё'",
    ) == [(0,)]

    authority, official = role(database, "authority"), user(database, "official")
    locked = admin.get(f"/roles/{authority}").text
    assert "выходит за пределы вашей школы" in locked
    assert ">Сохранить<" not in locked
    assert admin.post(f"/roles/{authority}", {"name": "authority", "grant": []}).status_code == 403
    assert admin.post(f"/roles/{authority}/delete").status_code == 403
    assert admin.post(f"/accounts/{user(database, 'head')}", form_of("head", roles=[authority])).status_code == 422
    assert admin.post(f"/accounts/{official}", form_of("official")).status_code == 403
    copied = admin.get(f"/roles/add?from={authority}").text
    assert 'aria-label="Школы: читает" checked' in " ".join(copied.split())
    assert f'value="{key(ALL_SCHOOLS)}"' not in copied


def test_a_role_that_another_school_uses_is_copied_and_not_changed(
    web: Flask, engine: Engine, database: SchoolDatabase, admin: Browser, other_school: MadeSchool
) -> None:
    teacher = role(database, "teacher")
    assert admin.post(f"/roles/{teacher}", {"name": "teacher", "grant": []}).status_code == 403
    an_administrator(engine, other_school, "second_admin")
    there = client_for(web, "second_admin", PASSWORD)
    there.get("/roles/add")
    assert there.post("/roles/add", {"name": "кружок", "grant": []}).status_code == 303
    assert "кружок" in there.get("/access/").text
    assert "кружок" not in admin.get("/access/").text
    assert 'aria-label="Отметки: пишет" checked' in admin.get(f"/roles/add?from={teacher}").text


def test_more_rights_for_oneself_are_told_to_the_head_and_on_record(
    web: Flask, database: SchoolDatabase, admin: Browser, key: Callable[[str], str], school: MadeSchool
) -> None:
    execute(database, "UPDATE staff SET email = 'head@school.example' WHERE surname = 'Орлова'")
    assert admin.get("/records/mark/").status_code == 403
    own = role(database, "school administrator")
    page = f"/roles/{own}"

    look = {"name": "school administrator", "grant": [*rights_of(database, "school administrator"), key(READS_MARKS)]}
    told = admin.post(page, {**look, "look": "1"})
    assert (told.status_code, "отметки" in told.text.split("role-said")[1].split("</section>")[0]) == (200, True)
    assert admin.get("/records/mark/").status_code == 403  # looked at only
    assert admin.post(page, look, follow_redirects=True).text.count("получили: Орлова Ольга.") == 1

    assert admin.get("/records/mark/").status_code == 200
    [(subject, body)] = ask(database, "SELECT subject, body FROM mail_message WHERE address = 'head@school.example'")
    assert "Изменены права" in subject
    assert "Админова Ада" in body
    history = client_for(web, "head", PASSWORD).get("/access/").text
    assert "роль изменена" in history
    assert "Админова Ада" in history
    assert "<ins>Отметки: читает</ins>" in history
    assert client_for(web, "teacher", PASSWORD).get("/access/").status_code == 403


def test_a_new_overseer_is_told_to_the_old_one_and_taken_over_accounts_too(
    database: SchoolDatabase, admin: Browser, school: MadeSchool
) -> None:
    execute(database, "UPDATE staff SET email = 'head@school.example' WHERE surname = 'Орлова'")
    admin.get("/accounts/add")
    second = form_of("second", last_name="Второв", password="верблюд рисует снег")
    plain = admin.post("/accounts/add", {**second, "username": "third", "roles": [role(database, "teacher")]})
    assert plain.status_code == 303
    assert ask(database, "SELECT count(*) FROM mail_message") == [(0,)]  # a teacher is no news

    assert admin.post("/accounts/add", {**second, "roles": [role(database, "head")]}).status_code == 303
    assert admin.post(f"/accounts/{user(database, 'head')}/one-time-password").status_code == 200
    head = user(database, "head")
    assert admin.post(f"/accounts/{head}", form_of("head", active="")).status_code == 303  # nobody left to tell?
    bodies = [body for (body,) in ask(database, "SELECT body FROM mail_message ORDER BY id")]
    assert "изменены у тех, кто следит за правами: Орлова Ольга" in bodies.pop()
    assert ["Второв Ольга" in bodies[0], "сделан новый пароль" in bodies[1], len(bodies)] == [True, True, 2]


def test_what_was_changed_stands_by_the_account_and_cannot_be_rewritten(
    database: SchoolDatabase, admin: Browser, school: MadeSchool
) -> None:
    teacher = user(database, "teacher")
    roles = [role(database, "head"), role(database, "teacher")]
    admin.get(f"/accounts/{teacher}")
    changed = form_of("teacher", last_name="Иванова-Петрова", email="i@school.example", roles=roles)

    assert admin.post(f"/accounts/{teacher}", changed).status_code == 303

    page = admin.get(f"/accounts/{teacher}").text
    for told in ("<del>Иванова</del> <ins>Иванова-Петрова</ins>", "<ins>директор</ins>", "кто: Админова Ада"):
        assert told in page, told
    assert "вход с нового устройства" not in page
    with pytest.raises(Exception, match="only grows"):
        execute(database, "UPDATE account_event SET changes = '{}'")


def test_nobody_shuts_themselves_out(database: SchoolDatabase, admin: Browser, school: MadeSchool) -> None:
    own, me = role(database, "school administrator"), user(database, "admin")

    assert "самому себе" in admin.post(f"/roles/{own}", {"name": "school administrator", "grant": []}).text
    answer = admin.post(f"/accounts/{me}", form_of("admin", roles=[role(database, "teacher")]))

    assert (answer.status_code, "самому себе" in answer.text) == (422, True)
    assert admin.get("/roles/").status_code == 200


def test_a_role_made_up_on_the_spot_works_at_once_and_goes_when_nobody_has_it(
    web: Flask, database: SchoolDatabase, admin: Browser, key: Callable[[str], str], school: MadeSchool
) -> None:
    secretary = client_for(web, "secretary", PASSWORD)
    assert secretary.get("/records/mark/").status_code == 403
    grants = [key(each) for each in (READS_MARKS, "can_see breadth.my_school", "can_read lesson")]
    admin.get("/roles/add")
    assert admin.post("/roles/add", {"name": "завуч", "grant": grants}).status_code == 303
    [made, old] = role(database, "завуч"), role(database, "secretary")
    page = f"/accounts/{user(database, 'secretary')}"
    admin.get(page)

    given = form_of("secretary", roles=[made, old])
    assert admin.post(page, given).status_code == 303
    assert secretary.get("/").status_code == 302  # other rights sign one out
    secretary = client_for(web, "secretary", PASSWORD)
    assert secretary.get("/records/mark/").status_code == 200
    assert secretary.api("GET", "/api/v1/mark/").status_code == 200
    assert 'href="/records/mark/"' in secretary.get("/").text

    held = admin.post(f"/roles/{made}/delete")
    assert (held.status_code, "всего: 1" in held.text) == (409, True)
    assert admin.post(f"/roles/{made}", {"name": "завуч", "grant": grants[1:]}).status_code == 303
    assert secretary.get("/records/mark/").status_code == 403  # in the same session, at the next page
    admin.post(page, {**given, "roles": [old]})
    assert admin.post(f"/roles/{made}/delete").status_code == 303
    assert admin.get(f"/roles/{made}").status_code == 404
    events = "SELECT kind FROM account_event WHERE about = 'завуч' ORDER BY id"
    assert ask(database, events) == [("role_made",), ("role_changed",), ("role_deleted",)]
    guardian = role(database, "guardian")
    with_session = admin.post(f"/roles/{guardian}", {"name": "мамы и папы", "grant": []})
    assert (with_session.status_code, "письма с кодами" in with_session.text) == (422, True)
