"""Forms: nothing typed is lost, nothing is saved twice, and what is wrong stands by its field."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.factories import MadeSchool
from tests.generator.school import count, give_mark, told
from tests.support import SchoolDatabase
from tests.web_support import Api, Browser

KEY = re.compile(r'name="request_key" value="([^"]+)"')


@pytest.fixture
def page(browser: Callable[[str], Browser]) -> Browser:
    return browser("teacher")


def typed(page: Browser, path: str, **fields: Any) -> dict[str, Any]:
    """What a person sends who opened the form at this path and typed these fields."""
    opened = page.get(path)
    assert opened.status_code == 200, opened.text
    key = KEY.search(opened.text)
    version = re.search(r'name="version" value="(\d+)"', opened.text)
    assert key is not None
    return {"request_key": key[1], **({"version": version[1]} if version else {}), **fields}


def a_mark(page: Browser, made: MadeSchool, **changes: Any) -> dict[str, Any]:
    fields = {"lesson": made.own_lesson.id, "student": made.anna.id, "value": "5", "work_type": "", "comment": ""}
    return typed(page, "/records/mark/add", **(fields | changes))


def error_by(text: str, field: str) -> str:
    found = re.search(rf'id="field-{field}-error">([^<]*)<', text)
    return found[1] if found else ""


def test_a_mark_is_added_and_shown(page: Browser, teacher: Api, made: MadeSchool) -> None:
    answer = page.post("/records/mark/add", a_mark(page, made, comment="устно"))

    assert answer.status_code == 303
    shown = page.get(answer.headers["Location"]).text
    assert "Сохранено." in shown
    assert "устно" in shown
    mark = told(teacher.get(f"/api/v1/mark/{answer.headers['Location'].split('/')[-1]}"))["result"]
    assert (mark["value"], mark["work_type"], mark["comment"]) == ("5", made.answer.id, "устно")


def test_a_mark_is_changed(page: Browser, teacher: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made, comment="устно")

    answer = page.post(
        f"/records/mark/{mark}/edit",
        typed(
            page, f"/records/mark/{mark}/edit",
            lesson=made.own_lesson.id, student=made.gleb.id, value="3", work_type=made.test.id, comment="",
        ),
    )  # fmt: skip

    assert answer.headers["Location"] == f"/records/mark/{mark}"
    kept = told(teacher.get(f"/api/v1/mark/{mark}"))["result"]
    assert {name: kept[name] for name in ("student", "value", "work_type", "comment", "version")} == {
        "student": made.gleb.id, "value": "3", "work_type": made.test.id, "comment": None, "version": 2,
    }  # fmt: skip


def test_what_is_wrong_stands_by_its_field_and_what_was_typed_stays(
    page: Browser, made: MadeSchool, database: SchoolDatabase
) -> None:
    answer = page.post("/records/mark/add", a_mark(page, made, value="9", comment="набрано <долго>"))

    assert answer.status_code == 422
    assert error_by(answer.text, "value") == "Отметка — 2–5, зч, нз, осв, н/а, а не 9."
    assert 'value="набрано &lt;долго&gt;"' in answer.text
    assert f'data-text="{made.anna.surname} Анна"' in answer.text
    assert count(database, "mark", "notice") == [0, 0]


def test_several_wrong_fields_are_told_at_once(page: Browser, made: MadeSchool) -> None:
    answer = page.post(
        "/records/mark/add", a_mark(page, made, student="", value="\x01", comment="я" * 501, work_type="77")
    )

    assert error_by(answer.text, "value") == "Есть символ, который нельзя сохранить (код U+0001)."
    assert error_by(answer.text, "comment") == "Не больше 500 знаков, а здесь 501."
    assert error_by(answer.text, "work_type") == "Выберите из найденных."


def test_a_foreign_child_and_an_unknown_one_are_refused_alike(page: Browser, made: MadeSchool) -> None:
    foreign, unknown, words = (
        page.post("/records/mark/add", a_mark(page, made, student=student)) for student in (made.boris.id, 99_999, "Ё")
    )

    assert {answer.status_code for answer in (foreign, unknown, words)} == {422}
    for answer in (foreign, unknown, words):
        assert error_by(answer.text, "student") == "Выберите из найденных."
        assert "Борисов" not in answer.text


def test_a_form_sent_twice_saves_once_and_leads_to_the_same_place(
    page: Browser, made: MadeSchool, database: SchoolDatabase
) -> None:
    sent = a_mark(page, made)

    first, second = (page.post("/records/mark/add", sent) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["Location"] == second.headers["Location"]
    assert count(database, "mark", "notice") == [1, 1]


def test_a_form_that_was_sent_is_not_sent_again_with_something_else(
    page: Browser, made: MadeSchool, database: SchoolDatabase
) -> None:
    sent = a_mark(page, made)
    page.post("/records/mark/add", sent)

    again = page.post("/records/mark/add", sent | {"value": "4"})

    assert again.status_code == 422
    assert "Эта форма уже отправлена и сохранена." in again.text
    assert count(database, "mark") == [1]


def test_who_was_slower_keeps_what_was_typed_and_sees_what_stands_there_now(
    page: Browser, teacher: Api, made: MadeSchool
) -> None:
    mark = give_mark(teacher, made)
    edit = f"/records/mark/{mark}/edit"
    fields = {"lesson": made.own_lesson.id, "student": made.anna.id, "work_type": made.answer.id, "comment": "моё"}
    sent = typed(page, edit, **fields, value="4")
    teacher.put(f"/api/v1/mark/{mark}", json={"value": "3"})

    refused = page.post(edit, sent)

    assert refused.status_code == 409
    assert "Сейчас здесь: 3" in refused.text
    assert 'name="version" value="2"' in refused.text
    assert 'value="моё"' in refused.text
    assert told(teacher.get(f"/api/v1/mark/{mark}"))["result"]["value"] == "3"

    knowing = page.post(edit, sent | {"version": "2", "request_key": "knowing"})
    assert knowing.status_code == 303
    assert told(teacher.get(f"/api/v1/mark/{mark}"))["result"]["value"] == "4"


def test_a_mistake_in_an_old_form_does_not_make_it_a_new_one(page: Browser, teacher: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made)
    edit = f"/records/mark/{mark}/edit"
    sent = typed(page, edit, lesson=made.own_lesson.id, student=made.anna.id, work_type=made.answer.id, value="9")
    teacher.put(f"/api/v1/mark/{mark}", json={"comment": "встало"})

    assert page.post(edit, sent | {"value": "\x01"}).text.count('name="version" value="1"') == 1


def test_deleting_asks_first_and_then_says_so(page: Browser, teacher: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made)
    path = f"/records/mark/{mark}/delete"

    sent = typed(page, path)
    first, second = (page.post(path, sent) for _ in range(2))

    assert (first.headers["Location"], second.headers["Location"]) == ("/records/mark/", "/records/mark/")
    assert "Удалено." in page.get("/records/mark/").text
    assert page.get(f"/records/mark/{mark}").status_code == 404


def test_a_record_on_which_others_hang_stays_and_the_page_says_why(
    browser: Callable[[str], Browser], made: MadeSchool
) -> None:
    secretary = browser("secretary")
    path = f"/records/student/{made.anna.id}/delete"

    answer = secretary.post(path, typed(secretary, path))

    assert answer.status_code == 409
    assert "От этой записи зависят другие; удалить её нельзя." in answer.text
    assert secretary.get(f"/records/student/{made.anna.id}").status_code == 200


def test_foreign_and_unknown_records_have_no_pages(page: Browser, teacher: Api, made: MadeSchool) -> None:
    for view in ("", "/history", "/edit", "/delete"):
        foreign = page.get(f"/records/lesson/{made.foreign_lesson.id}{view}")
        unknown = page.get(f"/records/lesson/999999{view}")
        assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert page.get(f"/records/lesson/{10**40}").status_code == 404


def test_days_times_and_ticks_come_back_as_they_were_typed(browser: Callable[[str], Browser], made: MadeSchool) -> None:
    secretary = browser("secretary")
    fields = {
        "title": "Собрание", "kind": "meeting", "starts_at": "2026-12-01T18:30", "ends_at": "", "place": "каб. 5",
        "school_class": made.class_5a.id, "text": "Первая строка\r\nвторая",
    }  # fmt: skip

    saved = secretary.post("/records/event/add", typed(secretary, "/records/event/add", **fields))

    assert saved.status_code == 303
    shown = secretary.get(saved.headers["Location"]).text
    assert "01.12.2026 18:30" in shown
    assert 'value="2026-12-01T18:30"' in secretary.get(saved.headers["Location"] + "/edit").text
    assert "Первая строка\nвторая" in shown


def test_boxes_of_a_list_are_ticked(browser: Callable[[str], Browser], made: MadeSchool) -> None:
    mother = browser("mother")
    edit = f"/records/sms_subscription/{made.subscription.id}/edit"
    fields = {
        "guardian": made.mother.id, "student": made.anna.id, "phone": "8 (999) 000-00-01", "status": "active",
        "language": "ru", "script": "latin", "detail": "full", "marks": "digest", "absences": "at_once",
        "remarks": "never", "homework": "digest", "announcements": "digest", "reminders": "never",
        "debts": "digest", "term_marks": "digest", "timetable": "never",
        "digest_at": "19:15", "digest_days": ["5", "1"],
    }  # fmt: skip

    saved = mother.post(edit, typed(mother, edit, **fields))

    assert saved.status_code == 303, saved.text
    shown = mother.get(saved.headers["Location"]).text
    for words in ("понедельник, пятница", "19:15", "+79990000001"):
        assert words in shown


def test_history_page_tells_what_changed_in_words(page: Browser, teacher: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made)
    teacher.put(f"/api/v1/mark/{mark}", json={"value": "4", "student": made.gleb.id})

    text = page.get(f"/records/mark/{mark}/history").text

    changed, added = (part for part in text.split("<li>") if "Иванова Ольга" in part and "<strong>" in part)
    assert "изменено" in changed
    assert "<del>5</del>" in changed
    assert "<ins>4</ins>" in changed
    assert "<del>Ёлкина Анна</del>" in changed
    assert "<ins>Зимин Глеб</ins>" in changed
    assert "добавлено" in added
