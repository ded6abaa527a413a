"""Light or dark: the device's wish, or the person's own, rendered by the server so that nothing flashes."""

import pytest
from flask import Flask

from tests.support import SchoolDatabase
from tests.web_support import Browser, add_account, client_for

WISH = 'media="screen and (prefers-color-scheme: dark)"'


def test_without_a_choice_the_device_decides(web: Flask) -> None:
    page = Browser(web).get("/login/").text

    assert WISH in page
    assert '<meta name="color-scheme" content="light dark">' in page


@pytest.mark.parametrize(
    ("chosen", "meta", "is_linked"), [("dark", "dark", True), ("light", "only light", False)], ids=["dark", "light"]
)
def test_a_choice_is_remembered_over_signing_in_and_out(
    web: Flask, database: SchoolDatabase, chosen: str, meta: str, is_linked: bool
) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")

    answer = anna.post("/scheme", {"scheme": chosen}, headers={"Referer": "http://localhost/roles/"})
    anna.post("/logout/")
    page = anna.get("/login/").text

    assert (answer.status_code, answer.headers["Location"]) == (303, "/roles/")
    assert f'<meta name="color-scheme" content="{meta}">' in page
    assert ("dark.css" in page) == is_linked
    assert WISH not in page


def test_an_unknown_choice_changes_nothing_and_one_goes_back_to_the_device(web: Flask) -> None:
    browser = Browser(web)
    browser.get("/login/")
    browser.post("/scheme", {"scheme": "dark"})
    browser.post("/scheme", {"scheme": '"><script>'})
    assert WISH not in browser.get("/login/").text

    browser.post("/scheme", {"scheme": "auto"})

    assert WISH in browser.get("/login/").text


def test_the_choice_takes_a_token_like_every_other_act(web: Flask) -> None:
    browser = Browser(web)
    browser.get("/login/")
    browser.token = "made up"

    assert browser.post("/scheme", {"scheme": "dark"}).status_code == 400
    assert WISH in browser.get("/login/").text
