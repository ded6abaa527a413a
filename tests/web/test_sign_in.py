"""Signing in and out: by name and password, for as long as the account may."""

import psycopg
import pytest
from flask import Flask

from tests.support import DEMO_PASSWORD, SchoolDatabase
from tests.web_support import Browser, add_account, client_for


def execute(database: SchoolDatabase, statement: str, *values: object) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(statement, values)


def test_a_person_signs_in_and_sees_the_own_name(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")

    anna = client_for(web, "anna")

    assert "Anna Тест" in anna.get("/").text


def test_the_name_is_taken_in_any_case(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "vera")

    assert Browser(web).sign_in(" VERA ").status_code == 303


def test_names_that_differ_in_case_are_two_people(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "vera", password="of the first")
    execute(
        database,
        "INSERT INTO ab_user (first_name, last_name, username, password, active, email) SELECT 'Другая', last_name, "
        "'VERA', password, true, 'other@example.org' FROM ab_user WHERE username = 'vera'",
    )

    assert "Другая" in client_for(web, "VERA", "of the first").get("/").text
    assert "Тест" in client_for(web, "vera", "of the first").get("/").text


@pytest.mark.parametrize(
    ("username", "password"),
    [("pavel", "wrong"), ("nobody", "wrong"), ("disabled", DEMO_PASSWORD), ("", ""), ("a\x00b", "x"), ("x" * 5000, "x"),
     ("pavel", DEMO_PASSWORD + "x" * 2000), ("\udcff", "x")],
)  # fmt: skip
def test_wrong_unknown_and_disabled_are_answered_alike(
    web: Flask, database: SchoolDatabase, username: str, password: str
) -> None:
    add_account(database, "pavel")
    add_account(database, "disabled", active=False)
    browser = Browser(web)

    answer = browser.sign_in(username.encode(errors="replace").decode(), password)

    assert answer.status_code == 401
    assert 'id="wrong"' in answer.text
    assert browser.cookie("session") is None


def test_the_typed_name_stays_after_a_wrong_password(web: Flask) -> None:
    assert 'value="ne&lt;b&gt;"' in Browser(web).sign_in("ne<b>", "wrong").text


def test_too_many_wrong_passwords_shut_the_door_for_this_name_only(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "oleg")
    add_account(database, "olga")
    guesser = Browser(web)
    guesser.get("/login/")
    for _ in range(10):
        assert guesser.post("/login/", {"username": "oleg", "password": "guess"}).status_code == 401

    assert guesser.post("/login/", {"username": "oleg", "password": DEMO_PASSWORD}).status_code == 429
    assert Browser(web).sign_in("olga").status_code == 303


def test_a_copied_cookie_is_worth_nothing_after_signing_out(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "igor")
    igor = client_for(web, "igor")
    thief = Browser(web)
    thief.client.set_cookie("session", igor.cookie("session") or "")
    assert thief.get("/").status_code == 200

    assert igor.post("/logout/").status_code == 303

    assert thief.get("/").status_code == 302
    assert igor.get("/").status_code == 302


def test_signing_in_makes_a_new_session_whatever_the_browser_brought(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "lena")
    browser = Browser(web)
    browser.client.set_cookie("session", "chosen-by-somebody-else")
    browser.sign_in("lena")
    first, first_token = browser.cookie("session"), browser.token

    browser.post("/logout/")
    browser.sign_in("lena")

    assert first not in (None, "chosen-by-somebody-else", browser.cookie("session"))
    assert first_token != browser.token


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ab_user SET active = false WHERE username = 'rita'",
        "UPDATE ab_user SET password = 'pbkdf2:sha256:1$new$hash' WHERE username = 'rita'",
        "UPDATE web_session SET expires_at = now() - interval '1 second'",
        "DELETE FROM ab_user WHERE username = 'rita'",
    ],
)
def test_a_session_ends_with_what_it_stands_on(web: Flask, database: SchoolDatabase, change: str) -> None:
    add_account(database, "rita")
    rita = client_for(web, "rita")

    execute(database, change)

    assert rita.get("/").status_code == 302
    assert rita.cookie("session") is None


def test_the_row_keeps_only_the_hash_of_the_key(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "mark")
    mark = client_for(web, "mark")

    with psycopg.connect(database.owner_url) as connection:
        rows = connection.execute("SELECT key_hash, content FROM web_session").fetchall()

    assert len(mark.cookie("session") or "") == 43  # 256 bits
    assert all(mark.cookie("session") not in (key_hash, content.decode()) for key_hash, content in rows)


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
     "javascript:alert(1)", "/%0d%0aSet-Cookie:a=b\r\nx", "http:evil.example", " //evil.example", "/\t/evil.example"],
)  # fmt: skip
def test_nobody_is_led_elsewhere_after_signing_in(web: Flask, database: SchoolDatabase, target: str) -> None:
    add_account(database, "next")
    browser = Browser(web)
    browser.get("/login/")

    answer = browser.client.post(
        "/login/",
        query_string={"next": target},
        data={"username": "next", "password": DEMO_PASSWORD, "csrf_token": browser.token},
    )

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/")
    assert "evil" not in answer.headers["Location"]


def test_one_comes_back_to_the_page_that_was_asked_for(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "back")
    browser = Browser(web)

    sent = browser.get("/swagger/v1?a=1")
    browser.get(sent.headers["Location"])
    answer = browser.post(sent.headers["Location"], {"username": "back", "password": DEMO_PASSWORD})

    assert answer.headers["Location"] == "/swagger/v1?a=1"
