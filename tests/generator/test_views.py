"""Saved views and chosen columns: a list as somebody likes it, for themselves or for a role."""

from collections.abc import Callable

import psycopg
import pytest

from tests.factories import MadeSchool
from tests.generator.school import count, give_mark
from tests.support import SchoolDatabase
from tests.web_support import Api, Browser

QUERY = "f.value=4&order=value&columns=value,student&page=3&nonsense=1"
CANONICAL = "order=value&columns=student,value&f.value=4"


@pytest.fixture
def page(browser: Callable[[str], Browser]) -> Browser:
    return browser("teacher")


def keep(who: Browser, name: str, role: str = "", query: str = QUERY) -> int:
    who.get("/records/mark/views")
    return who.post("/records/mark/views", {"name": name, "query": query, "role": role}).status_code


def key_of(database: SchoolDatabase, sql: str) -> str:
    with psycopg.connect(database.owner_url) as connection:
        return str(connection.execute(sql).fetchone()[0])  # type: ignore


def test_a_view_keeps_what_the_list_understands_and_opens_it_again(
    page: Browser, teacher: Api, made: MadeSchool
) -> None:
    give_mark(teacher, made, value="4")
    page.get(f"/records/mark/views?{QUERY}")

    saved = page.post("/records/mark/views", {"name": "Четвёрки <b>", "query": QUERY})

    assert saved.headers["Location"] == f"/records/mark/?{CANONICAL}"
    listed = page.get("/records/mark/").text
    assert "Четвёрки &lt;b&gt;" in listed
    assert f'href="/records/mark/?{CANONICAL.replace("&", "&amp;")}"' in listed
    assert 'aria-current="page">Четвёрки' in page.get(f"/records/mark/?{CANONICAL}").text


def test_a_private_view_is_nobody_elses(
    page: Browser, browser: Callable[[str], Browser], database: SchoolDatabase
) -> None:
    keep(page, "Мои")
    key, head = key_of(database, "SELECT id FROM saved_view"), browser("head")

    assert "Мои" not in head.get("/records/mark/").text
    head.get("/records/mark/views")
    assert head.post(f"/records/mark/views/{key}/delete").status_code == 404
    assert head.post("/records/mark/views/999999/delete").status_code == 404
    assert page.post(f"/records/student/views/{key}/delete").status_code == 404
    assert page.post(f"/records/mark/views/{key}/delete").status_code == 303
    assert count(database, "saved_view") == [0]


def test_who_may_shares_a_view_with_a_role_of_the_own_school(
    page: Browser, browser: Callable[[str], Browser], database: SchoolDatabase
) -> None:
    role, head = key_of(database, "SELECT id FROM ab_role WHERE name = 'teacher'"), browser("head")

    assert keep(page, "Всем", role) == keep(page, "Всем", "999999") == 422
    assert keep(head, "Для учителей", role) == 303
    assert "Для учителей" in page.get("/records/mark/").text
    assert "Для учителей" not in browser("mother").get("/records/mark/").text
    key = key_of(database, "SELECT id FROM saved_view")
    assert page.post(f"/records/mark/views/{key}/delete").status_code == 404


def test_a_view_has_a_name_and_the_same_name_replaces(page: Browser, database: SchoolDatabase) -> None:
    assert [keep(page, name) for name in ("", "я" * 101, "a\tb")] == [422] * 3
    assert [keep(page, "Вид"), keep(page, "Вид", query="q=x")] == [303, 303]
    assert key_of(database, "SELECT query FROM saved_view") == "q=x"


def test_columns_are_chosen_and_exports_follow(page: Browser, teacher: Api, made: MadeSchool) -> None:
    give_mark(teacher, made, comment="устно")

    shown = page.get("/records/mark/?columns=student&columns=given_on&columns=school_id").text
    exported = page.get("/records/mark/export.csv?columns=student,given_on").text

    assert 'data-label="Ученик"' in shown
    assert "20.11.2026" in shown
    assert "устно" not in shown
    assert '"20.11.2026"' in exported
    assert "устно" not in exported
    assert "устно" in page.get("/records/mark/?columns=no_such").text


def test_a_page_of_25_rows_stays_under_40_kb(page: Browser, teacher: Api, made: MadeSchool) -> None:
    for _ in range(25):
        give_mark(teacher, made)

    assert len(page.get("/records/mark/").data) < 40_000
