"""Who leaves the room leaves nothing open: the idle lock, and the password before sensitive acts."""

from typing import Any

import pytest
from flask import Flask

from app.web.accounts import Account
from tests.support import DEMO_PASSWORD, SchoolDatabase
from tests.web.people import ACCOUNTS, ROLES, a_guardian, a_school, ask, execute, minutes_pass
from tests.web_support import Browser, add_account, client_for

LOCKED = "Страница заперта"


@pytest.fixture
def teacher(web: Flask, database: SchoolDatabase) -> Browser:
    add_account(database, "teacher", [("can_read", "mark"), ("can_write", "mark")])
    return client_for(web, "teacher")


def test_unused_for_a_while_the_session_locks_and_the_password_opens_it(
    teacher: Browser, database: SchoolDatabase
) -> None:
    minutes_pass(database, 14)
    assert teacher.get("/").status_code == 200
    minutes_pass(database, 16)

    locked = teacher.get("/swagger/v1?a=1")
    assert (locked.status_code, LOCKED in locked.text) == (423, True)
    assert "/records/" not in locked.text  # no menu either
    assert teacher.get("/").status_code == 423  # asking again is no use of it
    assert teacher.api("GET", "/api/v1/mark/").status_code == 423
    assert teacher.post("/unlock?next=/x", {"proof_password": "a guess"}).status_code == 422
    assert teacher.get("/").status_code == 423

    opened = teacher.post("/unlock?next=/swagger/v1", {"proof_password": DEMO_PASSWORD})
    assert (opened.status_code, opened.headers["Location"]) == (303, "/swagger/v1")
    assert teacher.get("/").status_code == 200


def test_a_form_sent_from_a_locked_page_is_kept_and_goes_on_with_the_password(
    web: Flask, database: SchoolDatabase
) -> None:
    add_account(database, "admin", ROLES)
    admin = client_for(web, "admin")
    admin.get("/roles/add")
    minutes_pass(database, 20)

    kept = admin.post("/roles/add", {"name": "завуч <1>", "grant": ["1", "2"]})
    assert kept.status_code == 423
    assert '<input type="hidden" name="name" value="завуч &lt;1&gt;">' in kept.text
    assert kept.text.count('name="grant"') == 2
    assert ask(database, "SELECT count(*) FROM ab_role WHERE name LIKE 'завуч%%'") == [(0,)]

    wrong = admin.post("/roles/add", {"name": "завуч", "proof_password": "a guess"})
    assert (wrong.status_code, 'value="завуч"' in wrong.text, "a guess" in wrong.text) == (422, True, False)
    assert admin.post("/roles/add", {"name": "завуч", "proof_password": DEMO_PASSWORD}).status_code == 303
    assert ask(database, "SELECT count(*) FROM ab_role WHERE name = 'завуч'") == [(1,)]


def test_a_page_that_looks_by_itself_keeps_nothing_open_but_typing_does(
    teacher: Browser, database: SchoolDatabase
) -> None:
    for path in ("/phones/screens", "/lock/state", "/lock/dialog"):
        minutes_pass(database, 10)
        assert teacher.get(path).status_code == 200
        assert ask(database, "SELECT used_at < now() - interval '9 minutes' FROM web_session") == [(True,)], path

    assert teacher.post("/lock/used").status_code == 204  # somebody types
    assert ask(database, "SELECT used_at > now() - interval '1 minute' FROM web_session") == [(True,)]

    minutes_pass(database, 16)
    assert teacher.get("/lock/state").json == {"left": 0}
    assert teacher.post("/lock/used").status_code == 423
    by_script = {"headers": {"Zvonok-Part": "lock"}}
    assert teacher.post("/unlock", {"proof_password": "a guess"}, **by_script).status_code == 422
    assert teacher.post("/unlock", **by_script).status_code == 423
    assert teacher.post("/unlock", {"proof_password": DEMO_PASSWORD}, **by_script).status_code == 204
    assert teacher.get("/lock/state").json["left"] > 800


def test_the_pages_that_ask_again_and_again_are_marked_so(web: Flask) -> None:
    asked = {"/console/figures", "/phones/screens", "/lock/state", "/lock/dialog", "/imports/<int:run_id>/progress"}
    asked |= {"/journal/state", "/sending/<int:pk>/reached/now"}
    marked = {
        rule.rule for rule in web.url_map.iter_rules() if getattr(web.view_functions[rule.endpoint], "is_polled", False)
    }

    assert marked == asked


