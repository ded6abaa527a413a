"""Exports: what the list shows, as CSV and XLSX, and harmless when a spreadsheet opens it."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime

import pytest
from openpyxl import load_workbook

from app.generator import export
from app.generator.export import guarded
from tests.factories import MadeSchool
from tests.generator.school import give_mark
from tests.web_support import Api, Browser


@pytest.fixture
def page(browser: Callable[[str], Browser]) -> Browser:
    return browser("teacher")


def lines(page: Browser, query: str = "", delimiter: str = ";") -> list[list[str]]:
    answer = page.get(f"/records/mark/export.csv{query}")
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")  # so that a spreadsheet sees the letters
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_a_csv_holds_what_the_list_shows(page: Browser, teacher: Api, made: MadeSchool) -> None:
    give_mark(teacher, made, comment="устно; два\nне поместилось".replace("\n", " "))
    give_mark(teacher, made, value="2", student=made.gleb.id)

    assert lines(page) == [
        ["Ученик", "Урок", "Значение", "Вид работы", "Комментарий"],
        ["Зимин Глеб", "20.11 · 1 · 5А · Математика", "2", "Ответ на уроке", ""],
        ["Ёлкина Анна", "20.11 · 1 · 5А · Математика", "5", "Ответ на уроке", "устно; два не поместилось"],
    ]
    assert [line[2] for line in lines(page, f"?f.student={made.gleb.id}")[1:]] == ["2"]
    assert [line[2] for line in lines(page, "?order=-value")[1:]] == ["5", "2"]


def test_an_export_is_no_way_round_the_row_rule(
    page: Browser, browser: Callable[[str], Browser], teacher: Api, made: MadeSchool
) -> None:
    give_mark(teacher, made, student=made.gleb.id)

    assert len(lines(page)) == 2
    assert len(lines(browser("mother"))) == 1
    assert browser("mother").get("/records/sms_message/export.csv").status_code == 403


def test_english_readers_get_commas(page: Browser) -> None:
    page.client.set_cookie("language", "en")

    assert lines(page, delimiter=",")[0] == ["Student", "Lesson", "Value", "Work type", "Comment"]


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "  =1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b=1",
        "＝1",
        "＋1",
        "－1",
        "＠1",
        "\t=1",
        "\r=1",
    ],
)
def test_what_would_begin_a_formula_is_text(typed: str) -> None:
    assert guarded(typed) == "'" + typed


@pytest.mark.parametrize("typed", ["", "  ", "5-", "а=б", "5", "зч", "Ё"])
def test_other_texts_stay_as_they_are(typed: str) -> None:
    assert guarded(typed) == typed


def test_a_formula_is_harmless_in_both_files(page: Browser, teacher: Api, made: MadeSchool) -> None:
    give_mark(teacher, made, comment='=HYPERLINK("http://x")')

    assert lines(page)[1][4] == '\'=HYPERLINK("http://x")'
    book = load_workbook(io.BytesIO(page.get("/records/mark/export.xlsx").data))
    cell = book.worksheets[0]["E2"]
    assert (cell.value, cell.data_type) == ('=HYPERLINK("http://x")', "s")


def test_a_workbook_has_numbers_and_days_as_such(browser: Callable[[str], Browser], made: MadeSchool) -> None:
    head = browser("head")

    lessons = load_workbook(io.BytesIO(head.get("/records/lesson/export.xlsx").data)).worksheets[0]
    works = load_workbook(io.BytesIO(head.get("/records/work_type/export.xlsx?order=-name").data)).worksheets[0]

    assert lessons["A2"].value == datetime.combine(made.own_lesson.date, datetime.min.time())
    assert lessons["A2"].number_format == "DD.MM.YYYY"
    assert lessons["B2"].value == 1
    assert works["E2"].value == 1
    assert isinstance(made.own_lesson.date, date)


def test_a_long_export_is_cut_and_says_so(
    page: Browser, teacher: Api, made: MadeSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        give_mark(teacher, made)
    monkeypatch.setattr(export, "MOST_ROWS", 2)

    assert len(lines(page)) == 4
    assert lines(page)[3] == ["Только первые 2 строк; чтобы выгрузить остальные, сузьте список."]
