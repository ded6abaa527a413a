"""Lists of one record type: columns as in its form, relations by the words that lists show, rights as when writing."""

import io
from collections.abc import Callable

import pytest
from openpyxl import load_workbook

from app.records import ALL
from tests.factories import MadeSchool
from tests.imports.desk import Desk, a_workbook, counts
from tests.web_support import Browser
from workers.imports import run_import

MARKS = ("Класс", "Дата", "Номер урока", "Предмет", "Ученик", "Отметка", "Комментарий")


def test_every_list_that_declares_it_has_a_link_a_workbook_and_columns(
    desk: Desk, browser: Callable[[str], Browser]
) -> None:
    asked = {"subject", "room", "school_class", "bell_schedule", "timetable_entry", "student", "guardian", "staff"}
    asked |= {"work_type", "lesson", "mark", "absence", "homework"}
    assert asked <= {record_type.name for record_type in ALL if record_type.imported is not None}
    for person, names in (
        (desk.browser, ("subject", "school_class", "student", "guardian", "staff", "teaching")),
        (browser("head"), ("timetable_entry", "lesson", "term")),
        (browser("teacher"), ("mark", "absence", "homework")),
    ):
        index = person.get("/imports").text
        for name in names:
            assert f"/imports/new/{name}" in index
            assert f"/imports/new/{name}" in person.get(f"/records/{name}/").text
            assert load_workbook(io.BytesIO(person.get(f"/imports/template/{name}.xlsx").data)).worksheets
            assert person.get(f"/imports/new/{name}").status_code == 200


def test_subjects_are_added_changed_and_left(desk: Desk) -> None:
    rows = [("Физика", "физ", ""), ("математика", "матем", "matem"), ("Русский язык", "рус", None)]

    page = desk.check(a_workbook(*rows, headers=("Название", "Кратко", "Кратко латиницей")), "subject")

    assert counts(page) == {"add": 1, "change": 1, "leave": 1, "doubtful": 0, "wrong": 0}
    desk.press("apply")
    subjects = desk.ask("SELECT name, short_name, latin_name FROM subject ORDER BY name")
    assert subjects == [
        ("Математика", "матем", "matem"),
        ("Русский язык", "рус", "russk"),
        ("Физика", "физ", ""),
    ]
    desk.press("undo")
    assert desk.ask("SELECT short_name FROM subject ORDER BY name") == [("матем",), ("русск",)]


def test_a_timetable_is_read_by_the_words_of_its_list(desk: Desk, browser: Callable[[str], Browser]) -> None:
    desk = Desk(browser("head"), desk.database)
    headers = ("Класс", "День недели", "Урок", "Предмет", "Преподаватель", "Первый день", "Последний день")
    good = ("5 «а»", "понедельник", 2, "матем", "Иванова Ольга", "02.11.2026", "28.12.2026")
    wrong = [
        ("5Я", *good[1:]),
        (good[0], "восьмой", *good[2:]),
        (*good[:3], "Химия", *good[4:]),
        (*good[:4], "Никто Никто", *good[5:]),
        (*good[:5], "28.12.2026", "02.11.2026"),
    ]

    page = desk.check(a_workbook(good, *wrong, headers=headers), "timetable_entry")

    assert counts(page) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 5}
    for said in ("«5Я» здесь нет", "День недели", "«Химия» здесь нет", "«Никто Никто» здесь нет"):
        assert said in page
    desk.press("apply")
    assert desk.ask("SELECT weekday, period FROM timetable_entry") == [(1, 2)]


@pytest.fixture
def teachers_desk(desk: Desk, browser: Callable[[str], Browser]) -> Desk:
    return Desk(browser("teacher"), desk.database)


def a_mark(made: MadeSchool, who: str = "Ёлкина Анна", value: object = 5, **more: object) -> list[object]:
    lesson = made.own_lesson
    row = {"class": "5А", "date": f"{lesson.date:%d.%m.%Y}", "period": lesson.period, "subject": "Математика"}
    return [*(row | more).values(), who, value, "из тетради"]


def test_a_teacher_brings_marks_of_own_lessons_and_of_no_other(teachers_desk: Desk, made: MadeSchool) -> None:
    foreign = a_mark(made, "Борисов Борис", **{"class": "5Б", "subject": "Русский язык"})
    other_class = a_mark(made, "Борисов Борис")
    rows = [a_mark(made), a_mark(made, "Зимин Глеб", 7), other_class, foreign]
    before = teachers_desk.ask("SELECT count(*) FROM mark")[0][0]

    page = teachers_desk.check(a_workbook(*rows, headers=MARKS), "mark")

    assert counts(page) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 3}
    assert "Отметка — 2–5" in page
    teachers_desk.press("apply")
    marks = teachers_desk.ask("SELECT value, comment FROM mark ORDER BY id DESC LIMIT 1")
    assert marks == [("5", "из тетради")]
    assert teachers_desk.ask("SELECT count(*) FROM mark") == [(before + 1,)]
    assert teachers_desk.ask("SELECT count(*) FROM notice") == [(0,)]
    again = teachers_desk.check(a_workbook(a_mark(made), headers=MARKS), "mark")
    assert counts(again)["leave"] == 1
    again = teachers_desk.check(a_workbook(a_mark(made, value=4), headers=MARKS), "mark")
    assert counts(again)["change"] == 1


