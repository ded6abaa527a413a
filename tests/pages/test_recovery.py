"""Coming back by mail, by SMS, and what a stranger learns by asking: nothing."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app.pages import recover
from tests.factories import PASSWORD, MadeSchool
from tests.pages.letters import GOOD_PASSWORD, engine, letters, made, print_for, signs_up
from tests.support import SchoolDatabase
from tests.web.people import ask, execute
from tests.web_support import Browser, Statements, client_for

__all__ = ["engine", "letters", "made", "print_for"]

NEW = "жираф читает газету"


def key_in_mail(database: SchoolDatabase, kind: str) -> str:
    [(path,)] = ask(
        database, "SELECT path FROM mail_message WHERE kind = %s AND path IS NOT NULL ORDER BY id DESC LIMIT 1", kind
    )
    return str(path).partition("#")[2]


def code_in_sms(database: SchoolDatabase) -> str:
    [(body,)] = ask(database, "SELECT body FROM sms_message WHERE kind = 'code' ORDER BY id DESC LIMIT 1")
    return re.findall(r"\d{6}", str(body))[0]


def asks(web: Flask, contact: str) -> tuple[Browser, object]:
    browser = Browser(web)
    browser.get("/recover/")
    return browser, browser.post("/recover/", {"contact": contact})


@pytest.fixture
def father(web: Flask, print_for: Callable[[str], str]) -> Browser:
    """Joined by petr@example.org, which is not confirmed yet."""
    browser = Browser(web)
    assert signs_up(browser, print_for("Зимин Пётр")).status_code == 303
    return browser


def test_an_address_is_confirmed_by_its_link_and_brings_the_account_back_once(
    web: Flask, database: SchoolDatabase, father: Browser
) -> None:
    asks(web, "petr@example.org")
    assert ask(database, "SELECT count(*) FROM mail_message WHERE kind = 'recovery'") == [(0,)]  # not proved yet
    link = key_in_mail(database, "confirmation")
    reader = Browser(web)
    assert link not in reader.get("/contacts/confirm").text
    assert reader.post("/contacts/confirm", {"key": link[:-1]}).status_code == 422
    assert reader.post("/contacts/confirm", {"key": link}).status_code == 303
    assert reader.post("/contacts/confirm", {"key": link}).status_code == 422
    assert ask(database, "SELECT email FROM guardian WHERE given_name = 'Пётр'") == [("petr@example.org",)]

    browser, _answer = asks(web, " Petr@Example.org ")
    key = key_in_mail(database, "recovery")
    browser.get("/recover/new")
    weak = browser.post("/recover/new", {"key": key, "password": "Зимин Пётр 1"})
    assert weak.status_code == 422 and key in weak.text
    assert browser.post("/recover/new", {"key": key, "password": NEW}).status_code == 303
    assert "petr@example.org" in browser.get("/login/").text
    assert father.get("/").status_code == 302  # what was open is shut
    assert browser.sign_in("petr@example.org", GOOD_PASSWORD).status_code == 401
    assert browser.sign_in("petr@example.org", NEW).status_code == 303
    assert "пароль восстановлен" in browser.get("/sessions/").text
    [(told,)] = ask(database, "SELECT count(*) FROM mail_message WHERE kind = 'security'")
    assert told == 1

    replayed = Browser(web)
    replayed.get("/recover/new")
    said = set()
    for bad in (key, link, "x" * 10_000, "\0", "\u202ekey", ""):
        answer = replayed.post("/recover/new", {"key": bad, "password": NEW})
        said.add((answer.status_code, re.sub(r'value="[^"]*"', "", answer.text.replace(" hidden data", " data"))))
    assert len(said) == 1 and next(iter(said))[0] == 422


def test_a_phone_brings_back_by_a_code_in_the_browser_that_asked_and_five_tries(
    web: Flask, database: SchoolDatabase, made: MadeSchool
) -> None:
    mother, answer = asks(web, "8 999 000-00-01")  # the office has confirmed this phone
    assert answer.status_code == 303  # type: ignore[attr-defined]
    right = code_in_sms(database)
    stranger, _answer = asks(web, "+79990000009")
    stranger.get("/recover/code")
    assert stranger.post("/recover/code", {"code": right, "password": NEW}).status_code == 422
    mother.get("/recover/code")
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(5):
        assert mother.post("/recover/code", {"code": wrong, "password": NEW}).status_code == 422
    assert mother.post("/recover/code", {"code": right, "password": NEW}).status_code == 422

    mother, _answer = asks(web, "+79990000001")
    mother.get("/recover/code")
    assert mother.post("/recover/code", {"code": code_in_sms(database), "password": NEW}).status_code == 303
    assert "Ваш логин: mother" in mother.get("/login/").text
    assert mother.sign_in("mother", NEW).status_code == 303


def test_a_stranger_learns_nothing_from_the_answer_or_from_the_work(
    web: Flask, database: SchoolDatabase, made: MadeSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recover, "ASK", replace(recover.ASK, own=100, name=100))
    seen = {}
    for contact in ("mother@school.org", "nobody@school.org", "+79990000001", "+79990000005"):
        execute(database, "UPDATE ab_user SET email = 'mother@school.org' WHERE username = 'mother'")
        browser = Browser(web)
        browser.get("/recover/")
        with Statements(web) as said:
            answer = browser.post("/recover/", {"contact": contact})
        shown = browser.get("/recover/code").text if answer.status_code == 303 else answer.text
        page = shown.replace(browser.token, "")
        work = [one for one in said if "SAVEPOINT" not in one]
        seen[contact] = (answer.status_code, page, work)
    assert seen["mother@school.org"] == seen["nobody@school.org"]
    assert seen["+79990000001"] == seen["+79990000005"]
    assert ask(database, "SELECT count(*) FROM mail_message") == [(1,)]
    assert ask(database, "SELECT count(*) FROM sms_message") == [(1,)]

    for contact in ("nobody@school.org", "mother@school.org"):
        monkeypatch.setattr(recover, "ASK", replace(recover.ASK, own=1, name=1))
        assert asks(web, contact)[1].status_code == 429  # type: ignore[attr-defined]
    wrong = asks(web, "\0neither\u202e")[1]
    assert wrong.status_code == 422  # type: ignore[attr-defined]


def test_a_recovered_password_does_not_pass_by_the_second_factor(
    web: Flask, database: SchoolDatabase, made: MadeSchool
) -> None:
    execute(
        database,
        "INSERT INTO second_factor (user_id, salt, confirmed_at, last_step) "
        "SELECT id, 'salt', now(), 0 FROM ab_user WHERE username = 'mother'",
    )
    mother, _answer = asks(web, "+79990000001")
    mother.get("/recover/code")
    assert mother.post("/recover/code", {"code": code_in_sms(database), "password": NEW}).status_code == 303
    mother.get("/login/")
    assert mother.post("/login/", {"username": "mother", "password": NEW}).location.startswith("/login/code")
    assert mother.get("/").status_code == 302


def test_contacts_are_added_proved_and_removed_by_their_owner_alone(
    web: Flask, database: SchoolDatabase, made: MadeSchool, father: Browser
) -> None:
    father.get("/contacts/")
    for bad in ("\0", "x" * 10_000, "nobody"):
        assert father.post("/contacts/add", {"contact": bad}).status_code == 422
    assert father.post("/contacts/add", {"contact": "89995550101"}).status_code == 303
    [(phone,)] = ask(database, "SELECT id FROM account_contact WHERE kind = 'phone'")
    mother = client_for(web, "mother", PASSWORD)
    for act in ("send", "code", "remove"):
        assert mother.post(f"/contacts/{phone}/{act}").status_code == 404
    assert father.post(f"/contacts/{phone}/code", {"code": "abc"}).status_code == 422
    assert father.post(f"/contacts/{phone}/code", {"code": code_in_sms(database)}).status_code == 303
    [(kept,)] = ask(database, "SELECT phone FROM guardian WHERE given_name = 'Пётр' AND phone_confirmed_at IS NOT NULL")
    assert kept == "+79995550101"

    before = ask(database, "SELECT count(*) FROM sms_message")
    mother.post("/contacts/add", {"contact": "+79995550101"})  # that it is somebody's is not told, and nothing is sent
    assert ask(database, "SELECT count(*) FROM sms_message") == before
    father.get("/contacts/")
    assert father.post(f"/contacts/{phone}/remove").status_code == 303
    assert "+79995550101" not in father.get("/contacts/").text
