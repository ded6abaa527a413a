"""The second factor: set up once, asked at every door, taken once; none of the doors goes round it."""

import re
import time

import pyotp
import pytest
from flask import Flask

from tests.support import DEMO_PASSWORD, SchoolDatabase
from tests.web.people import ACCOUNTS, a_school, ask, execute
from tests.web_support import Api, Browser, add_account, client_for, token_for

API = "/api/v1/_openapi"
LOGIN = "/api/v1/security/login"


class Phone:
    """An app for one-time codes, and the paper with the recovery codes."""

    def __init__(self, browser: Browser) -> None:
        browser.get("/second-factor/")
        browser.post("/second-factor/begin")
        page = browser.get("/second-factor/").text
        typed = re.search(r'code-text">([A-Z2-7 ]+)<', page)
        assert typed, page
        assert "<svg" in page
        self.codes = pyotp.TOTP(typed[1].replace(" ", ""))
        self.paper: list[str] = []

    def code(self, steps: int = 0) -> str:
        """That of now, or of so many half minutes later."""
        return self.codes.generate_otp(int(time.time()) // 30 + steps)

    def set_up(self, browser: Browser) -> None:
        answer = browser.post("/second-factor/confirm", {"code": self.code()})
        self.paper = re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", answer.text)
        assert (answer.status_code, len(set(self.paper))) == (200, 10), answer.text


@pytest.fixture
def anna(web: Flask, database: SchoolDatabase) -> Browser:
    add_account(database, "anna", [("can_get", "OpenApi")])
    return client_for(web, "anna")


@pytest.fixture
def phone(anna: Browser) -> Phone:
    made = Phone(anna)
    made.set_up(anna)
    return made


def test_setting_it_up_needs_the_code_and_signs_out_everywhere_else(
    web: Flask, anna: Browser, database: SchoolDatabase
) -> None:
    elsewhere, program = client_for(web, "anna"), Api(web, token_for(web, "anna")["access_token"])
    phone = Phone(anna)
    assert "<svg" not in elsewhere.get("/second-factor/").text
    assert anna.post("/second-factor/confirm", {"code": "000000"}).status_code == 422
    assert elsewhere.get("/").status_code == 200

    phone.set_up(anna)

    assert anna.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert program.get(API).status_code == 401
    kept = " ".join(map(str, ask(database, "SELECT salt, code_hash FROM second_factor, recovery_code")))
    assert not any(code.replace("-", "") in kept for code in phone.paper)
    assert phone.codes.secret not in kept
    assert "второй фактор настроен" in anna.get("/sessions/").text


def test_a_code_opens_once(web: Flask, phone: Phone) -> None:
    def answered(code: str) -> tuple[int, int]:
        browser = Browser(web)
        first = browser.sign_in("anna")
        assert first.headers["Location"] == "/login/code"
        assert browser.cookie("session") is None
        browser.get("/login/code")
        status = browser.post("/login/code", {"code": code}).status_code
        return status, browser.get("/").status_code

    assert answered(phone.code()) == (401, 302)  # it confirmed the setting up already
    assert answered(phone.code(1)) == (303, 200)
    assert answered(phone.code(1)) == (401, 302)
    assert answered(phone.paper[0].upper().replace("-", " ")) == (303, 200)
    assert answered(phone.paper[0]) == (401, 302)


def test_no_door_avoids_it(web: Flask, phone: Phone) -> None:
    given = {"username": "anna", "password": DEMO_PASSWORD}
    client = web.test_client()

    without = client.post(LOGIN, json=given)
    assert (without.status_code, list(without.json["message"])) == (401, ["code"])
    assert client.post(LOGIN, json={**given, "code": "000000"}).status_code == 401
    assert client.post(LOGIN, json={**given, "password": "wrong", "code": phone.code(1)}).status_code == 401
    assert client.post(LOGIN, json={**given, "code": 123456}).status_code == 400
    assert token_for(web, "anna", code=phone.code(1))["access_token"]
    assert client.post(LOGIN, json={**given, "code": phone.code(1)}).status_code == 401

    stranger = Browser(web)  # who never gave the password is asked for no code
    assert stranger.get("/login/code").headers["Location"] == "/login/"
    assert stranger.post("/login/code", {"code": phone.code(1)}).status_code in (303, 400)
    assert stranger.get("/").status_code == 302


def test_codes_are_not_guessed_through_and_the_owner_is_not_kept_out(web: Flask, anna: Browser, phone: Phone) -> None:
    thief = Browser(web)  # who has seen the password over the shoulder
    thief.sign_in("anna")
    thief.get("/login/code")
    for _ in range(5):
        assert thief.post("/login/code", {"code": "123456"}).status_code == 401
    assert thief.post("/login/code", {"code": phone.paper[3]}).status_code == 429
    given = {"username": "anna", "password": DEMO_PASSWORD, "code": phone.code(1)}
    assert web.test_client().post(LOGIN, json=given).status_code == 429

    anna.post("/logout/")
    anna.sign_in("anna")
    anna.get("/login/code")
    assert anna.post("/login/code", {"code": phone.code(1)}).status_code == 303


def test_a_password_that_changed_meanwhile_opens_no_second_step(
    web: Flask, phone: Phone, database: SchoolDatabase
) -> None:
    thief = Browser(web)
    thief.sign_in("anna")
    thief.get("/login/code")
    execute(database, "UPDATE ab_user SET password = 'pbkdf2:sha256:1$new$hash'")

    assert thief.post("/login/code", {"code": phone.code(1)}).headers["Location"] == "/login/"
    assert thief.get("/").status_code == 302


def test_who_has_a_role_that_needs_it_sets_it_up_before_anything_else(web: Flask, database: SchoolDatabase) -> None:
    user_id = add_account(database, "head", [("can_get", "OpenApi"), ("can_read", "mark")])
    tokens = token_for(web, "head", refresh=True)
    a_school(database, staff=user_id, second_factor_roles="Role of head, secretary")
    program, renewing = Api(web, tokens["access_token"]), Api(web, tokens["refresh_token"])
    head = client_for(web, "head")

    for path in ("/", "/records/mark/", "/sessions/", "/password/"):
        assert head.get(path).headers["Location"] == "/second-factor/", path
    assert head.api("GET", API).status_code == 403
    assert program.get(API).status_code == 403  # the token was given before the rule
    assert renewing.post("/api/v1/security/refresh").status_code == 403
    refused = web.test_client().post(LOGIN, json={"username": "head", "password": DEMO_PASSWORD})
    assert (refused.status_code, "второй фактор" in refused.json["message"]) == (403, True)

    phone = Phone(head)
    phone.set_up(head)
    assert head.get("/").status_code == 200
    assert head.post("/second-factor/off").status_code == 422
    assert ask(database, "SELECT count(*) FROM second_factor") == [(1,)]
    assert token_for(web, "head", code=phone.code(1))


def test_without_the_rule_it_is_taken_off_again_and_fresh_codes_replace_the_old(
    web: Flask, anna: Browser, phone: Phone
) -> None:
    fresh = anna.post("/second-factor/codes")
    assert phone.paper[0] not in fresh.text
    thief = Browser(web)
    thief.sign_in("anna")
    thief.get("/login/code")
    assert thief.post("/login/code", {"code": phone.paper[0]}).status_code == 401

    assert anna.post("/second-factor/off").status_code == 303
    assert anna.get("/").status_code == 200
    assert Browser(web).sign_in("anna").headers["Location"] == "/"


def test_an_administrator_takes_it_off_on_record_and_with_the_password(
    web: Flask, anna: Browser, phone: Phone, database: SchoolDatabase
) -> None:
    add_account(database, "admin", ACCOUNTS)
    admin = client_for(web, "admin")
    [(anna_id,)] = ask(database, "SELECT id FROM ab_user WHERE username = 'anna'")
    assert "Снять второй фактор" in admin.get(f"/accounts/{anna_id}").text
    execute(database, "UPDATE web_session SET proved_at = now() - interval '1 hour'")
    assert admin.post(f"/accounts/{anna_id}/second-factor").status_code == 403
    assert ask(database, "SELECT count(*) FROM second_factor") == [(1,)]
    assert anna.post(f"/accounts/{anna_id}/second-factor").status_code == 403  # no administrator

    answer = admin.post(f"/accounts/{anna_id}/second-factor", {"proof_password": DEMO_PASSWORD})

    assert answer.status_code == 303
    assert anna.get("/").status_code == 302
    anna.sign_in("anna")
    events = anna.get("/sessions/").text
    assert "второй фактор снят администратором (Admin Тест)" in events
