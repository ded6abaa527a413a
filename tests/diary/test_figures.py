"""A child in figures: attendance by day and reason, charts beside the class, the own range without another's name."""

from datetime import timedelta

from sqlalchemy import Engine

from app.models import Absence, Enrollment, Lesson, Mark, Student
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.diary.conftest import Browse, Put
from tests.factories import TODAY, YEAR_BEGINS, MadeSchool


def classmates(engine: Engine, made: MadeSchool, count: int) -> None:
    """Further students of 5А, each with a mark in mathematics."""
    with transaction(engine, SEEDER) as session:
        for number in range(count):
            student = Student(school_id=made.school.id, surname=f"Соклассник{number}", given_name="Пётр")
            session.add(student)
            session.flush()
            session.add(Enrollment(student=student, school_class_id=made.class_5a.id, begins_on=YEAR_BEGINS))
            session.add(Mark(lesson_id=made.own_lesson.id, student_id=student.id, value=str(2 + number % 4)))


def test_attendance_shows_what_was_missed_on_each_day(browser: Browse, day: MadeSchool, put: Put) -> None:
    given = {"school_class_id": day.class_5a.id, "subject_id": day.russian.id, "teacher_id": day.class_teacher.id}
    late = put(Lesson(**given, date=TODAY - timedelta(days=3), period=2))
    put(Absence(lesson_id=late.id, student_id=day.anna.id, reason="late", comment="проспала"))
    mother = browser("mother")

    page = mother.get(f"/attendance/{day.anna.id}").text

    assert "Ноябрь" in page and "Сентябрь" in page and 'id="d2026-11-20"' in page
    assert "1 · Математика: по болезни" in page
    assert "is-excused" in page and "is-late" in page and "проспала" in page
    assert browser("father").get(f"/attendance/{day.anna.id}").status_code == 404
    assert mother.get(f"/attendance/{day.anna.id}?year=999999999").status_code == 200
    assert mother.get("/attendance/").status_code == 200


def test_charts_and_ratings_tell_of_the_class_only_where_five_have_marks(
    browser: Browse, engine: Engine, day: MadeSchool, setting: object
) -> None:
    mother, here = browser("mother"), f"/progress/{day.anna.id}"
    page = mother.get(f"{here}/ratings").text
    assert "меньше чем у пяти" in page
    charts = mother.get(f"{here}/charts").text
    assert "<svg" in charts and "5,00" in charts and "bar-class" not in charts

    classmates(engine, day, 6)
    page, charts = mother.get(f"{here}/ratings").text, mother.get(f"{here}/charts?subject={day.maths.id}").text
    assert "1–2 из 8" in page and "Соклассник" not in page and "Зимин" not in page
    assert "bar-class" in charts and "Соклассник" not in charts
    assert "style=" not in charts.split("<main")[1]
    setting("show_ratings", "no")  # type: ignore[operator]
    page = mother.get(f"{here}/ratings").text
    assert "не показывает рейтинг" in page and "1–2 из 8" not in page
    assert browser("father").get(f"{here}/ratings").status_code == 404
    assert browser("father").get(f"{here}/charts").status_code == 404
    assert browser("anna").get(f"{here}/charts").status_code == 200


def test_progress_is_one_table_with_a_card_for_each_mark(browser: Browse, day: MadeSchool) -> None:
    page = browser("mother").get(f"/progress/{day.anna.id}").text

    assert "Математика" in page and "за доску" in page and "Иванова" in page and "Ответ на уроке" in page
    assert f"/progress/{day.anna.id}/charts" in page
    assert f"/progress/{day.anna.id}/charts" not in browser("class_teacher").get(f"/progress/{day.anna.id}").text
