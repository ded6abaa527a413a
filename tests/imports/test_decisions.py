"""Decisions about namesakes: taken by whichever button, shown while they may be changed, and taken back."""

import io
import re

from openpyxl import load_workbook

from tests.factories import MadeSchool
from tests.imports.desk import Desk, a_row, a_workbook, counts
from tests.imports.test_changes import OREKHOV

NAMESAKE = {"surname": "Зимин", "given_name": "Глеб", "patronymic": None}
TICK = "doubt-2:student"


def buttons(page: str) -> list[tuple[str, str]]:
    """Where the buttons of the decisions lead, and how each looks."""
    return [(place, look) for look, place in re.findall(r'class="btn ([\w-]+)" formaction="/imports/\d+/(\w+)"', page)]


def test_applying_with_fresh_ticks_first_takes_them_and_shows_what_they_change(desk: Desk, made: MadeSchool) -> None:
    before = desk.rows()
    page = desk.check(a_workbook(a_row(**NAMESAKE), a_row(**OREKHOV)))
    assert buttons(page) == [("decide", "btn-primary"), ("apply", "btn-outline-secondary")]

    page = desk.press("apply", **{TICK: str(made.gleb.id)})

    assert "Решения приняты, и книга проверена с ними" in page
    assert "Решено: Зимин Глеб" in page
    assert counts(page) == {"add": 1, "change": 1, "leave": 0, "doubtful": 0, "wrong": 0}
    assert desk.rows() == before
    assert buttons(page) == [("apply", "btn-primary"), ("decide", "btn-outline-secondary")]
    desk.press("apply", **{TICK: str(made.gleb.id)})
    assert desk.rows()[0] == before[0] + 1


def test_a_wrong_decision_is_changed_or_taken_back(desk: Desk, made: MadeSchool) -> None:
    desk.check(a_workbook(a_row(**NAMESAKE)))
    assert counts(desk.press("decide", **{TICK: "new"}))["add"] == 1

    assert counts(desk.press("decide", **{TICK: str(made.gleb.id)}))["change"] == 1
    page = desk.press("decide", **{TICK: "undecided"})

    assert counts(page)["doubtful"] == 1
    assert "Решено:" not in page


def test_what_was_left_out_is_named_after_applying_and_the_workbook_still_offered(desk: Desk) -> None:
    desk.check(a_workbook(a_row(**NAMESAKE), a_row(school_class="пятый"), a_row(**OREKHOV)))

    page = desk.press("apply")

    assert "применён" in page
    assert "Пропущены, потому что не решено, о ком речь" in page
    assert "Строка 2: Зимин Глеб" in page
    assert "Пропущены из-за ошибок" in page
    assert buttons(page) == []
    assert f"/imports/{desk.run_id}/workbook.xlsx" in page
    book = load_workbook(io.BytesIO(desk.browser.get(f"/imports/{desk.run_id}/workbook.xlsx").data))
    assert [book.worksheets[0].cell(row, 1).value for row in (2, 3)] == ["сомнительно", "ошибка"]
