"""The page of a journal: who opens it, what it shows, and what it costs."""

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Flask

from app.models import Absence, Mark, Subgroup, SubgroupMember, TermMark
from tests.factories import MadeSchool, a_mark
from tests.journal.desk import Desk, cells_of, row_of
from tests.web_support import Browser, Statements

MOST = 8


def test_the_journal_is_laid_out_like_the_paper_one(
    teacher: Desk, made: MadeSchool, add: Callable[..., Any], a_lesson: Callable[..., Any]
) -> None:
    earlier = a_lesson(date(2026, 11, 10), topic="Дроби")
    add(
        a_mark(made, value="5"),
        a_mark(made, value="4", work_type_id=made.test.id),
        a_mark(made, value="зч", lesson_id=earlier.id),
        Absence(lesson_id=earlier.id, student_id=made.gleb.id, reason="ill"),
        Absence(lesson_id=made.own_lesson.id, student_id=made.gleb.id, reason="late"),
        TermMark(student_id=made.anna.id, subject_id=made.maths.id, term_id=made.term.id, value="4"),
    )

    page = teacher.open()

    # Ёлкина stands before Зимин: ё sorts as е. 5 weighs 1, the test's 4 weighs 3.
    assert page.index("Ёлкина Анна") < page.index("Зимин Глеб")
    assert cells_of(page, "Ёлкина Анна") == ["зч", "5/4", "2", "4,50", "4,25", *[""] * 5, "н/а", "4", "4", ""]
    assert cells_of(page, "Зимин Глеб") == ["б", "о", "", "", "", "1", "", "1", "", "1", "н/а", "", "", ""]
    assert "Дроби" in page
    assert page.index("10.11") < page.index("20.11")


def test_a_term_costs_at_most_eight_statements_however_full(
    app: Flask, teacher: Desk, made: MadeSchool, add: Callable[..., Any], a_lesson: Callable[..., Any],
    a_student: Callable[..., Any],
) -> None:  # fmt: skip
    lessons = [a_lesson(date(2026, 11, day)) for day in range(3, 20)]
    students = [a_student(f"Ученик{number}", date(2026, 9, 1)) for number in range(12)]
    add(*(Mark(lesson_id=one.id, student_id=who.id, value="4") for one in lessons for who in students))

    with Statements(app) as said:
        page = teacher.open()
    with Statements(app) as of_lesson:
        teacher.open(f"/journal/lesson/{lessons[3].id}")
    with Statements(app) as of_list:
        teacher.open("/journal/")

    assert cells_of(page, "Ученик7")[:3] == ["4", "4", "4"]
    assert len(said) <= MOST, said
    assert len(of_lesson) <= MOST + 1, of_lesson
    assert len(of_list) <= 4, of_list


def test_staff_of_the_class_read_it_and_nobody_else(
    desk: Callable[[str], Desk], browser: Callable[[str], Browser], made: MadeSchool, add: Callable[..., Any]
) -> None:
    add(a_mark(made, value="3"))
    path = desk("teacher").path
    unknown = f"/journal/{made.class_5a.id}/987654321/{made.term.id}"

    for person in ("class_teacher", "head"):
        page = desk(person).open()
        assert "3" in cells_of(page, "Ёлкина Анна")
        assert 'aria-readonly="true"' in page
    stranger = browser("other_teacher")
    foreign, missing = stranger.get(path), stranger.get(unknown)
    assert (foreign.status_code, missing.status_code) == (404, 404)
    for person in ("mother", "anna", "secretary"):
        answer = browser(person).get(path)
        assert answer.status_code == 403
        assert "Зимин" not in answer.text


def test_who_left_or_has_not_come_keeps_a_greyed_line_with_the_reason(
    teacher: Desk,
    made: MadeSchool,
    add: Callable[..., Any],
    a_student: Callable[..., Any],
    a_lesson: Callable[..., Any],
) -> None:
    early = a_lesson(date(2026, 11, 5))
    gone = a_student("Ушедший", date(2026, 9, 1), date(2026, 11, 12))
    a_student("Новый", date(2026, 11, 16))
    a_student("Летний", date(2026, 9, 1), date(2026, 10, 1))
    add(Mark(lesson_id=early.id, student_id=gone.id, value="2"))

    page = teacher.open()

    assert "выбыл(а) 12.11" in row_of(page, "Ушедший")
    assert cells_of(page, "Ушедший")[0] == "2"
    assert "data-student" not in row_of(page, "Ушедший")
    assert "с 16.11" in row_of(page, "Новый")
    assert row_of(page, "Новый").count("is-off") == 1
    assert "Летний" not in page


def test_lessons_of_a_subgroup_grey_those_who_are_in_another(
    teacher: Desk, made: MadeSchool, add: Callable[..., Any], a_lesson: Callable[..., Any]
) -> None:
    group = add(Subgroup(school_class_id=made.class_5a.id, name="Первая"))
    add(SubgroupMember(subgroup_id=group.id, student_id=made.gleb.id))
    a_lesson(date(2026, 11, 12), subgroup_id=group.id)

    whole = teacher.open()
    of_group = teacher.open(f"/journal/{made.class_5a.id}/{made.maths.id}/{group.id}/{made.term.id}")

    assert [row_of(whole, name).count("is-off") for name in ("Ёлкина", "Зимин")] == [1, 0]
    assert "Ёлкина" not in of_group
    assert "Зимин" in of_group
    assert (
        teacher.browser.get(f"/journal/{made.class_5b.id}/{made.maths.id}/{group.id}/{made.term.id}").status_code == 404
    )


def test_blank_for_print_has_lines_and_no_marks(teacher: Desk, made: MadeSchool, add: Callable[..., Any]) -> None:
    add(a_mark(made, value="5"))

    page = teacher.open(f"{teacher.path}?print=blank")

    assert "Ёлкина" in page
    assert set(cells_of(page, "Ёлкина")) == {""}


def test_signing_out_empties_what_the_browser_kept(teacher: Desk) -> None:
    teacher.open()

    assert '"storage"' in teacher.browser.post("/logout/").headers["Clear-Site-Data"]
