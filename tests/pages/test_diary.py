"""The diary: a family reads a child's week, switches between its children, and sees nobody else's."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.models import (
    Enrollment,
    Guardian,
    Guardianship,
    Holiday,
    Homework,
    Lesson,
    Mark,
    Remark,
    Student,
    TimetableEntry,
)
from app.pages import diary
from app.session.actors import SEEDER
from app.session.engine import transaction
from app.web.resources import resources
from tests.factories import PASSWORD, TODAY, MadeSchool, a_school
from tests.pages.start_day import a_day
from tests.web_support import Statements, api_for, client_for

MOST = 8  # two of them for every page: the session, and who asks
UNKNOWN = 987_654_321
MONDAY = TODAY - timedelta(days=TODAY.weekday())


@pytest.fixture(autouse=True)
def _it_is_the_day_of_the_factories(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 10, tzinfo=ZoneInfo("Europe/Moscow"))
    monkeypatch.setattr(diary, "now", lambda: now)


@pytest.fixture
def engine(web: Flask) -> Engine:
    return resources(web).engine


@pytest.fixture
def made(engine: Engine) -> MadeSchool:
    school = a_school(engine)
    a_day(engine, school)
    with transaction(engine, SEEDER) as session:
        hour = {"school_class_id": school.class_5a.id, "subject_id": school.maths.id, "teacher_id": school.teacher.id}
        session.add(TimetableEntry(**hour, weekday=5, period=1, begins_on=date(2026, 9, 1), ends_on=date(2027, 5, 31)))
    return school


@pytest.fixture
def two_schools(web: Flask, engine: Engine, made: MadeSchool) -> MadeSchool:
    """The mother has a son in another school too, with her own record there; the other school."""
    other = a_school(engine, "Школа № 2", "second_")
    a_day(engine, other)
    with transaction(engine, SEEDER) as session:
        guardian = Guardian(
            school_id=other.school.id, surname="Ёлкина", given_name="Мария",
            user_id=session.get_one(Guardian, made.mother.id).user_id,
        )  # fmt: skip
        session.add(guardian)
        session.flush()
        session.add(Guardianship(guardian=guardian, student=session.get_one(Student, other.gleb.id)))
        session.get_one(Student, other.gleb.id).surname = "Ёлкин"
    return other


def main(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.text.split("<main")[1].split("</main>")[0])


def test_a_mother_reads_the_week_of_her_child_and_the_child_not_what_is_for_parents(
    web: Flask, made: MadeSchool
) -> None:
    week = main(client_for(web, "mother", PASSWORD).get("/diary/"))
    own = main(client_for(web, "anna", PASSWORD).get("/diary/"))

    for told in (week, own):
        assert "Ёлкина Анна" in week and "5А" in told and "пт 20.11.2026" in told
        assert "Математика" in told and "§ 12" in told and "за доску" in told and "по болезни" in told.lower()
        assert "Опоздала &lt;b&gt;дважды" in told
        assert "Ещё не заполнено: Иванова О." in told  # the lesson of Wednesday, by name
        assert "Уроков не указано" in told  # Monday
        assert "Чужое задание" not in told and "Борис" not in told and ">3</a>" not in told
    assert "Зайдите в школу" in week and "Зайдите в школу" not in own
    assert "Мой дневник" in own


def test_the_week_takes_as_many_statements_with_much_in_it_as_with_nothing(
    web: Flask, engine: Engine, made: MadeSchool, two_schools: MadeSchool
) -> None:
    mother = client_for(web, "mother", PASSWORD)
    with Statements(web) as empty:
        assert mother.get(f"/diary/{made.anna.id}?week=2026-12-07").status_code == 200
    with transaction(engine, SEEDER) as session:
        for day in range(5):
            for period in range(1, 8):
                lesson = Lesson(
                    school_class_id=made.class_5a.id, subject_id=made.russian.id, teacher_id=made.class_teacher.id,
                    date=date(2026, 12, 7) + timedelta(days=day), period=period, topic="Тема",
                )  # fmt: skip
                session.add(lesson)
                session.flush()
                session.add(Mark(lesson_id=lesson.id, student_id=made.anna.id, value="4"))
                session.add(Mark(lesson_id=lesson.id, student_id=made.anna.id, value="5"))
                session.add(Homework(lesson_id=lesson.id, text="Упражнение", due=lesson.date + timedelta(days=1)))
            session.add(Remark(student_id=made.anna.id, given_on=date(2026, 12, 7), text="Молодец"))

    with Statements(web) as full:
        told = main(mother.get(f"/diary/{made.anna.id}?week=2026-12-07"))

    assert told.count("Упражнение") >= 35 and told.count('class="given"') == 70
    assert len(full) <= MOST and len(empty) <= len(full), full


def test_an_empty_week_says_why(web: Flask, engine: Engine, made: MadeSchool) -> None:
    with transaction(engine, SEEDER) as session:
        rest = {"begins_on": date(2026, 10, 31), "ends_on": date(2026, 11, 8)}
        session.add(Holiday(school_id=made.school.id, name="Осенние", **rest))
    mother, father = client_for(web, "mother", PASSWORD), client_for(web, "father", PASSWORD)

    for week, why in (
        ("2026-11-02", "Каникулы: Осенние"),
        ("2026-07-06", "Вне учебного года"),
        ("2026-12-07", "Уроков не указано"),
    ):
        assert why in main(mother.get(f"/diary/{made.anna.id}?week={week}")), week

    with transaction(engine, SEEDER) as session:
        enrollment = session.query(Enrollment).filter_by(student_id=made.anna.id).one()
        enrollment.ends_on = date(2026, 11, 30)
        session.delete(session.query(TimetableEntry).one())
    assert "Ни в одном классе школы" in main(mother.get(f"/diary/{made.anna.id}?week=2026-12-07"))
    assert "ещё не опубликовала расписание" in main(father.get(f"/diary/{made.boris.id}?week=2026-12-07"))


def test_a_week_that_there_is_not_is_told_and_the_present_one_shown(web: Flask, made: MadeSchool) -> None:
    mother = client_for(web, "mother", PASSWORD)
    unknown, other_year = "Такой недели нет", "Дневник ведётся с 2000 по 2099"
    for week, said in (
        ("2026-13-40", unknown), ("x", unknown), ("2026-11-20\x00", unknown), ("1" * 10_000, unknown),
        ("0001-01-01", other_year), ("9999-12-31", other_year), ("1900-W05", other_year), ("1900-05-01", other_year),
        ("2026-W99", "В 2026 году недели с 1 по 53"), ("2025-W53", "В 2025 году недели с 1 по 52"),
        ("2026-W00", "В 2026 году недели с 1 по 53"),
    ):  # fmt: skip
        answer = mother.get("/diary/", query_string={"week": week})

        assert said in main(answer) and "пт 20.11.2026" in answer.text, week[:20]
    assert "В 2026 году" in main(mother.get(f"/diary/{made.anna.id}/2026-W54"))
    assert "03.01.2027" in main(mother.get(f"/diary/{made.anna.id}/2026-W53"))
    assert "28.03.2027" in main(mother.get(f"/diary/{made.anna.id}/2027-W12"))  # the clocks change on its Sunday


def test_a_child_of_another_family_is_as_unknown(web: Flask, engine: Engine, made: MadeSchool) -> None:
    mother = client_for(web, "mother", PASSWORD)
    unknown = mother.get(f"/diary/{UNKNOWN}")
    foreign = mother.get(f"/diary/{made.boris.id}")
    switched = mother.post("/diary/switch", {"child": str(made.boris.id)})

    assert foreign.status_code == unknown.status_code == switched.status_code == 404
    assert foreign.text == unknown.text
    assert client_for(web, "class_teacher", PASSWORD).get(f"/diary/{made.anna.id}").status_code == 404
    assert "С вашей учётной записью не связан" in main(client_for(web, "teacher", PASSWORD).get("/diary/"))
    with transaction(engine, SEEDER) as session:
        session.query(Guardianship).filter_by(student_id=made.anna.id).one().barred = True
    assert mother.get(f"/diary/{made.anna.id}").status_code == 404
    assert "С вашей учётной записью не связан" in main(mother.get("/diary/"))


def test_one_account_follows_children_of_two_schools_on_every_page(
    web: Flask, made: MadeSchool, two_schools: MadeSchool
) -> None:
    mother, gleb = client_for(web, "mother", PASSWORD), two_schools.gleb.id

    bar = mother.get("/").text.split("bar-child")[1].split("</details>")[0]
    assert "Ёлкина Анна, 5А" in bar and "Ёлкин Глеб, 5А" in bar and "Школа № 1" in bar and "Школа № 2" in bar
    start = main(mother.get("/"))
    assert "Ёлкина Анна" in start and "Ёлкин Глеб" in start

    kept = mother.post("/diary/switch", {"child": str(gleb)}, headers={"Referer": "http://localhost/"})
    assert kept.location == "/"
    start, week = main(mother.get("/")), main(mother.get("/diary/"))
    assert "Ёлкин Глеб" in start and "Ёлкина Анна" not in start
    assert "Ёлкин Глеб" in week and "Школа № 2" in week and ">3</a>" in week
    narrowed = mother.post("/diary/switch", {"child": str(gleb)}, headers={"Referer": "http://localhost/records/mark/"})
    assert narrowed.location == f"/records/mark/?f.student={gleb}"
    moved = mother.post(
        "/diary/switch", {"child": str(gleb)},
        headers={"Referer": f"http://localhost/diary/{made.anna.id}?week=2026-11-09"},
    )  # fmt: skip
    assert moved.location == f"/diary/{gleb}?week=2026-11-09"
    assert mother.post("/diary/switch", {"child": ""}).status_code == 303
    assert "Ёлкина Анна" in main(mother.get("/"))

    students = api_for(web, "mother", PASSWORD).get("/api/v1/student/").json or {}
    marks = api_for(web, "mother", PASSWORD).get("/api/v1/mark/").json or {}
    assert sorted(students["ids"]) == sorted([made.anna.id, gleb])
    assert marks["count"] == 2
    assert main(mother.get("/records/student/")).count("/records/student/") >= 2
    for path in ("/my-details/", "/records/guardian/", "/records/lesson/", f"/records/student/{gleb}"):
        assert mother.get(path).status_code == 200
