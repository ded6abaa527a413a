"""Nobody acts in somebody's browser from elsewhere, and nobody is led elsewhere from here."""

import re
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask

from app.factory import create_app
from app.web.guard import SAFE_METHODS
from app.web.resources import resources
from tests.support import DEMO_PASSWORD, SchoolDatabase, settings_for
from tests.web.people import a_school, ask
from tests.web_support import Browser, add_account, client_for

#: They act for who shows a token or a password in the request itself, never for a browser's cookie.
BY_TOKEN_ALONE = {"TokenApi.login", "TokenApi.refresh"}


def unsafe_addresses(app: Flask) -> list[tuple[str, str]]:
    """Every method and address that may change something."""
    return [
        (method, re.sub(r"<[^>]+>", "1", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - SAFE_METHODS)
        if rule.endpoint not in BY_TOKEN_ALONE
    ]


def test_no_address_changes_anything_without_the_forms_token(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    anna, stranger = client_for(web, "anna"), Browser(web)
    stranger.get("/login/")
    addresses = unsafe_addresses(web)

    answered = {
        (who, method, path): browser.client.open(path, method=method, data=sent, headers=headers).status_code
        for who, browser in (("anna", anna), ("stranger", stranger))
        for turn, (method, path) in enumerate(addresses)
        for sent, headers in [FORGERIES[turn % len(FORGERIES)]]
    }

    wrong = {
        key: status
        for key, status in answered.items()
        if status not in ((400,) if key[0] == "anna" else (400, 302, 401))
    }
    assert wrong == {}
    assert len(addresses) > 200
    assert anna.get("/").status_code == 200


FORGERIES: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, {}),
    ({"csrf_token": ""}, {"Origin": "https://evil.example"}),
    ({"csrf_token": "forged"}, {"Referer": "https://evil.example/"}),
    ({}, {"X-CSRFToken": "IjAi.aaaa.bbbb", "Sec-Fetch-Site": "cross-site"}),
]
ELSEWHERE = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example",
    "https:evil.example",
    "http:///evil.example", "//evil.example/%2f..", "/%09/evil.example", "/\t/evil.example", "\t//evil.example",
    "/\r\nLocation: https://evil.example", "/\n/evil.example", "javascript:alert(1)", "data:text/html,x",
    "JaVaScRiPt:x",
    "//user@evil.example", "http://localhost@evil.example", "http://localhost:80#@evil.example", "/\u2028/evil.example",
    "／／evil.example", "/／evil.example", "//[::1]evil.example", ".evil.example", "evil.example", "\0//evil.example",
)  # fmt: skip
FORWARDED = {
    "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher", "X-Forwarded-Prefix": "/evil",
    "Forwarded": "host=evil.example", "X-Host": "evil.example", "X-Original-URL": "/evil", "X-Rewrite-URL": "/evil",
    "X-HTTP-Method-Override": "DELETE",
}  # fmt: skip


def leads_to(location: str) -> str:
    """The host to which a browser would go: it takes \\ for / and drops tabs and line breaks."""
    read = re.sub(r"[\t\r\n]", "", location.strip("\0 ")).replace("\\", "/")
    return urlsplit(urljoin("http://localhost/here/", read)).netloc


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_led_elsewhere(web: Flask, database: SchoolDatabase, target: str) -> None:
    add_account(database, "anna")
    anna, asked = client_for(web, "anna"), quote(target, safe="")

    answers = [
        anna.get(f"/login/?next={asked}"),
        anna.post(f"/unlock?next={asked}"),
        Browser(web).sign_in("anna", path=f"/login/?next={asked}"),
        anna.post("/language", {"language": "en"}, headers={"Referer": f"http://localhost/{asked}?{asked}"}),
    ]

    for answer in answers:
        assert answer.status_code in (302, 303)
        assert leads_to(answer.headers["Location"]) == "localhost", answer.headers["Location"]
        assert "evil" not in str([value for name, value in answer.headers if name != "Location"])


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "localhost@evil.example", "evil.example:80", "127.0.0.1.evil.example"],
)
def test_no_page_answers_to_a_foreign_name(web: Flask, host: str) -> None:
    client = web.test_client()

    for path in (
        "/",
        "/login/",
        "/recover/",
        "/join/",
        "/api/v1/_openapi",
        "/static/zvonok.css",
        "/healthz",
        "/nothing",
    ):
        answer = client.get(path, headers={"Host": host}, buffered=True)
        assert answer.status_code == 400, path
        assert "evil" not in answer.text + str(answer.headers)


def test_what_a_browser_says_about_proxies_changes_nothing(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    a_school(database)
    browser = Browser(web)

    for path in ("/", "/login/", "/recover/", "/nothing", "/api/v1/_openapi"):
        plain, told = browser.get(path), browser.get(path, headers=FORWARDED)
        assert (told.status_code, told.headers.get("Location")) == (plain.status_code, plain.headers.get("Location"))
        assert "evil" not in told.text + str(told.headers)
    browser.get("/recover/")
    asked = browser.post("/recover/", {"contact": "anna@example.org"}, headers=FORWARDED)

    assert asked.status_code == 200, asked.text
    assert ask(database, "SELECT count(*), bool_and(path LIKE '/recover/new#%') FROM mail_message") == [(1, True)]


def test_under_https_every_answer_keeps_browsers_on_https(database: SchoolDatabase, tmp_path: Path) -> None:
    app = create_app(settings_for(database, "redis://127.0.0.1:1/", tmp_path, BASE_URL="https://school.example"))
    answers = [
        app.test_client().open(path, method=method, base_url="https://school.example", headers=headers, buffered=True)
        for path in ("/", "/login/", "/nothing", "/static/zvonok.css", "/api/v1/_openapi", "/healthz")
        for method, headers in (("GET", {}), ("POST", {}), ("GET", {"Host": "evil.example"}))
    ]
    resources(app).close()

    assert {answer.status_code for answer in answers} >= {200, 302, 400, 401, 404, 405}
    for answer in answers:
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000", answer.status_code
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert cookie.startswith("__Host-")
            assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_signing_out_empties_what_the_browser_keeps(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")

    kept = anna.get("/").headers
    left = anna.post("/logout/")

    assert "Clear-Site-Data" not in kept
    assert left.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert client_for(web, "anna", DEMO_PASSWORD).get("/").status_code == 200
