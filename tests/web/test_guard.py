"""Who comes in: nobody without an account, no unsafe request without the form's token, no broken token."""

import pytest
from flask import Flask

from tests.support import SchoolDatabase
from tests.web_support import Api, Browser, add_account, api_for, client_for, token_for

OPENAPI = "/api/v1/_openapi"


@pytest.mark.parametrize("path", ["/", "/swagger/v1", "/phones", "/?a=b"])
def test_pages_send_strangers_to_sign_in(web: Flask, path: str) -> None:
    answer = Browser(web).get(path)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login/")


def test_the_api_tells_strangers_to_sign_in(web: Flask) -> None:
    answer = web.test_client().get(OPENAPI)

    assert answer.status_code == 401
    assert answer.json == {"message": "Сначала войдите."}


@pytest.mark.parametrize(
    "shown",
    [
        "Bearer",
        "Bearer x.y.z",
        "Basic YTpi",
        "Bearer a b",
        ", ,",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "\x7f",
    ],
)
def test_a_broken_token_is_nobodys(web: Flask, database: SchoolDatabase, shown: str) -> None:
    answer = web.test_client().get(OPENAPI, headers={"Authorization": shown})

    assert answer.status_code == 401
    assert set(answer.json or {}) == {"message"}


def test_a_token_is_refused_in_words_with_wrong_names(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    for body in ({"username": "anna", "password": "no"}, {"username": "nobody", "password": "no"}):
        answer = web.test_client().post("/api/v1/security/login", json=body)
        assert (answer.status_code, set(answer.json or {})) == (401, {"message"})


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"username": 1, "password": []}', b'{"username": "a"}', b"\xff"]
)
def test_a_broken_sign_in_to_the_api_is_bad_input(web: Flask, body: bytes) -> None:
    answer = web.test_client().post("/api/v1/security/login", data=body, content_type="application/json")

    assert answer.status_code == 400
    assert set(answer.json or {}) == {"message"}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ab_user SET active = false",
        "UPDATE ab_user SET password = 'pbkdf2:sha256:1$new$x'",
        "DELETE FROM ab_user",
    ],
)
def test_a_token_dies_with_its_account_and_its_password(web: Flask, database: SchoolDatabase, change: str) -> None:
    import psycopg

    add_account(database, "anna", [("can_get", "OpenApi")])
    tokens = token_for(web, "anna", refresh=True)
    anna = Api(web, tokens["access_token"])
    renewing = Api(web, tokens["refresh_token"])
    assert anna.get(OPENAPI).status_code == 200
    assert renewing.post("/api/v1/security/refresh").status_code == 200

    with psycopg.connect(database.owner_url) as connection:
        connection.execute(change)

    assert anna.get(OPENAPI).status_code == 401
    assert renewing.post("/api/v1/security/refresh").status_code == 401


def test_a_refresh_token_opens_nothing_itself(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna", [("can_get", "OpenApi")])
    tokens = token_for(web, "anna", refresh=True)

    assert Api(web, tokens["refresh_token"]).get(OPENAPI).status_code == 401
    assert Api(web, tokens["access_token"]).post("/api/v1/security/refresh").status_code == 401


def test_permission_is_asked_of_browsers_and_programs(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "guest")
    add_account(database, "staff", [("can_get", "OpenApi"), ("can_show", "SwaggerView")])

    assert api_for(web, "guest").get(OPENAPI).status_code == 403
    assert client_for(web, "guest").get("/swagger/v1").status_code == 403
    assert api_for(web, "staff").get(OPENAPI).status_code == 200
    assert client_for(web, "staff").get("/swagger/v1").status_code == 200
    assert client_for(web, "staff").api("GET", OPENAPI).status_code == 200


@pytest.mark.parametrize(
    ("path", "token"), [("/logout/", ""), ("/logout/", "forged"), ("/language", ""), ("/login/", "")]
)
def test_a_form_without_the_right_token_does_nothing(
    web: Flask, database: SchoolDatabase, path: str, token: str
) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")

    answer = anna.client.post(path, data={"csrf_token": token, "language": "en"})

    assert answer.status_code == 400
    assert anna.get("/").status_code == 200


def test_a_token_of_another_session_does_nothing(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    add_account(database, "mallory")
    anna, mallory = client_for(web, "anna"), client_for(web, "mallory")

    assert anna.client.post("/logout/", data={"csrf_token": mallory.token}).status_code == 400


MARK = "/api/v1/mark/"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_api_wants_the_token_of_a_browser(web: Flask, database: SchoolDatabase, method: str) -> None:
    add_account(database, "anna", [("can_read", "mark"), ("can_write", "mark")])
    anna = client_for(web, "anna")
    path = MARK if method == "POST" else f"{MARK}1"

    for headers in ({}, {"X-CSRFToken": "forged"}, {"Authorization": "Basic YTpi"}):
        refused = anna.client.open(path, method=method, json={}, headers=headers)
        assert (refused.status_code, set(refused.json or {})) == (400, {"message"})
    by_token = anna.client.open(path, method=method, json={}, headers={"Authorization": "Bearer x.y.z"})

    assert by_token.status_code == 401  # a token shown, the browser's session counts for nothing
    assert anna.api(method, path, json={}).status_code in (404, 422)


def test_the_api_wants_no_form_token_of_a_program(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna", [("can_read", "mark"), ("can_write", "mark")])

    assert api_for(web, "anna").post(MARK, json={}).status_code == 422


@pytest.mark.parametrize("path", ["/logout/", "/language"])
def test_nothing_changes_by_get(web: Flask, database: SchoolDatabase, path: str) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")

    assert anna.get(path).status_code == 405
    assert anna.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/logout/", "/lang/en", "/back", "/users/list/", "/roles/delete/1", "/api/v1/menu/"])
def test_the_frameworks_own_pages_are_not_there(web: Flask, database: SchoolDatabase, path: str) -> None:
    add_account(database, "anna")

    assert client_for(web, "anna").get(path).status_code in (404, 405)
