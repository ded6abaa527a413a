"""Rows that change what stands: tried like those that add, and told at their row where they are refused."""

from collections.abc import Callable

from sqlalchemy import Engine

from app.models import Lesson
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool
from tests.factories import a_mark as given
from tests.imports.desk import Desk, a_row, a_workbook, counts
from tests.imports.test_records import MARKS, a_mark
from tests.web_support import Browser

OREKHOV = {"surname": "Орехов", "guardian": "Орехова Анна", "phone": "+79991112233", "email": None}


def test_a_changed_mark_of_anothers_lesson_is_an_error_and_the_good_rows_are_saved(
    desk: Desk, made: MadeSchool, engine: Engine, browser: Callable[[str], Browser]
) -> None:
    with transaction(engine, SEEDER) as session:
        lesson = Lesson(
            school_class=made.class_5a,
            subject=made.russian,
            teacher=made.class_teacher,
            date=made.own_lesson.date,
            period=5,
        )
        session.add(lesson)
        session.flush()
        session.add_all([given(made), given(made, lesson_id=lesson.id, value="4")])
    desk = Desk(browser("teacher"), desk.database)
    rows = [a_mark(made, value=4), a_mark(made, value=2, subject="Русский язык", period=5), a_mark(made, "Зимин Глеб")]

    page = desk.check(a_workbook(*rows, headers=MARKS), "mark")

    assert counts(page) == {"add": 1, "change": 1, "leave": 0, "doubtful": 0, "wrong": 1}
    assert "<td>3</td>" in page
    assert "4 → 2" not in page
    assert "применён" in desk.press("apply")
    assert desk.ask("SELECT value FROM mark ORDER BY value") == [("4",), ("4",), ("5",)]


def test_a_wrong_address_of_a_guardian_who_stands_is_an_error_like_that_of_a_new_one(desk: Desk) -> None:
    desk.check(a_workbook(a_row()))
    desk.press("apply")

    page = desk.check(a_workbook(a_row(email="kuz@example,org"), a_row(**OREKHOV)))

    assert counts(page) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 1}
    assert "name@example.org" in page
    desk.press("apply")
    assert desk.ask("SELECT email FROM guardian WHERE surname = 'Новикова'") == [("novikova@example.org",)]
    assert desk.ask("SELECT count(*) FROM student WHERE surname = 'Орехов'") == [(1,)]
