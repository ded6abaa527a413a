"""The whole line of an import: template, dry run, decisions, applying, undoing."""

import io
from collections.abc import Callable

from openpyxl import load_workbook

from tests.factories import MadeSchool
from tests.imports.desk import Desk, a_row, a_workbook, counts
from tests.web_support import Browser


def test_the_downloaded_workbook_is_filled_in_and_read(desk: Desk) -> None:
    book = load_workbook(io.BytesIO(desk.browser.get("/imports/template/families.xlsx").data))
    sheet, example = book.worksheets
    headers = [cell.value for cell in sheet[1]]
    for place, cell in enumerate(example[2], start=1):
        sheet.cell(2, place, cell.value)
    file = io.BytesIO()
    book.save(file)

    page = desk.check(file.getvalue())

    assert headers[:3] == ["Класс *", "Фамилия *", "Имя *"]
    assert counts(page) == {"add": 0, "change": 0, "leave": 0, "doubtful": 1, "wrong": 0}  # an Ёлкина Анна stands


def test_a_dry_run_saves_nothing_and_applying_saves_all(desk: Desk) -> None:
    before = desk.rows()

    page = desk.check(a_workbook(a_row(), a_row(surname="Новикова", given_name="Вера", patronymic="Ильинична")))

    assert counts(page) == {"add": 2, "change": 0, "leave": 0, "doubtful": 0, "wrong": 0}
    assert desk.rows() == before
    page = desk.press("apply")
    assert "применён" in page
    assert desk.rows() == [before[0] + 2, before[1] + 2, before[2] + 1, before[3] + 2, before[4] + 1]
    assert desk.ask("SELECT phone FROM guardian WHERE surname = 'Новикова'") == [("+79991234567",)]


def test_the_history_names_the_secretary_and_families_hear_nothing(desk: Desk) -> None:
    [(last,)] = desk.ask("SELECT max(number) FROM revision")
    desk.check(a_workbook(a_row()))
    desk.press("apply")

    authors = desk.ask("SELECT DISTINCT author FROM revision WHERE number > %s", last)

    assert len(authors) == 1
    assert authors[0][0] not in ("seeds", "imports")
    assert desk.ask("SELECT count(*) FROM notice") == [(0,)]


def test_the_same_workbook_a_second_time_changes_nothing(desk: Desk) -> None:
    content = a_workbook(a_row())
    desk.check(content)
    desk.press("apply")
    after = desk.rows()

    page = desk.check(content)

    assert counts(page) == {"add": 0, "change": 0, "leave": 1, "doubtful": 0, "wrong": 0}
    assert "Сохранять нечего" in page
    assert desk.browser.post(f"/imports/{desk.run_id}/apply").status_code == 303
    assert desk.rows() == after


def test_a_namesake_is_decided_by_a_person(desk: Desk, made: MadeSchool) -> None:
    content = a_workbook(a_row(surname="Зимин", given_name="Глеб", patronymic=None))
    before = desk.rows()

    page = desk.check(content)

    assert counts(page)["doubtful"] == 1
    page = desk.press("decide", **{"doubt-2:student": str(made.gleb.id)})
    assert counts(page) == {"add": 0, "change": 1, "leave": 0, "doubtful": 0, "wrong": 0}
    desk.press("apply")
    assert desk.rows()[0] == before[0]
    assert str(desk.ask("SELECT born_on FROM student WHERE id = %s", made.gleb.id)[0][0]) == "2015-03-12"


def test_a_namesake_may_be_somebody_new(desk: Desk) -> None:
    before = desk.rows()
    desk.check(a_workbook(a_row(surname="Зимин", given_name="Глеб", patronymic=None)))

    desk.press("decide", **{"doubt-2:student": "new"})
    desk.press("apply")

    assert desk.rows()[0] == before[0] + 1


def test_a_decision_for_somebody_who_was_not_offered_counts_for_nothing(desk: Desk, made: MadeSchool) -> None:
    desk.check(a_workbook(a_row(surname="Зимин", given_name="Глеб", patronymic=None)))

    page = desk.press("decide", **{"doubt-2:student": str(made.anna.id)})

    assert counts(page)["doubtful"] == 1


def test_undoing_takes_everything_back(desk: Desk) -> None:
    before = desk.rows()
    desk.check(a_workbook(a_row(), a_row(school_class="5В", surname="Орехов")))
    page = desk.press("apply")
    assert "Отменить импорт" in page
    [(new_class,)] = desk.ask("SELECT id FROM school_class WHERE name = '5В'")
    assert f'<a href="/records/school_class/{new_class}">Открыть класс 5В</a>' in page
    assert '<a href="/records/student/">Открыть список: Ученики</a>' in page
    assert "<td>добавлено</td>" in page
    assert "Добавлено</dt>" in page
    assert "Добавляет" not in page

    page = desk.press("undo")

    assert "Импорт отменён" in page
    assert "Это было сделано до отмены" in page
    assert "Открыть класс" not in page
    assert desk.rows() == before
    assert desk.ask("SELECT count(*) FROM school_class WHERE name = '5В'") == [(0,)]


