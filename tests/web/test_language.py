"""The language of pages: the browser's choice, else the school's."""

from flask import Flask

from tests.support import SchoolDatabase
from tests.web_support import Browser, add_account, client_for


def test_a_stranger_changes_the_language_and_stays_on_the_page(web: Flask) -> None:
    browser = Browser(web)
    assert '<html lang="ru">' in browser.get("/login/?next=/phones").text

    answer = browser.post("/language", {"language": "en"}, headers={"Referer": "http://localhost/login/?next=/phones"})

    assert answer.headers["Location"] == "/login/?next=/phones"
    assert '<html lang="en">' in browser.get("/login/").text
    assert "Sign in" in browser.get("/login/").text


def test_the_choice_outlives_signing_in_and_out(web: Flask, database: SchoolDatabase) -> None:
    add_account(database, "anna")
    anna = client_for(web, "anna")
    anna.post("/language", {"language": "en"})

    anna.post("/logout/")

    assert '<html lang="en">' in anna.get("/login/").text


def test_an_unknown_language_changes_nothing(web: Flask) -> None:
    browser = Browser(web)
    browser.get("/login/")
    browser.post("/language", {"language": "../../etc"})

    assert '<html lang="ru">' in browser.get("/login/").text


def test_nobody_is_led_elsewhere_by_changing_the_language(web: Flask) -> None:
    browser = Browser(web)
    browser.get("/login/")

    elsewhere = (
        "https://evil.example/x",
        "http://localhost//evil.example",
        "http://localhost/\\evil.example",
        "http://[",
    )
    for came_from in elsewhere:
        answer = browser.post("/language", {"language": "en"}, headers={"Referer": came_from})
        assert answer.headers["Location"] == "/"
