"""Every code, link, cookie and token as an attacker sends it: junk, used, somebody else's, twice at the same moment."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from tests.pages.letters import GOOD_PASSWORD, engine, letters, made, print_for, signs_up
from tests.pages.test_recovery import code_in_sms, key_in_mail
from tests.support import DEMO_PASSWORD, SchoolDatabase
from tests.web.people import OWN_PASSWORD, ask, execute
from tests.web.test_second_factor import Phone
from tests.web_support import Browser, add_account, client_for

__all__ = ["engine", "letters", "made", "print_for"]

JUNK = (
    "", " ", "0", "000000", "9" * 10_000, "x" * 10_000, "\0", "123\x00456", "\u202e123456", "\u200f654321\u2066",
    "١٢٣٤٥٦", "½" * 6, "' OR 1=1 --", "%s%n", "{0}", "\r\nSet-Cookie: a=b", "[]", "-1", "\ufeff", "\U0001f511" * 40,
)  # fmt: skip
NEW = "жираф читает газету"


def told(browser: Browser, path: str, **sent: str) -> tuple[int, str]:
    """The status, and the page without the tokens and what was typed."""
    answer = browser.post(path, sent)
    text = re.sub(r'value="[^"]*"|<time[^<]*', "", answer.text)
    return answer.status_code, re.sub(r"[0-9a-f]{16}", "", text)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do these at the same moment."""
    gate = Barrier(len(acts))

    def do(act: Callable[[], Any]) -> Any:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(do, acts))


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is guessed is not counted: this is about what each guess is answered."""
    monkeypatch.setattr("app.web.throttle.Throttle.is_closed", lambda self: False)


@pytest.mark.usefixtures("no_limits")
def test_a_contact_is_proved_by_the_right_link_or_code_alone(
    web: Flask, database: SchoolDatabase, print_for: Callable[[str], str]
) -> None:
    father, gleb = Browser(web), Browser(web)
    signs_up(father, print_for("Зимин Пётр"), "+79991234501")
    signs_up(gleb, print_for("Зимин Глеб"), "gleb@example.org")
    link = key_in_mail(database, "confirmation")
    [(own,), (foreign,)] = ask(database, "SELECT id FROM account_contact ORDER BY id")
    father.get("/contacts/")
    gleb.get("/contacts/")

    for typed in JUNK:
        assert father.post(f"/contacts/{own}/code", {"code": typed}).status_code == 422
        assert father.post("/contacts/confirm", {"key": typed}).status_code == 422
    answers = {father.post(f"/contacts/{pk}/{act}", {"code": "1"}).status_code
               for pk in (foreign, 10**12, 10**30) for act in ("code", "send", "remove")}  # fmt: skip

    assert answers == {404}
    assert ask(database, "SELECT count(*) FROM account_contact WHERE confirmed_at IS NOT NULL") == [(0,)]
    both = at_once(*(lambda: _fresh(web, "/contacts/confirm").post("/contacts/confirm", {"key": link}) for _ in "ab"))
    assert sorted(answer.status_code for answer in both) == [303, 422]
    assert ask(database, "SELECT count(*) FROM account_event WHERE kind = 'contact_confirmed'") == [(1,)]


def _fresh(web: Flask, page: str) -> Browser:
    browser = Browser(web)
    browser.get(page)
    return browser


@pytest.mark.usefixtures("no_limits")
def test_a_code_by_sms_brings_back_once_and_junk_tells_nothing(web: Flask, database: SchoolDatabase, made: Any) -> None:
    browser = _fresh(web, "/recover/")
    browser.post("/recover/", {"contact": "+79990000001"})
    browser.get("/recover/code")
    right, before = code_in_sms(database), ask(database, "SELECT password FROM ab_user ORDER BY id")

    said = {
        told(browser, "/recover/code", code=typed, password=NEW) for typed in JUNK if len(typed.strip("\ufeff ")) > 1
    }
    assert {status for status, _page in said} == {422}
    assert len(said) == 1
    assert ask(database, "SELECT password FROM ab_user ORDER BY id") == before
    execute(database, "UPDATE account_token SET tries = 0")
    for contact in JUNK:
        assert _fresh(web, "/recover/").post("/recover/", {"contact": contact}).status_code == 422

    sent = {"code": right, "password": NEW}
    first, second = at_once(*(lambda: browser.post("/recover/code", sent).status_code for _ in "ab"))
    assert sorted((first, second)) == [303, 422]
    assert _fresh(web, "/login/").sign_in("mother", NEW).status_code == 303


@pytest.mark.usefixtures("no_limits")
def test_a_link_of_recovery_brings_back_once(web: Flask, database: SchoolDatabase, made: Any) -> None:
    execute(database, "UPDATE ab_user SET email = 'mother@school.org' WHERE username = 'mother'")
    _fresh(web, "/recover/").post("/recover/", {"contact": "mother@school.org"})
    old = key_in_mail(database, "recovery")
    _fresh(web, "/recover/").post("/recover/", {"contact": "mother@school.org"})
    key = key_in_mail(database, "recovery")
    passwords = (NEW, "слон слушает оперу")

    both = at_once(*(
        lambda password=password: _fresh(web, "/recover/new").post("/recover/new", {"key": key, "password": password})
        for password in passwords
    ))  # fmt: skip
    assert sorted(answer.status_code for answer in both) == [303, 422]
    assert _fresh(web, "/recover/new").post("/recover/new", {"key": old, "password": NEW}).status_code == 422
    opened = [_fresh(web, "/login/").sign_in("mother", password).status_code for password in passwords]
    assert sorted(opened) == [303, 401]


@pytest.mark.usefixtures("no_limits")
def test_second_factors_open_once_and_junk_tells_nothing(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")
    phone = Phone(anna)
    assert {told(anna, "/second-factor/confirm", code=typed)[0] for typed in JUNK} == {422}
    phone.set_up(anna)

    def begun() -> Browser:
        browser = Browser(web)
        browser.sign_in("anna")
        browser.get("/login/code")
        return browser

    guessing = begun()
    said = {told(guessing, "/login/code", code=typed) for typed in JUNK}
    assert len(said) == 1 and next(iter(said))[0] == 401
    for code in (phone.code(1), phone.paper[0]):
        doors = [begun(), begun()]
        both = at_once(
            *(lambda door=door, code=code: door.post("/login/code", {"code": code}).status_code for door in doors)
        )
        assert sorted(both) == [303, 401]
        assert sorted(door.get("/").status_code for door in doors) == [200, 302]
    given = {"username": "anna", "password": DEMO_PASSWORD}
    api = web.test_client()
    assert {api.post("/api/v1/security/login", json={**given, "code": typed}).status_code for typed in JUNK} == {401}


def test_of_two_who_change_a_password_at_once_one_is_told(web: Flask, database: SchoolDatabase) -> None:
    """Both know the present password: one of them made it for the other."""
    add_account(database, "anna", OWN_PASSWORD)
    browsers, chosen = [client_for(web, "anna"), client_for(web, "anna")], (NEW, GOOD_PASSWORD)
    for browser in browsers:
        browser.get("/password/")

    sent = [{"present": DEMO_PASSWORD, "password": new, "again": new} for new in chosen]
    both = at_once(*(
        lambda browser=browser, given=given: browser.post("/password/", given)
        for browser, given in zip(browsers, sent, strict=True)
    ))  # fmt: skip

    done = [answer.status_code == 303 for answer in both]
    opens = [Browser(web).sign_in("anna", new).status_code == 303 for new in chosen]
    assert sorted(done) == [False, True]
    assert opens == done


@pytest.mark.parametrize("name", ["session", "visit", "language", "scheme", "device", "csrf_access_token"])
def test_cookies_that_we_never_gave_are_nobodys(web: Flask, database: SchoolDatabase, name: str) -> None:
    add_account(database, "anna")
    own = client_for(web, "anna").cookie("session") or ""
    [(kept,)] = ask(database, "SELECT key_hash FROM web_session")

    for value in (*JUNK, own[:-1], own.swapcase(), kept, f"{own}\0", f"{own} ", "eyJfIjoxfQ.aaaa.bbbb"):
        client = web.test_client()
        client.set_cookie(name, re.sub(r"[\0\r\n;]", "_", value)[:3800])
        answer = client.get("/", buffered=True)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/login/")
        assert client.get("/login/").status_code == 200
        assert client.post("/login/", data={"username": "anna", "password": DEMO_PASSWORD}).status_code == 400


@pytest.mark.parametrize("where", ["form", "header", "key"])
def test_tokens_of_forms_and_keys_of_requests_take_no_junk(web: Flask, database: SchoolDatabase, where: str) -> None:
    add_account(database, "anna", [("can_read", "mark"), ("can_write", "mark")])
    anna = client_for(web, "anna")
    right = anna.token

    for junk in (*JUNK, right[:-1], right.swapcase(), f"{right}\0"):
        plain = re.sub(r"[\0\r\n]", "_", junk).encode("latin-1", "replace").decode("latin-1")
        if where == "form":
            answer = anna.client.post("/logout/", data={"csrf_token": junk})
        elif where == "header":
            answer = anna.client.post("/api/v1/mark/", json={}, headers={"X-CSRFToken": plain})
        else:
            answer = anna.api("POST", "/api/v1/mark/", json={}, headers={"Idempotency-Key": plain})
        assert answer.status_code == (422 if where == "key" else 400), junk[:20]
    assert anna.get("/").status_code == 200
