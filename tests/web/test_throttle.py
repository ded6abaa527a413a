"""Tries are counted by name, by address and in all, and a stranger's guessing shuts nobody out of the own device."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis
from werkzeug.security import check_password_hash

from app.web import accounts
from app.web.pace import SEARCHES
from app.web.resources import resources
from app.web.throttle import Limits, Throttle
from tests.support import DEMO_PASSWORD, SchoolDatabase
from tests.web_support import Browser, add_account, client_for

FEW = Limits("few", own=2, name=3, address=4, all=6, window_seconds=60)

Ask = Callable[..., Throttle]


@pytest.fixture
def at(redis_url: str) -> Ask:
    """A throttle for a name, an address and perhaps a device."""
    redis = Redis.from_url(redis_url)
    return lambda name, address, device="", limits=FEW: Throttle(redis, limits, name, address, device)


def fails(times: int, throttle: Throttle) -> None:
    for _ in range(times):
        assert not throttle.is_closed()
        throttle.count()


def test_a_name_is_shut_where_it_was_guessed_at_and_elsewhere_after_more(at: Ask) -> None:
    fails(2, at("Anna", "a"))
    assert at(" anna ", "a").is_closed()
    fails(1, at("anna", "b"))

    assert at("anna", "c").is_closed()  # three from everywhere
    assert not at("boris", "c").is_closed()
    assert not at("anna", "c", limits=replace(FEW, kind="another")).is_closed()


def test_an_address_and_everybody_together_have_limits_too(at: Ask) -> None:
    for name in ("a", "b", "c", "d"):
        fails(1, at(name, "one"))
    assert at("e", "one").is_closed()
    assert not at("e", "two").is_closed()

    fails(2, at("f", "two"))
    assert at("g", "three").is_closed()  # six in all


def test_a_known_device_has_a_count_of_its_own(at: Ask) -> None:
    for address in "abcdef":
        at("anna", address).count()
    assert at("anna", "a").is_closed()

    own = at("anna", "a", "device")
    fails(2, own)
    assert own.is_closed()
    own.forget()
    assert not own.is_closed()
    assert at("anna", "a").is_closed()  # the right password opens no more than its own place


def test_the_window_ends_though_tries_go_on(at: Ask) -> None:
    throttle = at("anna", "a")
    fails(2, throttle)
    throttle.redis.expire(throttle._own, 1)
    throttle.count()

    assert throttle.redis.ttl(throttle._own) <= 1


def test_the_teacher_comes_in_from_the_own_device_while_pupils_guess(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "teacher")
    teacher = client_for(web, "teacher")
    teacher.post("/logout/")
    pupil = Browser(web)
    pupil.get("/login/")
    for _ in range(10):  # from the same address: that of the school
        assert pupil.post("/login/", {"username": "teacher", "password": "guess"}).status_code == 401
    assert pupil.post("/login/", {"username": "teacher", "password": DEMO_PASSWORD}).status_code == 429
    given = {"username": "teacher", "password": DEMO_PASSWORD}
    assert web.test_client().post("/api/v1/security/login", json=given).status_code == 429

    assert teacher.sign_in("teacher").status_code == 303
    copied = Browser(web)
    copied.client.set_cookie("device", teacher.cookie("device") or "")
    assert copied.sign_in("other").status_code == 401  # it names nobody, and helps with no other name
    forged = Browser(web)
    forged.client.set_cookie("device", f"{'a' * 16}.{'0' * 32}~x~{'b' * 3000}")
    assert forged.sign_in("teacher").status_code == 429


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True), ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
     ("192.0.2.1", "192.0.2.2", False)],
)  # fmt: skip
def test_an_ipv6_network_is_one_address(
    web: Flask, database: SchoolDatabase, first: str, second: str, is_one: bool
) -> None:
    add_account(database, "anna")
    for address, tries in ((first, 10), (second, 1)):
        browser = Browser(web)
        browser.get("/login/")
        for _ in range(tries):
            headers = {"X-Forwarded-For": address}
            answer = browser.post("/login/", {"username": "anna", "password": "guess"}, headers=headers)

    assert answer.status_code == (429 if is_one else 401)


def test_known_unknown_and_disabled_cost_one_password_hash_each(
    web: Flask, database: SchoolDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_account(database, "anna")
    add_account(database, "closed", active=False)
    hashes: list[str] = []

    def counted(kept: str, typed: str) -> bool:
        hashes.append(kept)
        return check_password_hash(kept, typed)

    monkeypatch.setattr(accounts, "check_password_hash", counted)
    pages, programs = set(), set()
    for name in ("anna", "closed", "nobody", "x" * 500):
        browser = Browser(web)
        answer = browser.sign_in(name, "a guess")
        pages.add((answer.status_code, answer.text.replace(name, "").replace(browser.token, "")))
        given = {"username": name, "password": "a guess"}
        said = web.test_client().post("/api/v1/security/login", json=given)
        programs.add((said.status_code, said.text))
        assert len(hashes) == 2, name
        hashes.clear()

    assert (len(pages), len(programs)) == (1, 1)
    with web.app_context():
        costs = {
            kept.rsplit("$", 2)[0] for kept in (accounts.hashed("x"), web.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"])
        }
    assert len(costs) == 1


def test_without_redis_each_process_counts_for_itself() -> None:
    away = Throttle(Redis.from_url("redis://127.0.0.1:1/"), replace(FEW, kind="away"), "anna", "a")
    fails(2, away)

    assert away.is_closed()
    away.forget()
    assert not away.is_closed()


def test_who_searches_without_a_pause_waits_and_nobody_else_does(web: Flask, database: SchoolDatabase) -> None:
    user_id, _other = add_account(database, "teacher"), add_account(database, "second")
    hasty, calm = client_for(web, "teacher"), client_for(web, "second")
    asked = Throttle(resources(web).redis, SEARCHES, str(user_id), "", "account")
    for _ in range(SEARCHES.own - 1):
        asked.count()

    assert hasty.get("/find?q=a").status_code == 200
    refused = hasty.get("/find?q=a")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(SEARCHES.window_seconds))
    assert calm.get("/find?q=a").status_code == 200
    asked.forget()
