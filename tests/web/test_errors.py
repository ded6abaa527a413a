"""Errors in words: pages and JSON, the same for foreign and unknown, nothing of the inside."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, TryLater
from app.factory import create_app
from app.web.guard import public
from app.web.resources import resources
from tests.support import SchoolDatabase, settings_for
from tests.web_support import Browser, Statements, add_account, client_for

SECRET = "SELECT secret FROM inside"


@pytest.fixture(scope="module")
def failing(shared_database: SchoolDatabase, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application with views that fail in every way."""
    app = create_app(settings_for(shared_database, "redis://127.0.0.1:1/", Path(tmp_path_factory.mktemp("var"))))
    errors = {
        "input": InvalidInput("value", "mark.out_of_scale", allowed="2–5", given="9"),
        "refused": NotAllowed("not_allowed.row"),
        "missing": NotFound(),
        "conflict": Conflict("conflict.stands_already"),
        "later": TryLater("unavailable"),
        "fault": RuntimeError(SECRET),
    }

    @public
    def fail(name: str) -> str:
        raise errors[name]

    app.add_url_rule("/fail/<name>", "fail", fail)
    app.add_url_rule("/api/v1/fail/<name>", "fail_api", fail)
    resources(app).close()
    return app


CASES = [("input", 422), ("refused", 403), ("missing", 404), ("conflict", 409), ("later", 503), ("fault", 500)]


@pytest.mark.parametrize(("name", "status"), CASES)
def test_an_error_is_a_page_in_words(failing: Flask, name: str, status: int) -> None:
    answer = failing.test_client().get(f"/fail/{name}")

    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert SECRET not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(("name", "status"), CASES)
def test_an_error_is_json_under_api(failing: Flask, name: str, status: int) -> None:
    answer = failing.test_client().get(f"/api/v1/fail/{name}")

    assert answer.status_code == status
    assert set(answer.json or {}) == {"message"}
    assert SECRET not in answer.text


def test_wrong_input_is_told_by_its_field(failing: Flask) -> None:
    client = failing.test_client()
    client.set_cookie("language", "en")

    answer = client.get("/api/v1/fail/input")

    assert answer.json == {"message": {"value": ["A mark is 2–5, not 9."]}}


def test_a_fault_of_ours_has_a_number_that_is_in_the_log(
    failing: Flask, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    client = failing.test_client()
    client.set_cookie("language", "en")

    text = client.get("/fail/fault").text

    number = text.partition("under the number ")[2].partition(".")[0]
    assert len(number) == 8
    assert number in capsys.readouterr().out + caplog.text  # the former where no process has set up its logging


def test_a_missing_page_is_the_same_bytes_each_time(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")

    first, second = anna.get("/no-such-page"), anna.get("/no-such-page-either")

    assert (first.status_code, second.status_code) == (404, 404)
    assert first.data == second.data


STRANGE = (
    "/%00",
    "/a%00b?c=%00",
    "/%ff%fe",
    "/?q=%00",
    "/" + "a" * 5000,
    "/.%2e/.%2e/etc/passwd",
    "/static/..%2f..%2fconfig.py",
    "/static/%2e%2e/factory.py",
    "/login/?next=%00",
)


@pytest.mark.parametrize("path", STRANGE)
def test_strange_addresses_are_no_fault(web: Flask, database: SchoolDatabase, path: str) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")

    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        for address in (path, "/api/v1" + path):
            assert anna.api(method, address).status_code < 500


def test_a_foreign_host_name_is_refused(web: Flask) -> None:
    answer = web.test_client().get("/login/", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_too_large_a_request_is_refused(web: Flask) -> None:
    browser = Browser(web)
    browser.get("/login/")

    assert browser.post("/login/", {"username": "x" * 2_000_000, "password": "y"}).status_code == 413


PART = b"--x\r\nContent-Disposition: form-data%s\r\n\r\na\r\n"
NAMELESS = PART % b"" + PART % b'; filename="f"' + b"--x--"


@pytest.mark.parametrize("path", ["/login/", "/language", "/logout/", "/password/", "/api/v1/mark/"])
def test_a_form_with_a_nameless_field_cannot_be_understood(web: Flask, database: SchoolDatabase, path: str) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")

    answer = anna.api("POST", path, data=NAMELESS, content_type="multipart/form-data; boundary=x")

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"username":' + b"[" * 100_000, 400),
        (b'{"username":' + b"1" * 6_000 + b"}", 400),
        (b'{"username":"anna","password":"\\ud800"}', 401),
        (b'{"username":"\\ud800","password":"\\u0000"}', 401),
    ],
    ids=["too deep", "too long a number", "half a pair in the password", "half a pair in the name"],
)
def test_strange_json_signs_nobody_in(web: Flask, database: SchoolDatabase, body: bytes, status: int) -> None:
    add_account(database, "anna")

    answer = Browser(web).api("POST", "/api/v1/security/login", data=body, content_type="application/json")

    assert answer.status_code == status


def test_a_page_says_so_when_the_database_is_away(database: SchoolDatabase, tmp_path: Path) -> None:
    away = SchoolDatabase("away", database.owner_url, "postgresql://nobody@127.0.0.1:1/nothing")
    app = create_app(settings_for(away, "redis://127.0.0.1:1/", tmp_path))
    client = app.test_client()
    client.set_cookie("session", "some-key")

    page, call = client.get("/"), client.get("/api/v1/_openapi")

    assert (page.status_code, call.status_code) == (503, 503)
    assert page.mimetype == "text/html"
    assert "127.0.0.1" not in page.text + call.text
    assert client.get("/static/zvonok.css", buffered=True).status_code == 200


def test_files_and_health_read_no_session(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")

    with Statements(web) as said:
        anna.get("/static/zvonok.css")
        anna.get("/static/bootstrap/css/bootstrap.min.css")

    assert said == []


def test_a_page_costs_one_statement(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna", [("can_this_form_get", "ResetMyPasswordView")])
    anna = client_for(web, "anna")

    with Statements(web) as said:
        assert anna.get("/password/").status_code == 200

    assert len(said) == 1, said


@pytest.mark.parametrize(
    ("fault", "status"), [(OperationalError(SECRET, {}, OSError("gone")), 503), (RuntimeError(SECRET), 500)]
)
def test_a_fault_while_the_session_is_read_is_told_like_any_other(
    failing: Flask, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    def open_session(*_: object) -> None:
        raise fault

    monkeypatch.setattr(failing.session_interface, "open_session", open_session)

    answer = failing.test_client().get("/fail/input")

    assert answer.status_code == status
    assert SECRET not in answer.text
    assert "{" not in answer.text
