"""Where one is signed in, what happened with the account, and ending what is not one's own."""

import re

import pytest
from flask import Flask

from tests.support import DEMO_PASSWORD, SchoolDatabase
from tests.web.people import ACCOUNTS, ask
from tests.web_support import Browser, Statements, add_account, client_for

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36 YaBrowser/25.8"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


def browser_of(web: Flask, username: str, says: str, address: str = "192.0.2.77") -> Browser:
    browser = Browser(web)
    browser.client.environ_base |= {"HTTP_USER_AGENT": says, "HTTP_X_FORWARDED_FOR": address}
    assert browser.sign_in(username).status_code == 303
    return browser


@pytest.fixture
def anna(web: Flask, database: SchoolDatabase) -> Browser:
    add_account(database, "anna")
    add_account(database, "boris")
    return browser_of(web, "anna", FIREFOX)


def test_a_person_sees_the_own_sessions_in_words(web: Flask, anna: Browser) -> None:
    browser_of(web, "anna", PHONE, "2001:db8:1:2::9")
    browser_of(web, "anna", EDGE)
    browser_of(web, "anna", "curl/8")
    browser_of(web, "boris", "Safari/605 Mac OS X", "198.51.100.1")

    page = anna.get("/sessions/").text

    for word in ("Firefox, Windows", "Yandex, Android", "Edge, Windows", "неизвестное устройство", "192.0.2.…",
                 "2001:db8:1:…", "этот", "вход с нового устройства"):  # fmt: skip
        assert word in page, word
    for hidden in ("192.0.2.77", "2001:db8:1:2", "198.51", "macOS", "Mozilla"):
        assert hidden not in page, hidden


def test_a_person_ends_one_session_or_all_others_and_no_foreign_one(
    web: Flask, anna: Browser, database: SchoolDatabase
) -> None:
    phone, boris = browser_of(web, "anna", PHONE), browser_of(web, "boris", FIREFOX)
    [(foreign,)] = ask(
        database, "SELECT s.id FROM web_session s JOIN ab_user u ON u.id = s.user_id WHERE username = 'boris'"
    )
    [other] = re.findall(r"/sessions/(\d+)/end", anna.get("/sessions/").text)

    answers = [anna.post(f"/sessions/{key}/end") for key in (foreign, 999_999, 10**30)]
    assert {answer.status_code for answer in answers} == {404}
    assert boris.get("/").status_code == 200
    assert anna.post(f"/sessions/{other}/end").status_code == 303
    assert phone.get("/").status_code == 302

    phone = browser_of(web, "anna", PHONE)
    assert anna.post("/sessions/end-others").status_code == 303
    assert (phone.get("/").status_code, anna.get("/").status_code, boris.get("/").status_code) == (302, 200, 200)
    assert "сеансы завершены" in anna.get("/sessions/").text


def test_an_administrator_ends_somebodys_sessions_and_others_may_not(
    web: Flask, anna: Browser, database: SchoolDatabase
) -> None:
    [(anna_id,)] = ask(database, "SELECT id FROM ab_user WHERE username = 'anna'")
    add_account(database, "admin", ACCOUNTS)
    boris, admin = client_for(web, "boris"), client_for(web, "admin")

    assert boris.post(f"/accounts/{anna_id}/sign-out").status_code == 403
    assert anna.get("/").status_code == 200
    assert admin.post(f"/accounts/{anna_id}/sign-out").status_code == 303
    assert anna.get("/").status_code == 302
    assert admin.post("/accounts/999999/sign-out").status_code == 404


def test_a_device_is_new_once_for_each_person(web: Flask, anna: Browser, database: SchoolDatabase) -> None:
    anna.post("/logout/")
    for name in ("anna", "boris", "boris"):
        assert anna.sign_in(name).status_code == 303
        anna.post("/logout/")

    assert ask(database, "SELECT count(*) FROM account_event WHERE kind = 'new_device'") == [(2,)]
    cookie = anna.client.get_cookie("device")
    assert cookie is not None and cookie.http_only and cookie.same_site == "Lax"
    assert "anna" not in cookie.value


def test_a_request_of_a_signed_in_person_costs_one_statement_for_the_session_with_the_keys(
    web: Flask, anna: Browser
) -> None:
    with Statements(web) as said:
        assert anna.get("/second-factor/").status_code == 200

    assert len([one for one in said if "web_session" in one and "ab_permission_view_role" in one]) == 1
    assert len(said) == 1


def test_signing_in_says_what_a_shared_computer_means(web: Flask) -> None:
    browser = Browser(web)
    page = browser.get("/login/").text
    assert 'name="shared"' in page
    refused = browser.post("/login/", {"username": "x", "password": DEMO_PASSWORD, "shared": "y"})
    assert re.search(r'name="shared" value="y" checked', refused.text)
