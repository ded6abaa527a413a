"""Term marks: what is proposed and why, what the teacher decides, the class's sheet on screen and as files."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, select

from app.models import Lesson, Mark, TermMark, WorkType
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool
from tests.marks.conftest import Put
from tests.web_support import Api, Browser, Statements

FIRST_DAY = date(2026, 11, 9)


@pytest.fixture
def marked(made: MadeSchool, put: Put) -> MadeSchool:
    """Anna: class work 4 4 5, tests 5 5. Gleb: class work 4, 3, homework 2. Both in mathematics."""
    home = put(WorkType(school_id=made.school.id, name="Домашняя", short_name="дом", kind="homework"))
    given = (
        (made.anna, "4", made.answer), (made.anna, "4", made.answer), (made.anna, "5", made.answer),
        (made.anna, "5", made.test), (made.anna, "5", made.test),
        (made.gleb, "4", made.answer), (made.gleb, "3", made.answer), (made.gleb, "2", home),
    )  # fmt: skip
    for number, (student, value, work) in enumerate(given):
        day = FIRST_DAY + timedelta(days=number)
        lesson = put(
            Lesson(
                school_id=made.school.id, school_class_id=made.class_5a.id, subject_id=made.maths.id,
                teacher_id=made.teacher.id, term_id=made.term.id, date=day, period=2,
            )
        )  # fmt: skip
        put(
            Mark(
                school_id=made.school.id, student_id=student.id, lesson_id=lesson.id, work_type_id=work.id,
                value=value, given_on=day,
            )
        )  # fmt: skip
    return made


def term_marks(engine: Engine) -> dict[int, tuple[str, str, str]]:
    with transaction(engine, SEEDER) as session:
        rows = session.scalars(select(TermMark).order_by(TermMark.id)).all()
        return {row.student_id: (row.value, row.proposed, row.reason) for row in rows}


def line_of(page: str, surname: str) -> str:
    return next(row for row in page.split("<tr") if surname in row)


def test_a_class_is_given_its_term_marks_on_one_page(
    engine: Engine, marked: MadeSchool, browser: Callable[[str], Browser]
) -> None:
    made, desk = marked, browser("teacher")
    path = f"/term-marks/{made.class_5a.id}/{made.maths.id}/{made.term.id}"
    assert path in desk.get("/term-marks/").text
    with Statements(desk.app) as said:
        page = desk.get(path)
    assert len(said) <= 18, said
    anna, gleb = line_of(page.text, "Ёлкина"), line_of(page.text, "Зимин")
    assert "контрольные 5,00 (2)" in anna
    assert "4,78 <" in anna or "4,78" in anna
    assert '<b class="given">5</b>' in anna
    assert '<b class="given">4</b>' in gleb
    assert "работа на уроке" in gleb
    assert "ещё" in gleb

    def form(**typed: Any) -> dict[str, Any]:
        kept = {f"version-{made.anna.id}": "0", f"version-{made.gleb.id}": "0"}
        return kept | {
            f"{name.split('_')[0]}-{getattr(made, name.split('_')[1]).id}": text for name, text in typed.items()
        }

    refused = desk.post(path, form(value_anna="5", value_gleb="3"))
    assert refused.status_code == 422
    assert "Скажите, почему" in line_of(refused.text, "Зимин")
    assert 'value="5"' in line_of(refused.text, "Ёлкина")  # nothing typed is lost
    assert term_marks(engine) == {}
    assert desk.post(path, form(value_anna="5", value_gleb="шесть")).status_code == 422
    saved = desk.post(path, form(value_anna="5", value_gleb="3", reason_gleb="не сдал зачёт"))
    assert saved.status_code == 303
    assert term_marks(engine) == {made.anna.id: ("5", "5", ""), made.gleb.id: ("3", "4", "не сдал зачёт")}

    stale = desk.post(path, form(value_anna="4", reason_anna="x"))
    assert stale.status_code == 409
    assert "Здесь тем временем" in line_of(stale.text, "Ёлкина")
    now = {f"version-{made.anna.id}": "1", f"version-{made.gleb.id}": "1"}
    assert desk.post(path, form(value_anna="", value_gleb="3", reason_gleb="не сдал зачёт") | now).status_code == 303
    assert list(term_marks(engine)) == [made.gleb.id]


def test_a_sheet_is_its_teachers_and_a_foreign_one_is_none(
    marked: MadeSchool, browser: Callable[[str], Browser]
) -> None:
    made = marked
    desk, other = browser("teacher"), browser("other_teacher")
    for one in (
        f"/term-marks/{made.class_5b.id}/{made.russian.id}/{made.term.id}", "/term-marks/900000001/1/1",
        f"/term-marks/{made.class_5a.id}/{made.russian.id}/{made.term.id}",
        f"/term-marks/{made.class_5a.id}/{made.maths.id}/900000001",
        f"/term-marks/{made.class_5a.id}/{made.maths.id}/{made.term.id}?kind=x", f"/term-marks/{10**30}/1/1",
    ):  # fmt: skip
        assert desk.get(one).status_code == 404, one
    assert other.get(f"/term-marks/{made.class_5a.id}/{made.maths.id}/{made.term.id}").status_code == 404
    assert browser("mother").get("/term-marks/").status_code == 403


def test_the_api_says_what_is_proposed_and_asks_for_a_reason(marked: MadeSchool, teacher: Api) -> None:
    made = marked
    body = {"student": made.anna.id, "subject": made.maths.id, "term": made.term.id, "value": "4"}
    refused = teacher.post("/api/v1/term_mark/", json=body)
    assert refused.status_code == 422
    assert "5" in refused.json["message"]["reason"][0]  # type: ignore[index]
    made_one = teacher.post("/api/v1/term_mark/", json=body | {"reason": "много пропусков"})
    assert made_one.status_code == 201
    assert made_one.json["result"]["proposed"] == "5"  # type: ignore[index]
    year = teacher.post("/api/v1/term_mark/", json=body | {"kind": "year"})
    assert year.status_code == 201  # the mean of the terms is a 4
    final = teacher.post("/api/v1/term_mark/", json=body | {"kind": "final", "value": "5"})
    assert final.status_code == 422
    exam = teacher.post("/api/v1/term_mark/", json=body | {"kind": "exam", "value": "5"})
    assert exam.status_code == 201  # nothing is proposed for an exam
    assert teacher.post("/api/v1/term_mark/", json=body | {"kind": "final", "value": "5"}).status_code == 201


def test_the_summary_sheet_stands_on_screen_in_a_workbook_and_on_paper(
    engine: Engine, marked: MadeSchool, put: Put, browser: Callable[[str], Browser]
) -> None:
    made = marked
    put(TermMark(student_id=made.anna.id, subject_id=made.maths.id, term_id=made.term.id, value="5", kind="term"))
    put(TermMark(student_id=made.gleb.id, subject_id=made.maths.id, term_id=made.term.id, value="н/а", kind="term"))
    leader, head = browser("class_teacher"), browser("head")
    assert leader.get("/summary/").headers["Location"].endswith(f"/summary/{made.class_5a.id}")
    assert leader.get(f"/summary/{made.class_5b.id}").status_code == 404
    for stranger in ("teacher", "mother"):
        assert browser(stranger).get(f"/summary/{made.class_5a.id}").status_code == 404
    with Statements(head.app) as said:
        page = head.get(f"/summary/{made.class_5a.id}")
    assert page.status_code == 200
    assert len(said) <= 9, said
    assert re.search(r"Ёлкина Анна.*?<td>5</td>", page.text, re.S)
    assert '<td class="bad">н/а</td>' in page.text

    book = load_workbook(io.BytesIO(head.get(f"/summary/{made.class_5a.id}.xlsx").data))
    rows = list(book[made.term.name].iter_rows(values_only=True))
    assert rows[0][1:3] == ("Ученик", "Математика")
    assert rows[1][1:3] == ("Ёлкина Анна", 5)
    assert rows[2][2] == "н/а"
    paper = head.get(f"/summary/{made.class_5a.id}.pdf")
    assert paper.data.startswith(b"%PDF")
    assert head.get("/summary/900000001.pdf").status_code == 404