def test_undoing_keeps_what_people_have_changed_since(desk: Desk) -> None:
    before = desk.rows()
    desk.check(
        a_workbook(a_row(), a_row(surname="Орехов", guardian=None, kinship=None, phone=None, email=None, urgent=None))
    )
    desk.press("apply")
    [(student, version)] = desk.ask("SELECT id, version FROM student WHERE surname = 'Орехов'")
    answer = desk.browser.api("PUT", f"/api/v1/student/{student}", json={"patronymic": "Львович", "version": version})
    assert answer.status_code == 200, answer.text

    page = desk.press("undo")

    assert "изменено после импорта" in page
    assert desk.rows()[0] == before[0] + 1
    assert desk.ask("SELECT count(*) FROM student WHERE surname = 'Новиков'") == [(0,)]


def test_a_family_of_which_one_was_changed_stays_whole_and_is_listed(desk: Desk) -> None:
    before = desk.rows()
    desk.check(
        a_workbook(a_row(school_class="5В"), a_row(surname="Орехов", guardian="Орехова Анна", phone=None, urgent=None))
    )
    desk.press("apply")
    [(guardian, version)] = desk.ask("SELECT id, version FROM guardian WHERE surname = 'Новикова'")
    answer = desk.browser.api("PUT", f"/api/v1/guardian/{guardian}", json={"phone": "+79995550000", "version": version})
    assert answer.status_code == 200, answer.text

    page = desk.press("undo")

    assert "относится к тому, кто остаётся" in page
    assert desk.rows() == [count + 1 for count in before]
    in_class = """SELECT s.surname, c.name FROM enrollment e JOIN student s ON s.id = e.student_id
                  JOIN school_class c ON c.id = e.school_class_id WHERE s.surname IN ('Новиков', 'Орехов')"""
    assert desk.ask(in_class) == [("Новиков", "5В")]
    [(kept,)] = desk.ask("SELECT found -> 'kept' FROM import_run")
    assert sorted(one["why"] for one in kept) == ["belongs", "belongs", "belongs", "changed", "used", "used"]


def test_after_seven_days_nothing_is_undone(desk: Desk) -> None:
    desk.check(a_workbook(a_row()))
    desk.press("apply")
    desk.ask("UPDATE import_run SET applied_at = applied_at - interval '7 days' RETURNING id")
    after = desk.rows()

    page = desk.press("undo")

    assert "уже нельзя отменить" in page
    assert desk.rows() == after


def test_the_school_that_has_changed_since_the_check_is_shown_again(desk: Desk, made: MadeSchool) -> None:
    desk.check(a_workbook(a_row()))
    answer = desk.browser.api(
        "POST", "/api/v1/student/", json={"surname": "Новиков", "given_name": "Пётр", "patronymic": "Ильич"}
    )
    assert answer.status_code == 201, answer.text
    before = desk.rows()

    desk.press("apply")

    page = desk.work()
    assert counts(page)["doubtful"] == 1
    assert "Школа изменилась с момента проверки, поэтому проверено ещё раз" in page
    assert desk.rows() == before
    page = desk.press("decide", **{"doubt-2:student": "new"})
    assert "Школа изменилась" not in page


def test_who_writes_no_people_imports_none(desk: Desk, browser: Callable[[str], Browser]) -> None:
    desk.check(a_workbook(a_row()))

    assert browser("mother").get("/imports").status_code == 403
    for name in ("teacher", "mother"):
        other = browser(name)
        for page in ("", "/progress", "/workbook.xlsx"):
            assert other.get(f"/imports/{desk.run_id}{page}").status_code == 404
        for button in ("apply", "decide", "columns", "undo"):
            assert other.post(f"/imports/{desk.run_id}/{button}").status_code == 404
        assert other.get("/imports/new/families").status_code == 403
        assert other.get("/imports/template/families.xlsx").status_code == 403
    assert desk.page()


def test_progress_is_found_again_from_the_list(desk: Desk) -> None:
    answer = desk.send(a_workbook(a_row()))
    desk.run_id = int(answer.headers["Location"].rsplit("/", 1)[1])

    assert "http-equiv" in desk.page()
    assert f"/imports/{desk.run_id}" in desk.browser.get("/imports").text
    assert "http-equiv" not in desk.work()
