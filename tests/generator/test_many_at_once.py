"""Bulk actions and editing in place: judged by every rule, previewed, all or nothing, versions respected."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from app.models import Lesson, Mark
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import TODAY, MadeSchool
from tests.generator.school import count, give_mark, told
from tests.support import SchoolDatabase
from tests.web_support import Api, Browser

BULK = "/records/mark/bulk"
IN_PLACE = {"Zvonok-Part": "in-place"}


@pytest.fixture
def page(browser: Callable[[str], Browser]) -> Browser:
    opened = browser("teacher")
    opened.get("/records/mark/")
    return opened


@pytest.fixture
def seen_only(engine: Engine, made: MadeSchool) -> int:
    """A mark of Anna's in Russian: the teacher of mathematics sees it and may not write it."""
    with transaction(engine, SEEDER) as session:
        lesson = Lesson(
            school_class_id=made.class_5a.id, subject_id=made.russian.id, teacher_id=made.class_teacher.id,
            date=TODAY, period=5,
        )  # fmt: skip
        mark = Mark(student_id=made.anna.id, lesson=lesson, value="3")
        session.add(mark)
        session.flush()
        return mark.id


def test_a_preview_says_what_will_happen_and_does_nothing(
    page: Browser, teacher: Api, made: MadeSchool, seen_only: int, database: SchoolDatabase
) -> None:
    marks = [give_mark(teacher, made), give_mark(teacher, made)]
    before = count(database, "mark", "revision", "notice")

    shown = page.get(f"{BULK}?act=delete&row={marks[0]}&row={marks[1]}&row={seen_only}&row=999999").text

    assert "2 записи будут удалены" in shown
    assert "1 запись останется как есть" in shown
    assert "Вам нельзя менять эту запись." in shown
    assert "1 из выбранных записей больше нет" in shown
    assert f'name="row" value="{seen_only}:' not in shown
    assert count(database, "mark", "revision", "notice") == before


def test_a_foreign_row_is_like_one_that_there_is_not(
    page: Browser, browser: Callable[[str], Browser], made: MadeSchool, teacher: Api
) -> None:
    mark, other = give_mark(teacher, made), browser("other_teacher")
    other.get("/records/mark/")

    foreign, unknown = (other.get(f"{BULK}?act=delete&row={key}").text for key in (mark, 999999))
    assert "1 из выбранных записей больше нет" in foreign
    assert "1 из выбранных записей больше нет" in unknown
    assert other.post(BULK, {"act": "delete", "row": f"{mark}:1", "sure": "1"}).status_code == 409
    assert teacher.get(f"/api/v1/mark/{mark}").status_code == 200


def test_many_are_set_to_one_value_with_their_history(
    page: Browser, teacher: Api, made: MadeSchool, database: SchoolDatabase
) -> None:
    marks = [give_mark(teacher, made), give_mark(teacher, made, student=made.gleb.id)]
    rows = [f"{key}:1" for key in marks]
    asked = {"act": "set.work_type", "given": "1", "work_type": str(made.test.id), "row": rows}

    assert 'id="field-work_type"' in page.get(f"{BULK}?act=set.work_type&row={marks[0]}").text
    assert "2 записи изменятся" in page.post(BULK, asked).text
    answer = page.post(BULK, asked | {"sure": "1", "request_key": "abc", "back": "q=а"})
    again = page.post(BULK, asked | {"sure": "1", "request_key": "abc", "back": "q=а"})

    assert answer.headers["Location"] == again.headers["Location"]
    kept = [told(teacher.get(f"/api/v1/mark/{key}"))["result"] for key in marks]
    assert [(mark["work_type"], mark["version"]) for mark in kept] == [(made.test.id, 2)] * 2
    assert "Изменены 2 записи." in page.get("/records/mark/").text


def test_one_that_changed_meanwhile_stops_all(page: Browser, teacher: Api, made: MadeSchool) -> None:
    first, second = give_mark(teacher, made), give_mark(teacher, made)
    teacher.put(f"/api/v1/mark/{second}", json={"value": "2"})

    answer = page.post(BULK, {"act": "delete", "row": [f"{first}:1", f"{second}:1"], "sure": "1"})

    assert answer.status_code == 409
    assert "Ничего не сделано" in answer.text
    assert teacher.get(f"/api/v1/mark/{first}").status_code == 200


def test_all_that_the_list_shows_are_chosen_by_its_address(page: Browser, teacher: Api, made: MadeSchool) -> None:
    give_mark(teacher, made, value="4")
    give_mark(teacher, made, value="5")

    assert "1 запись будет удалена" in page.get(f"{BULK}?act=delete&all=1&back=f.value%3D4").text
    assert "2 записи будут удалены" in page.get(f"{BULK}?act=delete&all=1").text


def test_only_declared_acts_and_only_by_who_writes(page: Browser, browser: Callable[[str], Browser]) -> None:
    for act in ("set.value", "set.student", "drop", ""):
        assert page.get(f"{BULK}?act={act}&row=1").status_code == 404
    assert browser("mother").get(f"{BULK}?act=delete&row=1").status_code == 403
    assert page.client.post(BULK, data={"act": "delete", "row": "1", "sure": "1"}).status_code == 400  # no token


def test_a_cell_is_edited_in_the_list_and_without_script(page: Browser, teacher: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made)
    cell = f"/records/mark/{mark}/cell/value"
    back = {"then": "list", "back": "q=ел&evil=%0d"}

    assert f'href="{cell}"' in page.get("/records/mark/").text
    plain = page.post(cell, {"version": "1", "value": "4", **back})
    in_place = page.post(cell, {"version": "2", "value": "3"}, headers=IN_PLACE)

    assert plain.headers["Location"].startswith("/records/mark/?q=")
    assert in_place.json == {"text": "3"}
    wrong = page.post(cell, {"version": "3", "value": "9"}, headers=IN_PLACE)
    old = page.post(cell, {"version": "1", "value": "5"}, headers=IN_PLACE)
    assert (wrong.status_code, old.status_code) == (422, 409)
    assert 'id="field-value-error"' in wrong.text
    assert "<html" not in wrong.text
    assert 'id="field-value-newest"' in old.text
    assert told(teacher.get(f"/api/v1/mark/{mark}"))["result"]["value"] == "3"


def test_a_cell_is_edited_only_where_the_row_and_the_field_may_be(
    page: Browser, browser: Callable[[str], Browser], teacher: Api, made: MadeSchool, seen_only: int
) -> None:
    mark = give_mark(teacher, made)

    assert page.get(f"/records/mark/{mark}/cell/student").status_code == 404
    assert page.get(f"/records/mark/{mark}/cell/given_on").status_code == 404
    assert page.get("/records/mark/999999/cell/value").status_code == 404
    assert page.get(f"/records/mark/{seen_only}/cell/value").status_code == 403
    assert browser("other_teacher").get(f"/records/mark/{mark}/cell/value").status_code == 404
    assert browser("mother").get(f"/records/mark/{mark}/cell/value").status_code == 403
    assert 'class="pencil"' not in browser("mother").get("/records/mark/").text
