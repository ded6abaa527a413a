"""A made school with a term of lessons in one journal, and its people at the page."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.models import Enrollment, Lesson, Student
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import PASSWORD, MadeSchool
from tests.generator.conftest import app, browser, engine, made
from tests.journal.desk import Desk
from tests.support import SchoolDatabase
from tests.web_support import client_for

__all__ = ["app", "browser", "engine", "made"]


@pytest.fixture
def desk(app: Flask, made: MadeSchool, database: SchoolDatabase) -> Callable[[str], Desk]:
    """`desk("teacher")`: this person at the journal of mathematics in 5А."""
    return lambda username: Desk(client_for(app, username, PASSWORD), made, database)


@pytest.fixture
def teacher(desk: Callable[[str], Desk]) -> Desk:
    return desk("teacher")


@pytest.fixture
def add(engine: Engine, made: MadeSchool) -> Callable[..., Any]:
    """Add rows past the rules, as a seed does."""

    def adding(*rows: Any) -> Any:
        with transaction(engine, SEEDER) as session:
            session.add_all(rows)
        return rows[0]

    return adding


@pytest.fixture
def a_lesson(add: Callable[..., Any], made: MadeSchool) -> Callable[..., Lesson]:
    """Another lesson of mathematics in 5А; name what should differ."""

    def adding(day: date, **changes: Any) -> Lesson:
        given = {
            "school_class_id": made.class_5a.id, "subject_id": made.maths.id, "teacher_id": made.teacher.id,
            "date": day, "period": 2,
        }  # fmt: skip
        return add(Lesson(**given | changes))  # type: ignore[no-any-return]

    return adding


@pytest.fixture
def a_student(add: Callable[..., Any], made: MadeSchool) -> Callable[..., Student]:
    """A student of 5А, from one day to another."""

    def adding(surname: str, first: date, last: date | None = None) -> Student:
        student = Student(school_id=made.school.id, surname=surname, given_name="Имя")
        add(student, Enrollment(student=student, school_class_id=made.class_5a.id, begins_on=first, ends_on=last))
        return student

    return adding
