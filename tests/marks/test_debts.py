"""The dot: set, made up by a mark, reminded of, expired by the clock; seen by student, family and teachers."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from app.models import Debt, Notice, SmsMessage, Term
from app.session.actors import SEEDER
from app.session.engine import transaction
from config import Settings
from tests.factories import MadeSchool
from tests.marks.conftest import Put
from tests.support import school_today
from tests.web_support import Api, Browser, Statements
from workers import place
from workers.debts import mind_debts
from workers.deliver import deliver_notices

TASK = "Переписать контрольную № 3"


@pytest.fixture
def today(engine: Engine, made: MadeSchool) -> date:
    """The term goes on for a month from today, whenever the test runs."""
    now = school_today()
    with transaction(engine, SEEDER) as session:
        term = session.get_one(Term, made.term.id)
        term.ends_on = now + timedelta(days=30)
        session.get_one(type(made.own_lesson), made.own_lesson.id).date = min(made.own_lesson.date, now)
    return now


@pytest.fixture
def working(app: Any, engine: Engine) -> Any:
    from app.web.resources import resources

    settings: Settings = resources(app).settings
    place.settle_in(settings)
    yield
    place.engine().dispose()
    place.engine.cache_clear()


def debts(engine: Engine) -> list[Debt]:
    with transaction(engine, SEEDER) as session:
        return list(session.scalars(select(Debt).order_by(Debt.id)))


def texts(engine: Engine) -> list[str]:
    with transaction(engine, SEEDER) as session:
        deliver_notices(list(session.scalars(select(Notice.id).where(Notice.delivered_at.is_(None)))))
    with transaction(engine, SEEDER) as session:
        return list(session.scalars(select(SmsMessage.body).order_by(SmsMessage.id)))


def test_a_debt_becomes_the_mark_that_is_entered_for_it(
    engine: Engine, made: MadeSchool, today: date, teacher: Api, mother: Api, working: None
) -> None:
    body = {"lesson": made.own_lesson.id, "student": made.anna.id}
    two = teacher.post("/api/v1/mark/", json=body | {"value": "2"}).json["id"]  # type: ignore[index]
    due = {"due": (today + timedelta(days=9)).isoformat(), "task": TASK, "work_type": made.test.id}
    assert teacher.post("/api/v1/debt/", json=body | due | {"due": "2030-01-01"}).status_code == 422
    assert teacher.post("/api/v1/debt/", json=body | due | {"student": made.gleb.id, "mark": two}).status_code == 422
    assert teacher.post("/api/v1/debt/", json=body | due | {"mark": two}).status_code == 201
    assert teacher.post("/api/v1/debt/", json=body | due).status_code == 409  # owed once
    assert mother.post("/api/v1/debt/", json=body | due).status_code == 403
    assert any(f"Долг: матем (контр) до {today + timedelta(days=9):%d.%m}: {TASK}" in one for one in texts(engine))

    assert [one.state for one in debts(engine)] == ["open"]
    other = teacher.post("/api/v1/mark/", json=body | {"value": "4"})  # an answer is not the test that is owed
    assert debts(engine)[0].state == "open"
    made_up = teacher.post("/api/v1/mark/", json=body | {"value": "5", "work_type": made.test.id}).json["id"]  # type: ignore[index]
    (debt,) = debts(engine)
    assert (debt.state, debt.became_id, debt.mark_id) == ("closed", made_up, two)
    history = teacher.get(f"/api/v1/debt/{debt.id}/history").json["result"]  # type: ignore[index]
    assert [one["action"] for one in history] == ["changed", "added"]
    assert teacher.delete(f"/api/v1/mark/{made_up}").status_code == 200  # the debt keeps that it was settled
    assert debts(engine)[0].state == "closed"
    assert other.status_code == 201

    alone = teacher.post("/api/v1/debt/", json=body).json["result"]  # type: ignore[index]
    assert alone["due"] == (today + timedelta(days=14)).isoformat()
    teacher.post("/api/v1/mark/", json=body | {"value": "3", "work_type": made.test.id})
    assert [one.state for one in debts(engine)] == ["closed", "closed"]  # a dot that stands alone takes any mark


def test_the_clock_reminds_once_and_lets_expire(
    engine: Engine, made: MadeSchool, today: date, put: Put, teacher: Api, working: None
) -> None:
    near, over, far = (
        put(
            Debt(
                school_id=made.school.id, student_id=made.anna.id, lesson_id=made.own_lesson.id, task=task,
                work_type_id=work.id, due=today + timedelta(days=days), state=state,
            )
        )
        for task, work, days, state in (
            ("близко", made.answer, 1, "open"), ("прошло", made.test, -1, "open"), ("давно", made.test, -9, "closed"),
        )
    )  # fmt: skip
    mind_debts()
    mind_debts()
    states = {one.task: (one.state, one.reminded_at is not None) for one in debts(engine)}
    assert states == {"близко": ("open", True), "прошло": ("expired", False), "давно": ("closed", False)}
    told = texts(engine)
    assert [one for one in told if "Напоминание о долге: матем" in one and "близко" in one]
    assert not [one for one in told if "прошло" in one]
    with engine.begin() as connection:
        connection.execute(text("UPDATE term SET closed = true"))
    mind_debts()
    assert debts(engine)[0].state == "expired"
    assert {near.id, over.id, far.id} == {one.id for one in debts(engine)}


def test_each_sees_the_debts_that_concern_them(
    engine: Engine, made: MadeSchool, today: date, put: Put, browser: Callable[[str], Browser], mother: Api
) -> None:
    due = today + timedelta(days=3)
    for student, lesson, task in (
        (made.anna, made.own_lesson, "долг Анны"), (made.gleb, made.own_lesson, "долг Глеба"),
        (made.boris, made.foreign_lesson, "долг Бориса"),
    ):  # fmt: skip
        put(
            Debt(
                school_id=made.school.id, student_id=student.id, lesson_id=lesson.id, task=task, due=due,
                work_type_id=made.test.id,
            )
        )  # fmt: skip
    seen = {
        "teacher": {"Анны", "Глеба"}, "class_teacher": {"Анны", "Глеба"}, "other_teacher": {"Бориса"},
        "mother": {"Анны"}, "anna": {"Анны"}, "father": {"Бориса"}, "head": {"Анны", "Глеба", "Бориса"},
    }  # fmt: skip
    for login, names in seen.items():
        person = browser(login)
        with Statements(person.app) as said:
            page = person.get("/debts/").text
        assert len(said) <= 6, said
        start = page if login in ("head", "class_teacher") else person.get("/").text
        for name in ("Анны", "Глеба", "Бориса"):
            assert (f"долг {name}" in page) is (name in names), (login, name)
            assert (f"долг {name}" in start) is (name in names), (login, name)
    assert browser("secretary").get("/debts/").status_code == 403
    assert mother.get("/api/v1/debt/").json["count"] == 1  # type: ignore[index]
