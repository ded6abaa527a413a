"""What may this person see and do, and why; who sees this child: told as the doors themselves answer."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, text

from app.models import Guardian, Guardianship, Mark, Staff, Student
from app.records import ALL
from app.session.actors import SEEDER
from app.session.engine import install, transaction
from app.web.resources import resources
from tests.factories import AROUND, PASSWORD, MadeSchool, a_mark, a_school, account
from tests.pristine import Pristine
from tests.support import SchoolDatabase
from tests.web.people import ask
from tests.web_support import Browser, Statements, client_for

PEOPLE = ("admin", "head", "secretary", "teacher", "other_teacher", "class_teacher", "mother", "father", "anna")
YES, NO = "Да, видит", "Нет, не видит"


@pytest.fixture
def engine(web: Flask) -> Engine:
    return resources(web).engine


@pytest.fixture
def school(engine: Engine, first_state: Pristine) -> MadeSchool:
    install(ALL)
    name = "a school with an administrator and a mark"
    return first_state.lay(name, lambda: _with_administrator(a_school(engine), engine))


def _with_administrator(made: MadeSchool, engine: Engine) -> MadeSchool:
    with transaction(engine, SEEDER) as session:
        user_id = account(session, "admin", "school administrator", "Ада Админова")
        session.add(Staff(school_id=made.school.id, surname="Админова", given_name="Ада", user_id=user_id))
        session.add(a_mark(made))
    return made


@pytest.fixture
def admin(web: Flask, school: MadeSchool) -> Browser:
    return client_for(web, "admin", PASSWORD)


def number_of(database: SchoolDatabase, login: str) -> int:
    [(found,)] = ask(database, "SELECT id FROM ab_user WHERE username = %s", login)
    return int(found)


def words(text: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", text).split())


def test_the_answer_is_that_of_the_doors_for_everybody(
    web: Flask, database: SchoolDatabase, admin: Browser, school: MadeSchool
) -> None:
    rows: dict[str, list[Any]] = {
        "student": [school.anna, school.boris],
        "guardian": [school.father],
        "lesson": [school.own_lesson],  # which the administrator does not read
    }
    for login in ("head", "secretary", "teacher", "class_teacher", "mother", "anna"):
        person, page = client_for(web, login, PASSWORD), f"/accounts/{number_of(database, login)}/rights"
        for name, these in rows.items():
            for row in these:
                told = admin.get(f"{page}?record={name}&number={row.id}").text
                opens = person.get(f"/records/{name}/{row.id}").status_code == 200
                if name == "lesson":
                    assert YES not in told
                    assert ("отдельных записях здесь не говорится" in told) is True
                    reads = person.get("/records/lesson/").status_code == 200
                    assert ("Ни одна роль этого человека не читает «Уроки»" in told) == (not reads)
                else:
                    assert ((YES in told), (NO in told)) == (opens, not opens), (login, name, row.id)


def test_the_reason_is_named(database: SchoolDatabase, admin: Browser, school: MadeSchool, engine: Engine) -> None:
    def told(login: str, record: str, number: int | str) -> str:
        page = admin.get(f"/accounts/{number_of(database, login)}/rights?record={record}&number={number}")
        assert page.status_code == 200
        return words(page.text)

    teacher = told("teacher", "student", school.anna.id)
    for word in (YES, "классы, в которых преподаёт", "по роли: учитель", "ведёт: Математика, 5А", "Изменить не может"):
        assert word in teacher, word
    assert "родитель или представитель: Ёлкина Анна" in told("mother", "student", school.anna.id)
    assert "Ничто из того, кем этот человек является в школе" in told("mother", "student", school.boris.id)
    assert "Ни одна роль этого человека не читает «Родители»" in told("teacher", "guardian", school.mother.id)
    assert "Было бы видно" in told("teacher", "student", school.boris.id)
    with transaction(engine, SEEDER) as session:
        tie = session.query(Guardianship).filter_by(student_id=school.anna.id).one()
        tie.barred = True
    barred = told("mother", "student", school.anna.id)
    assert NO in barred
    assert "запрещено судом" in barred
    for strange in ("999999", "x", "9" * 30, "-1", "\x00", "1 OR 1=1"):
        assert "Такой записи нет" in told("mother", "student", strange) or not strange.strip("\x00")
    assert told("mother", "no_such_record", 1)


def test_who_sees_a_child_is_told_to_the_class_teacher_and_to_whoever_oversees(
    web: Flask, database: SchoolDatabase, admin: Browser, school: MadeSchool, engine: Engine
) -> None:
    with transaction(engine, SEEDER) as session:
        shut = account(session, "closed", "head")
        session.add(Staff(school_id=school.school.id, surname="Закрытова", given_name="Зоя", user_id=shut))
        session.query(Guardian).filter_by(id=school.father.id).one()
    ask(database, "UPDATE ab_user SET active = false WHERE username = 'closed' RETURNING id")
    page = f"/students/{school.anna.id}/seen-by"

    shown = admin.get(page).text
    told = words(shown)
    names = {"Иванова": True, "Сидорова": True, "Орлова": True, "Лисина": True, "Петрова": False, "Закрытова": False}
    for name, is_there in names.items():
        assert (name in told) == is_there, name
    assert "родитель или представитель: Ёлкина Анна" in told
    for login in PEOPLE:
        person = client_for(web, login, PASSWORD)
        opens = person.get(f"/records/student/{school.anna.id}").status_code == 200
        assert (f"/accounts/{number_of(database, login)}/rights" in shown) == opens, login
        wanted = {"admin": 200, "head": 200, "class_teacher": 200}.get(login, 403)
        assert person.get(page).status_code == wanted, login
    leader = client_for(web, "class_teacher", PASSWORD)
    assert "/accounts/" not in leader.get(page).text
    assert f'href="{page}"' in leader.get(f"/records/student/{school.anna.id}").text
    strange, unknown = leader.get(f"/students/{school.boris.id}/seen-by"), leader.get("/students/999999/seen-by")
    assert (strange.status_code, strange.text) == (404, unknown.text)


def test_a_page_of_many_accounts_asks_one_statement_for_each(web: Flask, admin: Browser, school: MadeSchool) -> None:
    page = f"/students/{school.anna.id}/seen-by"
    admin.get(page)
    with Statements(web) as said:
        assert admin.get(page).status_code == 200

    assert len(said) <= 14 + 8  # who could be one, whose keys are loaded one by one
    with transaction(resources(web).engine, SEEDER) as session:
        assert session.query(Mark).count() == 1
        assert session.query(Student).count() == 3


def test_the_administrator_sees_accounts_and_the_authority_figures_only(
    web: Flask, engine: Engine, admin: Browser, school: MadeSchool
) -> None:
    with transaction(engine, SEEDER) as session:
        account(session, "official", "authority")
        assert session.execute(text("SELECT count(*) FROM student"), execution_options=AROUND).scalar_one() == 3
    official = client_for(web, "official", PASSWORD)
    for record in ("mark", "absence", "remark", "term_mark", "homework", "lesson", "consent", "sms_message"):
        for door in (admin, official):
            assert door.get(f"/records/{record}/").status_code == 403
            assert door.api("GET", f"/api/v1/{record}/").status_code == 403
    assert admin.get("/accounts/").status_code == 200
    for record in ("student", "guardian", "enrollment", "staff", "school_class"):
        assert official.get(f"/records/{record}/").status_code == 403
    assert official.get("/accounts/").status_code == 403
    assert official.get(f"/students/{school.anna.id}/seen-by").status_code == 403
    assert "Ёлкина" not in official.get("/").text
