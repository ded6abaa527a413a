"""Children of others in the rows of a workbook: named, decided for, or brought by an own name; none is reached."""

import re

import pytest
from sqlalchemy import Engine

from tests.factories import MadeSchool, a_school
from tests.imports.desk import Desk, a_row, a_workbook, counts
from tests.imports.test_records import MARKS, a_mark, teachers_desk

__all__ = ["teachers_desk"]


@pytest.fixture
def elsewhere(engine: Engine, made: MadeSchool) -> MadeSchool:
    """Another school, with a Boris Ёлкин whom the first does not have."""
    other = a_school(engine, "Школа № 2", "second_")
    return other


def told(page: str, *names: str) -> str:
    """The page, but for names, tokens and the number of the run."""
    text = re.sub(r'value="[^"]*"|/imports/\d+|\d\d:\d\d|[0-9a-f]{16,}', "", page)
    for name in names:
        text = text.replace(name, "X")
    return text


def test_a_foreign_child_in_a_row_is_told_like_an_unknown_one(
    teachers_desk: Desk, made: MadeSchool, elsewhere: MadeSchool
) -> None:
    teachers_desk.ask(
        "UPDATE student SET surname = 'Чужих', given_name = 'Егор' WHERE id = %s RETURNING id", elsewhere.anna.id
    )
    before, pages = teachers_desk.ask("SELECT count(*) FROM mark"), {}
    for name in ("Борисов Борис", "Чужих Егор", "Никаких Иван"):
        page = teachers_desk.check(a_workbook(a_mark(made, name), headers=MARKS), "mark")
        assert counts(page)["wrong"] == 1
        pages[name] = told(page, name)
        for forged in (made.boris.id, elsewhere.anna.id):
            decided = {"doubt-2:student": str(forged), "doubt-1:student": str(forged), "sure": "yes"}
            teachers_desk.browser.post(f"/imports/{teachers_desk.run_id}/decide", decided)
            teachers_desk.work()
        teachers_desk.browser.post(f"/imports/{teachers_desk.run_id}/apply", {})
        teachers_desk.work()

    assert len(set(pages.values())) == 1
    assert teachers_desk.ask("SELECT count(*) FROM mark") == before


def test_a_family_of_another_school_is_neither_matched_nor_changed(
    desk: Desk, made: MadeSchool, elsewhere: MadeSchool
) -> None:
    """The same child by name, day of birth and mother's phone: it is somebody new here, and stays who it was there."""
    there = "SELECT to_jsonb(s), (SELECT jsonb_agg(g ORDER BY g.id) FROM guardian g WHERE g.school_id = s.school_id)"
    before = desk.ask(f"{there} FROM student s WHERE s.id = %s", elsewhere.anna.id)
    [(phone,)] = desk.ask("SELECT phone FROM guardian WHERE id = %s", elsewhere.mother.id)
    desk.ask("UPDATE student SET surname = 'Чужих' WHERE id = %s RETURNING id", elsewhere.anna.id)
    before = desk.ask(f"{there} FROM student s WHERE s.id = %s", elsewhere.anna.id)

    page = desk.check(a_workbook(a_row(surname="Чужих", given_name="Анна", phone=phone or "+79991234567")))

    assert counts(page)["change"] == 0
    assert "Школа № 2" not in page
    desk.press("apply")
    assert desk.ask(f"{there} FROM student s WHERE s.id = %s", elsewhere.anna.id) == before
