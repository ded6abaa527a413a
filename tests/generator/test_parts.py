"""Groups of a form, save and next, tabs of what hangs on a record, and the finder."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.generator.fields import WrongDeclaration
from app.generator.parts import check_parts
from app.records.journal import MARKS
from app.records.people import STUDENTS
from tests.factories import MadeSchool
from tests.generator.school import give_mark
from tests.web_support import Api, Browser, Statements


def found(who: Browser, typed: str) -> list[str]:
    answer = who.get("/find", query_string={"q": typed}, headers={"Accept": "application/json"})
    return [hit["text"] for hit in (answer.json or {})["result"]]


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        (MARKS, {"inline": ("given_on",)}),
        (MARKS, {"bulk": ("no_such",)}),
        (MARKS, {"groups": ((MARKS.one, ("value", "value")),)}),
        (STUDENTS, {"related": ("mark.lesson",)}),
        (STUDENTS, {"related": ("no_such.student",)}),
    ],
)
def test_a_declaration_that_names_what_is_not_stops_the_start(app: Flask, declared: Any, wrong: Any) -> None:
    check_parts(declared)
    with pytest.raises(WrongDeclaration):
        check_parts(replace(declared, **wrong))


def test_fields_stand_in_groups_and_saving_goes_on(
    browser: Callable[[str], Browser], teacher: Api, made: MadeSchool
) -> None:
    page, mark = browser("teacher"), give_mark(teacher, made)
    sent = {"lesson": made.own_lesson.id, "student": made.anna.id, "value": "5", "version": "1", "then": "next"}

    assert "<legend>Когда и где</legend>" in page.get("/records/lesson/add").text
    assert page.post("/records/mark/add", sent).headers["Location"] == "/records/mark/add"
    following = page.post(f"/records/mark/{mark}/edit", sent | {"next": "77", "comment": "a"})
    nowhere = page.post(f"/records/mark/{mark}/edit", sent | {"next": "//evil", "version": "2", "comment": "b"})
    assert following.headers["Location"] == "/records/mark/77/edit"
    assert nowhere.headers["Location"] == f"/records/mark/{mark}"


def test_what_hangs_on_a_record_stands_in_tabs_under_both_rights(
    app: Flask, browser: Callable[[str], Browser], teacher: Api, made: MadeSchool
) -> None:
    give_mark(teacher, made, comment="устно")
    mother, anna, boris = browser("mother"), f"/records/student/{made.anna.id}", f"/records/student/{made.boris.id}"

    assert f"{anna}/related/mark" in mother.get(anna).text
    assert f"{anna}/related/subgroup_member" not in mother.get(anna).text
    with Statements(app) as said:
        assert "устно" in mother.get(f"{anna}/related/mark").text
    assert len(said) <= 6
    assert mother.get(f"{boris}/related/mark").status_code == 404
    assert mother.get(f"{anna}/related/subgroup_member").status_code == 404
    assert mother.get(f"{anna}/related/no_such").status_code == 404
    assert mother.get(f"/records/student/{2**70}/related/mark").status_code == 404


def test_the_finder_finds_people_classes_and_pages_under_the_row_rule(
    app: Flask, browser: Callable[[str], Browser], made: MadeSchool
) -> None:
    teacher, mother = browser("teacher"), browser("mother")

    with Statements(app) as said:
        assert found(teacher, "елк ан") == ["Ёлкина Анна"]
    assert len(said) <= 8
    assert found(teacher, "борис") == []
    assert "5А" in found(teacher, "5а")
    assert "5Б" not in found(teacher, "5б")
    assert "Отметки" in found(mother, "отмет")
    assert found(mother, "%") == found(mother, "") == found(mother, "\x00") == []
    page = mother.get("/find", query_string={"q": "<b>елк"})
    assert "&lt;b&gt;елк" in page.text
    assert "/login/" in app.test_client().get("/find?q=a").headers["Location"]
