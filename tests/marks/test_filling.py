"""How journals are filled: figures for the head, an own trend for the teacher, "not yet filled" for families."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Engine, text

from app.models import Absence, Homework, Lesson, Mark, Term
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool
from tests.marks.conftest import Put
from tests.support import school_today
from tests.web_support import Browser, Statements


@pytest.fixture
def days(engine: Engine, made: MadeSchool, put: Put) -> tuple[date, date]:
    """Yesterday one lesson of mathematics with everything, the day before one with a topic alone."""
    today = school_today()
    newest, older = today - timedelta(days=1), today - timedelta(days=2)
    with transaction(engine, SEEDER) as session:
        term = session.get_one(Term, made.term.id)
        term.begins_on, term.ends_on = today - timedelta(days=40), today + timedelta(days=20)
    with engine.begin() as connection:
        connection.execute(text("UPDATE lesson SET date = date - 300"))  # those of the made school are long over
    whole, bare = (
        put(
            Lesson(
                school_id=made.school.id, school_class_id=made.class_5a.id, subject_id=made.maths.id, date=day,
                teacher_id=made.teacher.id, term_id=made.term.id, period=3, topic="Дроби", state=state,
            )
        )
        for day, state in ((older, "held"), (newest, "planned"))
    )  # fmt: skip
    put(Homework(school_id=made.school.id, school_class_id=made.class_5a.id, lesson_id=whole.id, text="§ 5"))
    put(
        Absence(
            school_id=made.school.id, lesson_id=whole.id, student_id=made.gleb.id, reason="ill", missed_on=older
        )
    )  # fmt: skip
    evening = datetime.combine(older, time(15), UTC)  # 18:00 in Moscow, three hours after a lesson without bells
    put(
        Mark(
            school_id=made.school.id, lesson_id=whole.id, student_id=made.anna.id, value="4", given_on=older,
            work_type_id=made.answer.id, published_at=evening,
        )
    )  # fmt: skip
    with engine.begin() as connection:
        connection.execute(text("UPDATE lesson SET topic = '' WHERE id = :id"), {"id": bare.id})
    return older, newest


def row_of(page: str, words: str) -> list[str]:
    row = next(part for part in page.split("<tr>") if words in part)
    return [re.sub("<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.S)]


def test_the_head_sees_teachers_classes_and_days(
    made: MadeSchool, days: tuple[date, date], browser: Callable[[str], Browser]
) -> None:
    head = browser("head")
    with Statements(head.app) as said:
        page = head.get("/filling/").text
    assert len(said) <= 7, said
    assert row_of(page, "Иванова Ольга") == ["2", "50 %", "50 %", "50 %", "50 %", "50 %", "3,0"]
    assert row_of(page, ">5А<") == ["2", "50 %", "50 %", "50 %", "50 %", "50 %", "3,0"]
    assert "Уроков не было" not in head.get("/filling/?days=90").text
    assert head.get("/filling/?days=٣").status_code == 200
    assert browser("mother").get("/filling/").status_code == 403


def test_a_teacher_is_led_to_the_very_lesson_until_it_is_written(
    engine: Engine, made: MadeSchool, days: tuple[date, date], browser: Callable[[str], Browser]
) -> None:
    desk = browser("teacher")
    page = desk.get("/filling/").text
    lessons = re.findall(r'<li><a href="/records/lesson/(\d+)"', page)
    assert len(lessons) == 1
    assert "Заполнено на этой неделе" in desk.get("/").text
    assert desk.get("/filling/?of=school").text.count("Иванова") == page.count("Иванова")  # never the colleagues'
    body = {"lesson": int(lessons[0])}
    assert (
        desk.api("PUT", f"/api/v1/lesson/{lessons[0]}", json={"topic": "Проценты", "state": "held"}).status_code == 200
    )
    assert desk.api("POST", "/api/v1/homework/", json=body | {"text": "§ 6"}).status_code == 201
    mark = desk.api("POST", "/api/v1/mark/", json=body | {"student": made.anna.id, "value": "5"})
    assert mark.status_code == 201
    assert "Всё заполнено." in desk.get("/filling/").text


def test_families_read_progress_and_not_yet_filled_but_never_whose_fault(
    engine: Engine, made: MadeSchool, days: tuple[date, date], browser: Callable[[str], Browser]
) -> None:
    mother = browser("mother")
    assert mother.get("/progress/").headers["Location"].endswith(f"/progress/{made.anna.id}")
    with Statements(mother.app) as said:
        page = mother.get(f"/progress/{made.anna.id}").text
    assert len(said) <= 18, len(said)
    maths = page.split("Математика</h2>")[1]
    assert "средневзвешенный 4,00" in maths
    assert "ещё 1 отметка «5» даст «5»" in maths
    assert "следующие уроки ещё не заполнены" in maths
    assert "Иванова" not in maths.split("Журнал заполнен")[1].split("</p>")[0]
    assert f'/progress/{made.anna.id}"' in mother.get("/").text
    for stranger, student in ((mother, made.gleb.id), (mother, 900_000_001), (mother, 10**30)):
        assert stranger.get(f"/progress/{student}").status_code == 404
    assert browser("class_teacher").get(f"/progress/{made.gleb.id}").status_code == 200
    assert browser("secretary").get(f"/progress/{made.gleb.id}").status_code == 403
