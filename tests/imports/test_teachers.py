"""Staff with what they teach: subjects and classes in words, a person for each, never by name alone."""

from tests.factories import MadeSchool
from tests.imports.desk import Desk, a_workbook, counts

HEADERS = ("ФИО", "Должность", "Телефон", "Классное руководство", "Что ведёт")
ROW = (
    "Яковлева Вера Ильинична",
    "учитель математики",
    "8 999 555 44 33",
    "5Б",
    "Математика: 5Б, 6А; Алгебра 7 «А»",
)
TAUGHT = """SELECT s.name, c.name FROM teaching t JOIN staff f ON f.id = t.teacher_id
JOIN subject s ON s.id = t.subject_id JOIN school_class c ON c.id = t.school_class_id
WHERE f.surname = %s ORDER BY s.name, c.name"""


def test_a_teacher_comes_with_subjects_and_classes_and_goes_with_them_again(desk: Desk) -> None:
    page = desk.check(a_workbook(ROW, headers=HEADERS), "teachers")

    assert counts(page) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 0}
    assert "Алгебра" in page  # comes into being besides
    desk.press("apply")
    assert desk.ask(TAUGHT, "Яковлева") == [("Алгебра", "7А"), ("Математика", "5Б"), ("Математика", "6А")]
    led = desk.ask("SELECT c.name FROM school_class c JOIN staff s ON s.id = c.class_teacher_id ORDER BY c.name")
    assert led == [("5А",), ("5Б",)]
    assert counts(desk.check(a_workbook(ROW, headers=HEADERS), "teachers"))["leave"] == 1
    desk.run_id -= 1
    assert "Импорт отменён" in desk.press("undo")
    assert desk.ask("SELECT count(*) FROM staff WHERE surname = 'Яковлева'") == [(0,)]
    assert desk.ask("SELECT count(*) FROM subject WHERE name = 'Алгебра'") == [(0,)]
    assert desk.ask("SELECT class_teacher_id FROM school_class WHERE name = '5Б'") == [(None,)]


def test_who_teaches_it_already_is_known_and_a_mere_namesake_is_asked_about(desk: Desk, made: MadeSchool) -> None:
    known = ("Иванова Ольга", "учитель", None, None, "Математика: 5А, 5Б")
    namesake = ("Петрова Ольга", "учитель", None, None, "Физика: 5Б")

    page = desk.check(a_workbook(known, namesake, headers=HEADERS), "teachers")

    assert counts(page) == {"add": 0, "change": 1, "leave": 0, "doubtful": 1, "wrong": 0}
    page = desk.press("decide", **{"doubt-3:staff": str(made.other_teacher.id)})
    assert counts(page)["change"] == 2
    desk.press("apply")
    assert desk.ask(TAUGHT, "Иванова") == [("Математика", "5А"), ("Математика", "5Б")]
    assert desk.ask(TAUGHT, "Петрова") == [("Русский язык", "5Б"), ("Физика", "5Б")]


def test_what_is_wrong_is_told_at_its_row(desk: Desk) -> None:
    page = desk.check(
        a_workbook(
            ("Один Пётр", "", "+79990001111", "5Б", "Математика"),
            ("Два Пётр", "", "+79990001112", "5Б", ""),
            ("Три Пётр", "", "+79990001113", "5Б", ""),
            ("Четыре Пётр", "", "+79990001114", "", "Физика: пятый"),
            headers=HEADERS,
        ),
        "teachers",
    )

    assert counts(page) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 3}
    assert "Алгебра: 7А, 7Б; Геометрия: 7А" in page
    assert "другой классный руководитель в строке 3" in page
    assert "Класс выглядит как 5А" in page


def test_the_dry_run_says_whom_a_new_class_teacher_replaces_and_what_is_taught(desk: Desk) -> None:
    row = ("Онегин Лев Ильич", "учитель", "8 999 555 44 34", "5А", "Математика: 5А, 5Б; Алгебра: 7А")

    page = desk.check(a_workbook(row, headers=HEADERS), "teachers")

    assert counts(page) == {"add": 1, "change": 1, "leave": 0, "doubtful": 0, "wrong": 0}
    assert "классный руководитель 5А (вместо: Сидорова Ольга)" in page
    assert "ведёт: Математика 5А, 5Б; Алгебра 7А" in page