def test_it_is_locked_by_hand_and_a_locked_session_may_be_left(teacher: Browser) -> None:
    assert teacher.post("/lock").status_code == 303

    assert teacher.get("/").status_code == 423
    assert teacher.post("/logout/").status_code == 303
    assert teacher.get("/").headers["Location"] == "/login/"


def test_guessing_at_a_locked_page_is_counted_like_signing_in(teacher: Browser, database: SchoolDatabase) -> None:
    teacher.post("/lock")
    for _ in range(10):
        assert teacher.post("/unlock", {"proof_password": "a guess"}).status_code == 422

    assert teacher.post("/unlock", {"proof_password": DEMO_PASSWORD}).status_code == 429


def test_a_school_sets_when_its_pages_lock(web: Flask, database: SchoolDatabase) -> None:
    user_id = add_account(database, "teacher")
    a_school(database, staff=user_id, idle_lock_minutes="2")
    teacher = client_for(web, "teacher")

    minutes_pass(database, 3)
    assert teacher.get("/").status_code == 423
    execute(database, "UPDATE school_setting SET value = '0' WHERE name = 'idle_lock_minutes'")
    minutes_pass(database, 300)
    assert teacher.get("/").status_code == 200


def test_families_stay_signed_in_on_their_own_device_and_not_on_a_shared_one(
    web: Flask, database: SchoolDatabase
) -> None:
    a_guardian(database, add_account(database, "mother"))
    own, shared = client_for(web, "mother"), Browser(web)
    shared.get("/login/")
    shared.post("/login/", {"username": "mother", "password": DEMO_PASSWORD, "shared": "y"})

    kept = own.client.get_cookie("session")
    assert kept is not None and kept.max_age == 90 * 24 * 3600
    passing = shared.client.get_cookie("session")
    assert passing is not None and passing.max_age is None

    minutes_pass(database, 20)
    assert own.get("/").status_code == 200
    assert 'name="lock"' not in own.get("/").text
    assert shared.get("/").status_code == 423
    lives = "SELECT kind, round(extract(epoch FROM expires_at - seen_at) / 3600) FROM web_session ORDER BY kind"
    assert ask(database, lives) == [("family", 720), ("shared", 1)]


@pytest.mark.parametrize("path", ["/roles/add", "/accounts/add"])
def test_the_password_is_asked_before_a_sensitive_act(web: Flask, database: SchoolDatabase, path: str) -> None:
    add_account(database, "admin", [*ROLES, *ACCOUNTS])
    admin = client_for(web, "admin")
    sent: dict[str, Any] = {"name": "завуч", "username": "завуч", "last_name": "А", "first_name": "Б", "email": "",
                            "password": "верблюд рисует снег", "active": "y"}  # fmt: skip
    count = (
        "SELECT (SELECT count(*) FROM ab_role WHERE name = 'завуч') + count(*) FROM ab_user WHERE username = 'завуч'"
    )
    execute(database, "UPDATE web_session SET proved_at = now() - interval '11 minutes'")
    assert admin.get(path).status_code == 200  # looking is no act

    asked = admin.post(path, sent)
    assert (asked.status_code, "ещё раз" in asked.text) == (403, True)
    assert ask(database, count) == [(0,)]
    assert admin.post(path, {**sent, "proof_password": "a guess"}).status_code == 422
    assert ask(database, count) == [(0,)]

    assert admin.post(path, {**sent, "proof_password": DEMO_PASSWORD}).status_code == 303
    assert ask(database, count) == [(1,)]
    assert admin.post(path, {**sent, "name": "завуч 2", "username": "two"}).status_code == 303  # for a while


def test_the_answer_to_a_forged_form_comes_before_the_password_is_tried(
    teacher: Browser, web: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Account] = []
    monkeypatch.setattr("app.web.accounts.is_password_of", lambda account, typed: tried.append(account))

    refused = teacher.client.post("/unlock", data={"csrf_token": "forged", "proof_password": DEMO_PASSWORD})

    assert (refused.status_code, tried) == (400, [])
