"""A made school with a second family in 5А, a subgroup, and mathematics on some days more."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.models import Guardianship, Lesson, SmsSubscription, Student, Subgroup, SubgroupMember
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import TODAY, MadeSchool, a_guardian, account
from tests.generator.conftest import api, app, browser, engine, made, mother, teacher

__all__ = ["api", "app", "browser", "engine", "made", "mother", "teacher"]

NEXT, LATER = TODAY + timedelta(days=3), TODAY + timedelta(days=5)


@pytest.fixture
def neighbours(engine: Engine, made: MadeSchool) -> dict[str, int]:
    """Gleb of 5А gets an account and a father, `gleb` and `neighbour`; mathematics is on two days more.

    Anna is in the subgroup, Gleb is not.
    """
    with transaction(engine, SEEDER) as session:
        gleb = session.get_one(Student, made.gleb.id)
        gleb.user_id = account(session, "gleb", "student")
        user = account(session, "neighbour", "guardian")
        father = a_guardian(session, made.school, "Зимин", "+79990000003", user)
        session.add(Guardianship(guardian=father, student=gleb, kinship="father"))
        session.add(SmsSubscription(guardian=father, student=gleb, phone=father.phone, homework="at_once"))
        group = Subgroup(school_class_id=made.class_5a.id, name="Первая", subject_id=made.maths.id)
        session.add_all([group, SubgroupMember(subgroup=group, student_id=made.anna.id)])
        given: dict[str, Any] = {
            "school_class_id": made.class_5a.id, "subject_id": made.maths.id, "teacher_id": made.teacher.id,
        }  # fmt: skip
        session.add_all(Lesson(**given, date=day, period=2) for day in (NEXT, LATER))
        session.flush()
        return {"group": group.id}


@pytest.fixture
def page(browser: Callable[[str], Any], made: MadeSchool) -> str:
    """Where the lesson's homework is given."""
    return f"/journal/lesson/{made.own_lesson.id}/homework"


@pytest.fixture
def folder(app: Flask) -> Any:
    """The store of files."""
    from app.web.resources import resources

    return resources(app).settings.files_folder


@pytest.fixture(autouse=True)
def _on_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The start page is of the made school's day."""
    monkeypatch.setattr("app.pages.start.now", lambda: datetime.combine(TODAY, time(12), ZoneInfo("Europe/Moscow")))
