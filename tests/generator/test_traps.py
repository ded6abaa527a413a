"""What Flask-AppBuilder leaves open as it ships: each closed at one place of the generator, each tried here."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import inspect

from app.generator.api import RecordApi
from app.generator.form_pages import RecordFormPages
from app.records import ALL
from tests.factories import MadeSchool
from tests.generator.school import count, give_mark, mark_body, told
from tests.support import SchoolDatabase
from tests.web_support import Api, Browser


@pytest.fixture
def page(browser: Callable[[str], Browser]) -> Browser:
    return browser("teacher")


def views(app: Flask) -> Iterator[Any]:
    for view in app.extensions["appbuilder"].baseviews:
        if isinstance(view, RecordFormPages | RecordApi):
            yield view


def test_no_view_keeps_filters_forms_or_related_views_that_requests_would_share(app: Flask) -> None:
    assert len(list(views(app))) == 2 * len(ALL)
    for view in views(app):
        assert view._filters is None
        assert view._base_filters is None
        assert not getattr(view, "_related_views", [])
        assert not getattr(view, "actions", {})
        for form in ("add_form", "edit_form", "search_form"):
            assert getattr(view, form, None) is None


def test_a_filter_in_the_address_moves_no_mark(page: Browser, teacher: Api, made: MadeSchool) -> None:
    """As shipped, `_flt_` fills the form's relations, and another request's filter does it too."""
    mark = give_mark(teacher, made)
    fields = {"lesson": made.own_lesson.id, "student": made.anna.id, "value": "4", "version": "1"}

    page.get(f"/records/mark/?_flt_0_student={made.gleb.id}")
    answer = page.post(f"/records/mark/{mark}/edit?_flt_0_student={made.gleb.id}", fields)

    assert answer.status_code == 303
    assert told(teacher.get(f"/api/v1/mark/{mark}"))["result"]["student"] == made.anna.id


@pytest.mark.parametrize(
    "path", ["action/delete_all/1", "action_post", "download/passwords.txt", "delete/1", "edit/1", "show/1", "list/"]
)
def test_routes_that_the_library_brings_along_are_not_there(page: Browser, path: str) -> None:
    assert page.get(f"/records/mark/{path}").status_code == 404
    assert page.post(f"/records/mark/{path}", {"action": "nonsense", "rowid": "1"}).status_code in (404, 405)


def test_a_hidden_column_is_no_oracle(
    browser: Callable[[str], Browser], api: Callable[[str], Api], made: MadeSchool, database: SchoolDatabase
) -> None:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "INSERT INTO sms_link (school_id, version, name, host, port, tls, system_id, password, source, reply_to, "
            'rate, "window", from_settings, active, state, state_words) '
            "VALUES (%s, 1, 'связь', 'smsc', 2775, false, 'x', 'geheim', '', '', 0, 50, false, true, 'down', '')",
            (made.school.id,),
        )
    head, head_api = browser("head"), api("head")

    pages = [head.get(f"/records/sms_link/?{query}").text for query in ("f.password=g", "f.password=x", "q=geheim")]
    sorted_by_it = head.get("/records/sms_link/?order=password").text

    assert "связь" in pages[0]
    assert "связь" in pages[1]
    assert "связь" not in pages[2]
    assert "aria-sort" not in sorted_by_it
    refused = head_api.get("/api/v1/sms_link/", q={"filters": [{"col": "password", "opr": "sw", "value": "g"}]})
    assert refused.status_code == 422
    link = told(head_api.get("/api/v1/sms_link/"))["result"][0]
    for answer in (
        head_api.get("/api/v1/sms_link/"), head_api.get(f"/api/v1/sms_link/{link['id']}"),
        head_api.get(f"/api/v1/sms_link/{link['id']}/history"), head.get(f"/records/sms_link/{link['id']}"),
        head.get("/records/sms_link/export.csv"),
    ):  # fmt: skip
        assert answer.status_code == 200
        assert "geheim" not in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "page_record_mark=x", "page_X=x", "psize_record_mark=1000000", "_oc_record_mark=student.surname",
        "_od_record_mark=sideways", "_flt_99_value=5", "_flt_0_published_at=x", "page=x", "page=-1", "page=" + "9" * 50,
        "page_size=-1", "page_size=x", "order=student.surname", "order=;", "order=-", "q=" + "%00", "q=" + "я" * 5000,
        "f.=1", "f.student.from=x", "f.value.how=x&f.value=5", "f.given_on.from=9999-99-99", "f.student=" + "9" * 50,
        "q=%ff%fe", "f.value=%ed%a0%80",
    ],
)  # fmt: skip
def test_no_address_of_a_list_breaks_it(page: Browser, teacher: Api, made: MadeSchool, query: str) -> None:
    give_mark(teacher, made)

    for path in ("", "export.csv", "export.xlsx"):
        assert page.get(f"/records/mark/{path}?{query}").status_code == 200


def test_a_page_of_a_list_is_never_longer_than_a_hundred_rows(page: Browser, teacher: Api, made: MadeSchool) -> None:
    for _ in range(101):
        give_mark(teacher, made)

    for query in ("page_size=1000000", "psize_record_mark=1000000&page_size=100"):
        assert page.get(f"/records/mark/?{query}").text.count("<td data-label") == 100 * 5


def test_drop_downs_and_searches_offer_no_foreign_row(page: Browser, mother: Api, made: MadeSchool) -> None:
    texts = [
        page.get(path).text
        for path in ("/records/mark/", "/records/mark/add", "/records/mark/options/student", "/records/lesson/add")
    ]

    for text in (*texts, mother.get("/api/v1/mark/_info").text):
        assert made.boris.surname not in text


def test_a_nested_object_makes_no_row_in_another_table(
    teacher: Api, made: MadeSchool, database: SchoolDatabase
) -> None:
    before = count(database, "student", "lesson", "mark")
    ghost = {"surname": "Призрак", "given_name": "Отметкин"}

    answers = [
        teacher.post("/api/v1/mark/", json=mark_body(made, student=ghost)),
        teacher.post("/api/v1/mark/", json=mark_body(made, student={"id": made.anna.id})),
        teacher.post("/api/v1/mark/", json=mark_body(made, student=made.anna.id + 999)),
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert count(database, "student", "lesson", "mark") == before


def test_a_browser_session_needs_the_forms_token_on_pages_and_api(
    page: Browser, teacher: Api, made: MadeSchool, database: SchoolDatabase
) -> None:
    mark = give_mark(teacher, made)
    without = [
        page.client.post("/api/v1/mark/", json=mark_body(made)),
        page.client.put(f"/api/v1/mark/{mark}", json={"value": "2"}),
        page.client.delete(f"/api/v1/mark/{mark}"),
        page.client.post("/records/mark/add", data=mark_body(made)),
        page.client.post(f"/records/mark/{mark}/edit", data={"value": "2"}),
        page.client.post(f"/records/mark/{mark}/delete"),
    ]

    assert [answer.status_code for answer in without] == [400] * 6
    assert count(database, "mark", "revision") == [1, count(database, "revision")[0]]
    assert page.api("POST", "/api/v1/mark/", json=mark_body(made)).status_code == 201


def test_looking_changes_nothing(page: Browser, teacher: Api, made: MadeSchool, database: SchoolDatabase) -> None:
    mark = give_mark(teacher, made)
    before = count(database, "mark", "revision", "notice", "request_key")

    for path in ("add", f"{mark}/edit?value=2", f"{mark}/delete"):
        assert page.get(f"/records/mark/{path}").status_code == 200

    assert count(database, "mark", "revision", "notice", "request_key") == before


def test_what_the_database_says_is_not_told(
    browser: Callable[[str], Browser], secretary: Api, made: MadeSchool
) -> None:
    twice = {"guardian": made.mother.id, "student": made.anna.id, "kinship": "mother"}
    page = browser("secretary")
    page.get("/records/guardianship/add")

    for answer in (secretary.post("/api/v1/guardianship/", json=twice), page.post("/records/guardianship/add", twice)):
        assert answer.status_code == 409
        assert "Такая запись уже есть." in (told(answer)["message"] if answer.is_json else answer.text)
        for word in ("INSERT", "psycopg", "sqlalche", "a_guardian_stands_once", "UniqueViolation", "DETAIL"):
            assert word not in answer.text


def test_a_record_has_its_permissions_and_no_menu_of_its_name(app: Flask, database: SchoolDatabase) -> None:
    with psycopg.connect(database.owner_url) as connection:
        rows = connection.execute(
            "SELECT v.name, p.name FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id "
            "JOIN ab_view_menu v ON v.id = pv.view_menu_id"
        ).fetchall()

    for record in ALL:
        further = {"can_read_text"} if record.name == "sms_message" else set()
        known = {"can_read", "can_write"} | further
        assert {permission for view, permission in rows if view == record.name} == known == set(record.permissions)
    for view in views(app):
        assert set(view.base_permissions) == set(view.record_type.permissions)


def test_no_column_is_written_that_the_declaration_does_not_offer(api: Callable[[str], Api]) -> None:
    people, asked = [api(name) for name in ("secretary", "teacher", "mother", "head")], 0
    for declared in ALL:
        hidden = {column.key for column in inspect(declared.model).columns} - set(declared.fields)
        hidden -= {f"{name}_id" for name in declared.fields}
        for person in people:
            answer = person.call("POST", f"/api/v1/{declared.name}/", json=dict.fromkeys(hidden, 1))
            if answer.status_code in (403, 404, 405):
                continue
            assert answer.status_code == 422, (declared.name, answer.status_code)
            assert hidden <= set(told(answer)["message"]), declared.name
            asked += 1
            break
    assert asked > 20
