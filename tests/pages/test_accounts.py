"""Accounts, roles and the own password, in the browser."""

from typing import Any

import psycopg
import pytest
from flask import Flask

from tests.support import DEMO_PASSWORD, SchoolDatabase
from tests.web.people import ACCOUNTS, ROLES, a_school
from tests.web.people import OWN_PASSWORD as OWN
from tests.web_support import Browser, add_account, client_for


def ask(database: SchoolDatabase, question: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner_url) as connection:
        return connection.execute(question, values).fetchall()


def an_account(**changes: Any) -> dict[str, Any]:
    return {
        "last_name": "Новикова",
        "first_name": "Нина",
        "username": "nina",
        "email": "",
        "password": "a good password",
        "active": "y",
        **changes,
    }


@pytest.fixture
def administrator(web: Flask, database: SchoolDatabase) -> Browser:
    add_account(database, "admin", [*ACCOUNTS, *ROLES])
    return client_for(web, "admin")


def test_an_administrator_makes_an_account_that_signs_in(
    web: Flask, database: SchoolDatabase, administrator: Browser
) -> None:
    [(role,)] = ask(database, "SELECT id FROM ab_role WHERE name = 'role of admin'")
    administrator.get("/accounts/add")

    answer = administrator.post("/accounts/add", an_account(roles=[str(role)]))

    assert answer.status_code == 303
    assert "Новикова" in administrator.get("/accounts/?q=нина").text
    assert client_for(web, "nina", "a good password").get("/accounts/").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"last_name": ""},
        {"first_name": "x" * 65},
        {"username": "admin"},
        {"username": "ADMIN"},
        {"username": "a b"},
        {"username": "a\x00b"},
        {"email": "admin@example.org"},
        {"email": "nobody"},
        {"password": ""},
        {"password": "short"},
        {"password": "nina.novikova"},
        {"password": "Школа-2026"},
        {"roles": ["999999"]},
        {"roles": ["x"]},
    ],
)
def test_a_wrong_account_is_told_by_the_field_and_not_saved(
    database: SchoolDatabase, administrator: Browser, changes: dict[str, Any]
) -> None:
    administrator.get("/accounts/add")

    answer = administrator.post("/accounts/add", an_account(**changes))

    assert answer.status_code == 422
    assert "field-error" in answer.text
    assert ask(database, "SELECT count(*) FROM ab_user") == [(1,)]


def test_a_new_password_and_closing_sign_the_person_out(
    web: Flask, database: SchoolDatabase, administrator: Browser
) -> None:
    user_id = add_account(database, "nina")
    [(role,)] = ask(database, "SELECT id FROM ab_role WHERE name = 'role of nina'")
    page = f"/accounts/{user_id}"
    for changes in ({"password": "another password"}, {"password": "", "roles": []}, {"password": "", "active": ""}):
        nina = client_for(
            web, "nina", "another password" if "roles" in changes or "active" in changes else DEMO_PASSWORD
        )
        administrator.get(page)

        answer = administrator.post(page, an_account(**{"roles": [str(role)], **changes}))

        assert answer.status_code == 303
        assert nina.get("/").status_code == 302
        if "roles" in changes:
            administrator.post(page, an_account(password="", roles=[str(role)]))


def test_an_administrator_does_not_shut_the_own_door(database: SchoolDatabase, administrator: Browser) -> None:
    [(user_id,)] = ask(database, "SELECT id FROM ab_user")
    administrator.get(f"/accounts/{user_id}")

    answer = administrator.post(f"/accounts/{user_id}", an_account(username="admin", active="", password=""))

    assert answer.status_code == 422
    assert ask(database, "SELECT active FROM ab_user") == [(True,)]


def test_the_break_glass_role_is_neither_shown_nor_given(database: SchoolDatabase, administrator: Browser) -> None:
    [(glass,)] = ask(database, "SELECT id FROM ab_role WHERE name = 'Break glass'")

    assert "Break glass" not in administrator.get("/accounts/add").text
    assert "Break glass" not in administrator.get("/roles/").text
    assert administrator.get(f"/roles/{glass}").status_code == 404
    assert administrator.post("/accounts/add", an_account(roles=[str(glass)])).status_code == 422


