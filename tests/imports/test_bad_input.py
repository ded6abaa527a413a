"""Bad workbooks and bad cells: each is told in words, at its row, and nothing of it is saved."""

import csv
import io
import zipfile
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from app.services.imports.reading import LARGEST_FILE
from tests.imports.desk import HEADERS, Desk, a_row, a_workbook, counts

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def a_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts, parts.open("xl/worksheets/sheet1.xml", "w") as part:
        for _ in range(201):
            part.write(b" " * 2**20)
    return file.getvalue()


def with_entities(told: str) -> bytes:
    """A workbook whose texts declare entities and show the last of them."""
    given, file = zipfile.ZipFile(io.BytesIO(a_workbook(a_row()))), io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in given.namelist():
            content = given.read(name)
            if name == "xl/worksheets/sheet1.xml":
                texts = content.replace("Новиков".encode(), b"&z;", 1)
                assert texts != content
                content = f"<!DOCTYPE worksheet [{told}]>".encode() + texts
            parts.writestr(name, content)
    return file.getvalue()


#: A billion laughs, and a file of the server.
LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghiz", strict=True)
)
A_FILE = '<!ENTITY z SYSTEM "file:///etc/hostname">'


def an_archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("word/document.xml", "<w/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Файл пуст"),
        (OLE + b"\0" * 600, "старого вида .xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "закрыт паролем"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "картинка"),
        (b"x" * (LARGEST_FILE + 1), "больше 12 МБ"),
    ],
    ids=["nothing", "an old workbook", "a password", "a picture", "too large"],
)
def test_what_is_plainly_no_workbook_is_refused_at_once(desk: Desk, content: bytes, said: str) -> None:
    answer = desk.send(content)

    assert answer.status_code == 422
    assert said in answer.text
    assert desk.ask("SELECT count(*) FROM import_run") == [(0,)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (a_bomb(), "она не открыта"),
        (with_entities(LAUGHS), "повреждён"),
        (with_entities(A_FILE), "повреждён"),
        (an_archive(), "Это не книга"),
        (b"PK\x03\x04" + b"\0" * 50, "повреждён"),
        (bytes(range(256)) * 4, "Это не книга"),
        (a_workbook(headers=()), "Файл пуст"),
    ],
    ids=[
        "a bomb",
        "a billion laughs",
        "a file of the server",
        "a text document",
        "half a file",
        "noise",
        "an empty sheet",
    ],
)
def test_what_cannot_be_opened_is_told_after_the_check(desk: Desk, content: bytes, said: str) -> None:
    assert said in desk.check(content)


def test_a_missing_column_is_named(desk: Desk) -> None:
    page = desk.check(a_workbook(a_row()[1:], headers=HEADERS[1:]))

    assert "Нет столбца «Класс»" in page
    assert desk.browser.post(f"/imports/{desk.run_id}/apply").status_code == 303
    assert desk.ask("SELECT state FROM import_run") == [("checked",)]


def test_a_doubled_column_is_named(desk: Desk) -> None:
    page = desk.check(a_workbook([*a_row(), "x"], headers=[*HEADERS, "Фамилия"]))

    assert "«Фамилия» стоит дважды, в столбцах B и K" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"surname": "=A1"}, "Фамилия: В ячейке формула"),
        ({"surname": None}, "Фамилия: "),
        ({"surname": "Ш" * 61}, "Фамилия: "),
        ({"school_class": "пятый"}, "Класс выглядит как"),
        ({"born_on": "31.02.2015"}, "Дата рождения: Дата выглядит так"),
        ({"born_on": "весной"}, "Дата рождения: Дата выглядит так"),
        ({"born_on": "01.02.2095"}, "Дата рождения: Этот день ещё не настал"),
        ({"phone": "12"}, "Представитель 1: телефон: "),
        ({"phone": "8912345600"}, "Представитель 1: телефон: "),
        ({"phone": "8 999 123-45-67, 8 999 123-45-68"}, "Укажите один телефон"),
        ({"email": "никакой"}, "Представитель 1: эл. почта: "),
        ({"email": "a@x.ru,b@y.ru"}, "name@example.org"),
        ({"kinship": "сосед"}, "Представитель 1: кем приходится: "),
        ({"kinship": "сосед"}, "мать, "),
        ({"urgent": "может быть"}, "Да или нет"),
        ({"phone": None}, "тому нужен телефон"),
        ({"guardian": None}, "нет имени"),
        ({"guardian": "Новикова"}, "Укажите фамилию и имя"),
    ],
)
def test_a_wrong_cell_is_told_at_its_row_and_the_others_are_saved(
    desk: Desk, changes: dict[str, Any], said: str
) -> None:
    before = desk.rows()

    page = desk.check(
        a_workbook(a_row(**changes), a_row(surname="Орехов", guardian="Орехова Анна", phone="+79991112233"))
    )

    assert counts(page) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 1}
    assert "<td>2</td>" in page
    assert said in page
    desk.press("apply")
    assert desk.rows()[0] == before[0] + 1


