"""A password that somebody else made opens the door once: to the page where its owner chooses an own one."""

import re
from typing import Any

import pytest
from flask import Flask

from app.models import Staff
from app.pages import accounts
from app.services.one_time import require_change
from app.session.actors import SEEDER
from app.session.engine import transaction
from app.web.resources import resources
from tests.factories import PASSWORD, a_school, account
from tests.support import DEMO_PASSWORD, SchoolDatabase
from tests.web.people import ACCOUNTS, OWN_PASSWORD, ask
from tests.web_support import Browser, add_account, client_for

OWN = "верблюд рисует снег"


@pytest.fixture
def admin(web: Flask, database: SchoolDatabase) -> Browser:
    add_account(database, "admin", ACCOUNTS)
    return client_for(web, "admin")


@pytest.fixture
def in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo forces nobody."""

    def forced(*given: Any, is_demo: bool) -> None:
        assert is_demo
        require_change(*given, is_demo=False)

    monkeypatch.setattr(accounts, "require_change", forced)


@pytest.mark.usefixtures("in_production")
def test_a_one_time_password_is_shown_once_and_leads_only_to_an_own_one(
    web: Flask, database: SchoolDatabase, admin: Browser
) -> None:
    nina = add_account(database, "nina", [*OWN_PASSWORD, ("can_read", "student")])
    before = client_for(web, "nina")

    shown = admin.post(f"/accounts/{nina}/one-time-password").text
    [password] = re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", shown)

    assert before.get("/").status_code == 302  # what was open is shut
    assert password not in admin.get(f"/accounts/{nina}").text
    assert password not in str(ask(database, "SELECT * FROM ab_user"))
    browser = Browser(web)
    assert browser.sign_in("nina", DEMO_PASSWORD).status_code == 401
    assert browser.sign_in("nina", password).status_code == 303
    for page in ("/", "/records/student/", "/second-factor/", "/sessions/"):
        assert browser.get(page).location == "/password/"
    assert browser.api("GET", "/api/v1/student/").status_code == 403
    token = web.test_client().post(
        "/api/v1/security/login", json={"username": "nina", "password": password, "provider": "db"}
    )
    assert token.status_code == 403

    assert "Придумайте" in browser.get("/password/").text or "придумайте" in browser.get("/password/").text
    same = {"present": password, "password": password, "again": password}
    assert browser.post("/password/", same).status_code == 422
    assert browser.post("/password/", {"present": password, "password": OWN, "again": OWN}).status_code == 303
    assert browser.get("/records/student/").status_code == 200
    assert client_for(web, "nina", OWN).get("/").status_code == 200


@pytest.mark.usefixtures("in_production")
def test_a_password_that_an_administrator_types_for_another_is_a_one_time_one_too(
    web: Flask, database: SchoolDatabase, admin: Browser
) -> None:
    given = {"last_name": "Новикова", "first_name": "Нина", "username": "nina", "password": OWN, "active": "y"}
    admin.get("/accounts/add")
    assert admin.post("/accounts/add", given).status_code == 303

    assert client_for(web, "nina", OWN).get("/sessions/").location == "/password/"
    assert admin.get("/accounts/").status_code == 200


def test_nobody_else_makes_one_and_the_demo_forces_nobody(web: Flask, database: SchoolDatabase, admin: Browser) -> None:
    nina = add_account(database, "nina")
    stranger = client_for(web, "nina")

    assert stranger.post(f"/accounts/{nina}/one-time-password").status_code == 403
    assert admin.post("/accounts/999999/one-time-password").status_code == 404
    shown = admin.post(f"/accounts/{nina}/one-time-password").text
    [password] = re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", shown)
    assert client_for(web, "nina", password).get("/sessions/").status_code == 200


def test_an_administrator_says_which_member_of_staff_an_account_is(web: Flask, database: SchoolDatabase) -> None:
    made = a_school(resources(web).engine)
    with transaction(resources(web).engine, SEEDER) as session:
        user_id = account(session, "admin", "school administrator")
        session.add(Staff(school_id=made.school.id, surname="Админова", given_name="Ада", user_id=user_id))
        free = Staff(school_id=made.school.id, surname="Новикова", given_name="Нина")
        session.add(free)
    admin = client_for(web, "admin", PASSWORD)
    form = admin.get("/accounts/add").text
    assert "Новикова Нина" in form and "Иванова" not in form  # she has an account
    given = {"last_name": "Новикова", "first_name": "Нина", "username": "nina", "password": OWN, "active": "y"}

    assert admin.post("/accounts/add", {**given, "staff": str(made.teacher.id)}).status_code == 422
    assert admin.post("/accounts/add", {**given, "staff": str(free.id)}).status_code == 303
    [(nina,)] = ask(database, "SELECT user_id FROM staff WHERE surname = 'Новикова'")
    assert nina is not None
    assert f'<option selected value="{free.id}">' in admin.get(f"/accounts/{nina}").text
    assert admin.post(f"/accounts/{nina}", {**given, "password": "", "staff": "0"}).status_code == 303
    assert ask(database, "SELECT user_id FROM staff WHERE surname = 'Новикова'") == [(None,)]
    assert ask(database, "SELECT count(*) FROM staff WHERE user_id IS NULL") == [(1,)]