def test_an_administrator_gives_a_role_a_permission_and_takes_it_back(
    database: SchoolDatabase, administrator: Browser
) -> None:
    add_account(database, "nina", [("can_read", "mark")])
    [(role,)] = ask(database, "SELECT id FROM ab_role WHERE name = 'role of nina'")
    keys = dict(
        ask(
            database,
            "SELECT p.name || ' ' || v.name, pv.id FROM ab_permission_view pv JOIN ab_permission p ON p.id = "
            "pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id",
        )
    )
    page = f"/roles/{role}"
    assert f'value="{keys["can_read mark"]}" id="grant-{keys["can_read mark"]}"' in administrator.get(page).text

    grants = [str(keys["can_see breadth.my_school"]), str(keys["can_write lesson"]), "999999", "x"]
    assert administrator.post(page, {"name": "завуч", "grant": grants}).status_code == 303

    given = ask(
        database,
        "SELECT permission_view_id FROM ab_permission_view_role WHERE role_id = %s ORDER BY permission_view_id",
        role,
    )
    assert {key for (key,) in given} == {keys["can_see breadth.my_school"], keys["can_write lesson"]}
    assert ask(database, "SELECT name FROM ab_role WHERE id = %s", role) == [("завуч",)]


@pytest.mark.parametrize("name", ["", "x" * 65, "ROLE OF ADMIN", "a\x00b"])
def test_a_role_needs_a_name_of_its_own(database: SchoolDatabase, administrator: Browser, name: str) -> None:
    before = ask(database, "SELECT count(*) FROM ab_role")
    administrator.get("/roles/add")

    assert administrator.post("/roles/add", {"name": name}).status_code == 422
    assert ask(database, "SELECT count(*) FROM ab_role") == before


@pytest.mark.parametrize("path", ["/accounts/", "/accounts/add", "/accounts/1", "/roles/", "/roles/add", "/roles/1"])
def test_nobody_else_sees_accounts_and_roles(web: Flask, database: SchoolDatabase, path: str) -> None:
    add_account(database, "nina", OWN)
    nina = client_for(web, "nina")

    assert nina.get(path).status_code == 403
    assert "/accounts/" not in nina.get("/").text


@pytest.mark.parametrize("path", ["/accounts/999999", "/accounts/99999999999999999999", "/roles/99999999999999999999"])
def test_there_is_no_such_account_or_role(administrator: Browser, path: str) -> None:
    assert administrator.get(path).status_code == 404


def test_a_person_changes_the_own_password(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "nina", OWN)
    here, elsewhere = client_for(web, "nina"), client_for(web, "nina")
    before = here.cookie("session")
    here.get("/password/")

    answer = here.post(
        "/password/", {"present": DEMO_PASSWORD, "password": "a new password", "again": "a new password"}
    )

    assert answer.status_code == 303
    assert here.get("/").status_code == 200
    assert here.cookie("session") != before
    assert elsewhere.get("/").status_code == 302
    assert Browser(web).sign_in("nina", DEMO_PASSWORD).status_code == 401
    assert Browser(web).sign_in("nina", "a new password").status_code == 303


@pytest.mark.parametrize(
    "typed",
    [
        {"present": "wrong", "password": "a new password", "again": "a new password"},
        {"present": DEMO_PASSWORD, "password": "a new password", "again": "another"},
        {"present": DEMO_PASSWORD, "password": "short", "again": "short"},
        {"present": DEMO_PASSWORD, "password": "qwerty12345", "again": "qwerty12345"},
        {"present": DEMO_PASSWORD, "password": "nina-2012-2013", "again": "nina-2012-2013"},
        {"present": DEMO_PASSWORD, "password": "", "again": ""},
    ],
)
def test_the_own_password_stays_where_something_is_wrong(
    web: Flask, database: SchoolDatabase, typed: dict[str, str]
) -> None:
    add_account(database, "nina", OWN)
    nina = client_for(web, "nina")
    nina.get("/password/")

    assert nina.post("/password/", typed).status_code == 422
    assert Browser(web).sign_in("nina").status_code == 303


def test_a_school_sets_how_long_a_password_is_and_the_reason_is_told(web: Flask, database: SchoolDatabase) -> None:
    a_school(database, staff=add_account(database, "nina", OWN), shortest_password="20")
    nina = client_for(web, "nina")
    nina.get("/password/")

    for typed, told in (("верблюд рисует снег", "В пароле от 20 до 1024 знаков"), ("пароль" * 5, "пробуют первыми")):
        answer = nina.post("/password/", {"present": DEMO_PASSWORD, "password": typed, "again": typed})
        assert (answer.status_code, told in answer.text) == (422, True)
    typed = "верблюд рисует снег зимой"
    assert nina.post("/password/", {"present": DEMO_PASSWORD, "password": typed, "again": typed}).status_code == 303
    assert "пароль сменён" in nina.get("/sessions/").text
