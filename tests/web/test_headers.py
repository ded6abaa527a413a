"""Headers of every answer."""

import re
from pathlib import Path

import pytest
from flask import Flask

from app.factory import create_app
from app.web.resources import resources
from tests.support import SchoolDatabase, settings_for
from tests.web_support import Browser, add_account, client_for

INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest.mark.parametrize(
    "path", ["/", "/login/", "/nothing-here", "/api/v1/_openapi", "/logout/", "/static/zvonok.css"]
)
def test_every_answer_is_guarded(web: Flask, path: str) -> None:
    answer = web.test_client().get(path, buffered=True)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Trace"])


@pytest.mark.parametrize("path", ["/", "/login/", "/nothing-here", "/swagger/v1"])
def test_pages_are_kept_nowhere_and_have_nothing_inline(web: Flask, database: SchoolDatabase, path: str) -> None:
    add_account(database, "anna", [("can_show", "SwaggerView")])

    for browser in (client_for(web, "anna"), Browser(web)):
        answer = browser.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert not INLINE.search(answer.text)
        assert answer.status_code == 302 or '<html lang="ru">' in answer.text


def test_files_are_kept_for_good_under_an_address_that_names_their_content(web: Flask) -> None:
    browser = Browser(web)
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', browser.get("/login/").text)

    assert len(files) >= 4
    for file in files:
        answer = browser.get(file)
        assert answer.status_code == 200, file
        assert "immutable" in answer.headers["Cache-Control"]


def test_the_cookie_is_for_this_site_and_not_for_scripts(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    browser = Browser(web)
    browser.get("/login/")
    answer = browser.post("/login/", {"username": "anna", "password": "demo-password-of-the-tests"})

    cookie = next(set_ for set_ in answer.headers.getlist("Set-Cookie") if set_.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_under_https_cookies_are_bound_to_the_host(database: SchoolDatabase, tmp_path: Path) -> None:
    app = create_app(settings_for(database, "redis://127.0.0.1:1/", tmp_path, BASE_URL="https://school.example"))
    answer = app.test_client().get("/login/", base_url="https://school.example")
    resources(app).close()

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-visit=")
    assert "Secure" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_files_shrink_on_the_way_and_pages_do_not(web: Flask) -> None:
    browser = Browser(web)
    path = re.findall(r'href="(/static/bootstrap[^"]+)"', browser.get("/login/").text)[0]
    whole, shrunk, page = (
        browser.get(address, headers={"Accept-Encoding": "br, deflate"} if asked else {})
        for address, asked in ((path, False), (path, True), ("/login/", True))
    )

    assert "Content-Encoding" not in whole.headers
    assert shrunk.headers["Content-Encoding"] == "br"
    assert len(shrunk.data) < len(whole.data) / 5
    assert "immutable" in shrunk.headers["Cache-Control"]
    assert "Accept-Encoding" in shrunk.headers["Vary"]
    assert "Content-Encoding" not in page.headers
