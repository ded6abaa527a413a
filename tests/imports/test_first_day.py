"""From an empty school to the first SMS: founded, filled from workbooks, a mark given, a text in the outbox."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine

from app.session.actors import SEEDER
from app.session.engine import transaction
from config import Settings
from seeds.first_school import found
from tests.factories import PASSWORD, account
from tests.imports.desk import HEADERS, Desk, a_row, a_workbook, counts
from tests.imports.test_teachers import HEADERS as STAFF_HEADERS
from tests.support import SchoolDatabase, school_today
from tests.web_support import client_for
from workers import place
from workers.deliver import deliver_notices

At = Callable[..., Desk]


@pytest.fixture
def desk_of(app: Flask, engine: Engine, database: SchoolDatabase, settings: Settings) -> Iterator[At]:
    """`desk_of("lisina", "Лисина", "secretary")`: the desk of a member of staff who gets an account."""
    place.settle_in(settings)

    def desk(login: str, surname: str, role: str) -> Desk:
        with transaction(engine, SEEDER) as session:
            user_id = account(session, login, role)
        made = Desk(client_for(app, login, PASSWORD), database)
        assert made.ask("UPDATE staff SET user_id = %s WHERE surname = %s RETURNING id", user_id, surname)
        return Desk(client_for(app, login, PASSWORD), database)

    yield desk
    place.engine().dispose()
    place.engine.cache_clear()


def brought(desk: Desk, kind: str, headers: tuple[str, ...], *rows: object) -> None:
    page = desk.check(a_workbook(*rows, headers=headers), kind)  # type: ignore[arg-type]
    assert counts(page) == {"add": len(rows), "change": 0, "leave": 0, "doubtful": 0, "wrong": 0}, page
    desk.press("apply")


def test_a_school_comes_from_workbooks_and_its_first_mark_reaches_the_outbox(
    app: Flask, database: SchoolDatabase, settings: Settings, desk_of: At
) -> None:
    today = school_today()
    year = ("2026/27", f"{today - timedelta(60):%d.%m.%Y}", f"{today + timedelta(200):%d.%m.%Y}")
    password = found(settings, "Школа № 5", "Шк 5", "ivanova")
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE school_setting SET value = 'none' WHERE name = 'second_factor_roles'")
    admin = Desk(client_for(app, "ivanova", password), database)

    brought(admin, "academic_year", ("Название", "Первый день", "Последний день"), year)
    brought(admin, "term", ("Название", "Первый день", "Последний день"), ("Полугодие", *year[1:]))
    brought(admin, "staff", ("Фамилия", "Имя", "Должность"), ("Лисина", "Ольга", "секретарь"))
    secretary = desk_of("lisina", "Лисина", "secretary")
    teacher_row = ("Яковлева Вера Ильинична", "учитель", "8 999 555 44 33", "5А", "Математика: 5А")
    brought(secretary, "teachers", STAFF_HEADERS, teacher_row)
    brought(secretary, "families", HEADERS, a_row(), a_row(surname="Новикова", given_name="Вера"))

    [(guardian, student)] = admin.ask(
        """SELECT t.guardian_id, t.student_id FROM guardianship t JOIN student s ON s.id = t.student_id
           WHERE s.given_name = 'Вера'"""
    )
    wish = {"guardian": guardian, "student": student, "phone": "+79991234567", "marks": "at_once"}
    answer = secretary.browser.api("POST", "/api/v1/sms_subscription/", json=wish)
    assert answer.status_code == 201, answer.text
    admin.ask("UPDATE sms_subscription SET phone_confirmed_at = now() RETURNING id")  # by the code that came
    admin.ask(
        """UPDATE school_setting SET value = CASE name WHEN 'quiet_hours' THEN 'no' ELSE '0' END
           WHERE name IN ('quiet_hours', 'hold_back_minutes') RETURNING id"""
    )
    teacher = desk_of("yakovleva", "Яковлева", "teacher")
    [(school_class, subject, staff)] = admin.ask("SELECT school_class_id, subject_id, teacher_id FROM teaching")
    lesson = {"school_class": school_class, "subject": subject, "teacher": staff, "date": today.isoformat()}
    answer = teacher.browser.api("POST", "/api/v1/lesson/", json=lesson | {"period": 2, "state": "held"})
    assert answer.status_code == 201, answer.text
    assert admin.ask("SELECT count(*) FROM notice") == [(0,)]  # nobody was told of what was imported
    mark = {"lesson": answer.json["id"], "student": student, "value": "5"}
    assert teacher.browser.api("POST", "/api/v1/mark/", json=mark).status_code == 201

    deliver_notices([key for (key,) in admin.ask("SELECT id FROM notice")])

    [(phone, body)] = admin.ask("SELECT phone, body FROM sms_message")
    assert phone == "+79991234567"
    assert "Вера" in body
    assert "5" in body
