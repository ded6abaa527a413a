"""A list costs a handful of statements, however many rows and relations it shows."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.models import Enrollment, Guardianship, Lesson, Mark, Student
from app.records import ALL
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import TODAY, YEAR_BEGINS, MadeSchool, a_guardian
from tests.web_support import Browser, Statements

MOST = 6


@pytest.fixture
def a_full_class(engine: Engine, made: MadeSchool) -> None:
    """Twelve more students of 5А, each with a guardian, a lesson and a mark of their own."""
    with transaction(engine, SEEDER) as session:
        for number in range(12):
            student = Student(school_id=made.school.id, surname=f"Ученик{number}", given_name="Имя")
            guardian = a_guardian(session, made.school, f"Родитель{number}", f"+7999111{number:04}")
            lesson = Lesson(
                school_class_id=made.class_5a.id,
                subject_id=made.maths.id,
                teacher_id=made.teacher.id,
                date=TODAY.replace(day=2 + number),
                period=3,
            )
            session.add_all(
                [
                    Enrollment(student=student, school_class_id=made.class_5a.id, begins_on=YEAR_BEGINS),
                    Guardianship(student=student, guardian=guardian),
                    Mark(student=student, lesson=lesson, value="4"),
                ]
            )


@pytest.mark.parametrize("person", ["head", "teacher"])
def test_a_list_page_of_every_record_takes_at_most_six_statements(
    app: Flask, browser: Callable[[str], Browser], a_full_class: None, person: str
) -> None:
    one, costs, shown = browser(person), {}, 0
    for record in ALL:
        with Statements(app) as said:
            shown += one.get(f"/records/{record.name}/").status_code == 200
        costs[record.name] = len(said)

    assert {name: cost for name, cost in costs.items() if cost > MOST} == {}
    assert shown >= 10


def test_sorted_searched_and_filtered_it_costs_hardly_more(
    app: Flask, browser: Callable[[str], Browser], made: MadeSchool, a_full_class: None
) -> None:
    head = browser("head")

    for query, most in (("order=student", MOST), ("q=ученик", MOST), (f"f.student={made.anna.id}", MOST + 1)):
        with Statements(app) as said:
            assert head.get(f"/records/mark/?{query}").status_code == 200
        assert len(said) <= most, said


def test_choices_and_api_lists_load_no_row_one_by_one(
    app: Flask, browser: Callable[[str], Browser], a_full_class: None
) -> None:
    head = browser("head")

    for path in ("/records/mark/options/lesson", "/api/v1/mark/", "/api/v1/guardianship/", "/records/mark/export.csv"):
        with Statements(app) as said:
            assert head.get(path).status_code == 200
        assert len(said) <= 5, said