def test_lists_of_the_office_are_closed_to_teachers_and_marks_to_the_office(teachers_desk: Desk, desk: Desk) -> None:
    assert teachers_desk.browser.get("/imports/new/student").status_code == 403
    assert teachers_desk.send(a_workbook(("Физика",), headers=("Название",)), kind="subject").status_code == 403
    assert desk.browser.get("/imports/new/mark").status_code == 403
    assert "/imports/new/mark" in teachers_desk.browser.get("/records/mark/").text
    assert "/imports/new" not in teachers_desk.browser.get("/records/student/").text


def test_of_two_students_of_one_name_in_a_class_a_person_chooses(teachers_desk: Desk, made: MadeSchool) -> None:
    [(twin,)] = teachers_desk.ask(
        """INSERT INTO student (version, school_id, surname, given_name, patronymic)
           SELECT 1, school_id, surname, given_name, 'Львовна' FROM student WHERE id = %s RETURNING id""",
        made.anna.id,
    )
    teachers_desk.ask(
        """INSERT INTO enrollment (version, school_id, student_id, school_class_id, begins_on)
           VALUES (1, %s, %s, %s, '2026-09-01') RETURNING id""",
        made.school.id,
        twin,
        made.class_5a.id,
    )

    page = teachers_desk.check(a_workbook(a_mark(made), headers=MARKS), "mark")

    assert counts(page)["doubtful"] == 1
    assert 'value="new"' not in page
    page = teachers_desk.press("decide", **{"doubt-2:student": str(twin)})
    assert counts(page)["add"] == 1
    teachers_desk.press("apply")
    assert teachers_desk.ask("SELECT student_id FROM mark ORDER BY id DESC LIMIT 1") == [(twin,)]


def test_what_an_unknown_column_means_is_said_once_and_remembered(desk: Desk) -> None:
    content = a_workbook(("Физика", "физ"), headers=("Дисциплина", "Сокр."))

    page = desk.check(content, "subject")

    assert "Нет столбца «Название»" in page
    assert "B · Сокр." in page
    page = desk.press("columns", **{"column-0": "name", "column-1": "short_name"})
    assert counts(page) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 0}
    desk.press("apply")
    assert counts(desk.check(content, "subject"))["leave"] == 1


def test_the_workbook_comes_back_with_errors_in_its_cells_and_no_formula(desk: Desk) -> None:
    headers = ("Название", "Кратко")
    content = a_workbook(("Физика", "физ"), (None, None), ("=1+1", "очень длинное слово"), headers=headers)
    desk.check(content, "subject")

    sheet = load_workbook(io.BytesIO(desk.browser.get(f"/imports/{desk.run_id}/workbook.xlsx").data)).worksheets[0]

    assert [sheet.cell(row, 1).value for row in (1, 2, 3, 4)] == ["Итог проверки", "добавит", None, "ошибка"]
    assert "формула" in sheet.cell(4, 2).comment.text
    assert "12" in sheet.cell(4, 3).comment.text
    assert sheet.cell(2, 3).comment is None
    assert (sheet.cell(4, 2).value, sheet.cell(4, 2).data_type) == ("=1+1", "s")


def test_progress_is_told_to_the_page_and_the_end_on_the_start_page(desk: Desk) -> None:
    answer = desk.send(a_workbook(("Физика", "физ"), headers=("Название", "Кратко")), kind="subject")
    desk.run_id = int(answer.headers["Location"].rsplit("/", 1)[1])
    told = desk.browser.get(f"/imports/{desk.run_id}/progress").json
    assert told["is_under_way"]
    assert f"/imports/{desk.run_id}" not in desk.browser.get("/").text

    page = desk.page()
    assert f'data-progress="/imports/{desk.run_id}/progress"' in page
    run_import(desk.run_id)

    assert f"/imports/{desk.run_id}" in desk.browser.get("/").text
    assert not desk.browser.get(f"/imports/{desk.run_id}/progress").json["is_under_way"]
    desk.page()
    assert f"/imports/{desk.run_id}" not in desk.browser.get("/").text