@pytest.mark.parametrize(
    ("phone", "born_on"),
    [
        ("+7 999 123-45-67", "12.03.2015"),
        ("8(999)1234567", "12/3/2015"),
        (79991234567, "2015-03-12"),
        (9991234567.0, date(2015, 3, 12)),
        ("7-999-123-45-67", 42075),
        ("89991234567", "42075"),
        ("999.123.45.67", "12.3.15"),
        ("007 999 1234567", "12-03-2015"),
        ("тел. 8 999 123 45 67", "12.03.2015 г."),
        ("+7\u00a0(999)\u00a0123\u201345\u201367", "2015-03-12 00:00:00"),
    ],
)
def test_phones_and_days_are_read_however_they_are_written(desk: Desk, phone: Any, born_on: Any) -> None:
    desk.check(a_workbook(a_row(phone=phone, born_on=born_on)))
    desk.press("apply")

    assert desk.ask("SELECT phone FROM guardian WHERE surname = 'Новикова'") == [("+79991234567",)]
    assert desk.ask("SELECT born_on FROM student WHERE surname = 'Новиков'") == [(date(2015, 3, 12),)]


def test_the_same_student_twice_in_a_file_is_told(desk: Desk) -> None:
    page = desk.check(a_workbook(a_row(), a_row()))

    assert counts(page) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 1}
    assert "уже есть в строке 2" in page


def test_rows_that_contradict_one_another_about_a_guardian_are_told(desk: Desk) -> None:
    page = desk.check(a_workbook(a_row(), a_row(surname="Новикова", given_name="Вера", email="other@example.org")))

    assert counts(page)["wrong"] == 1
    assert "novikova@example.org" in page


def test_a_student_of_another_class_is_moved_by_hand(desk: Desk) -> None:
    content = a_workbook(a_row())
    desk.check(content)
    desk.press("apply")

    page = desk.check(a_workbook(a_row(school_class="5Б")))

    assert "числится в классе 5А" in page


def test_merged_cells_are_named(desk: Desk) -> None:
    book = load_workbook(io.BytesIO(a_workbook(a_row(), a_row(surname="Орехов"))))
    book.worksheets[0].merge_cells("A2:A3")
    file = io.BytesIO()
    book.save(file)

    assert "Ячейки A2:A3 объединены" in desk.check(file.getvalue())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
@pytest.mark.parametrize("delimiter", [";", ","])
def test_csv_is_read_as_spreadsheets_write_it(desk: Desk, encoding: str, delimiter: str) -> None:
    file = io.StringIO()
    rows = csv.writer(file, delimiter=delimiter)
    rows.writerow(HEADERS)
    rows.writerow(a_row(guardian="Новикова Ирина Олеговна"))

    page = desk.check(file.getvalue().encode(encoding))

    assert counts(page) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 0}


def test_two_hundred_megabytes_are_refused_in_words_before_they_are_read(desk: Desk) -> None:
    desk.browser.get("/imports")
    answer = desk.browser.client.post(
        "/imports/new/families",
        content_type="multipart/form-data; boundary=x",
        data=b"--x",
        environ_overrides={"CONTENT_LENGTH": str(200 * 2**20)},
    )

    assert answer.status_code == 413
    assert "Отправьте файл поменьше" in answer.text


def test_a_column_that_is_not_read_is_told(desk: Desk) -> None:
    page = desk.check(a_workbook([*a_row(), "коми"], headers=[*HEADERS, "Родной язык"]))

    assert counts(page)["add"] == 1
    assert "Эти столбцы не прочитаны: Родной язык" in page


def test_a_hidden_sheet_is_not_read(desk: Desk) -> None:
    book = load_workbook(io.BytesIO(a_workbook(a_row())))
    hidden = book.create_sheet("черновик", 0)
    hidden.append(["мусор"])
    hidden.merge_cells("A1:B2")
    hidden.sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)

    assert counts(desk.check(file.getvalue())) == {"add": 1, "change": 0, "leave": 0, "doubtful": 0, "wrong": 0}
