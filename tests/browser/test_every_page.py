"""Every page of every demo account: WCAG 2.2 A and AA as far as axe can tell, no overflow, nothing on the console."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import NOBODYS, Open
from tests.browser.crawl import Crawl
from tests.running import RunningSchool

PEOPLE = ("admin", "head", "classteacher", "operator", "parent", "student")  # all others: tests/soak
OTHERS = ("secretary", "health", "authority", "teacher", "parent2")


@pytest.fixture(scope="module")
def crawl(running_demo: RunningSchool) -> Crawl:
    """One for all people: a page that is built like one looked at already is not looked at again."""
    return Crawl(running_demo.url)


@pytest.mark.parametrize("person", PEOPLE)
def test_no_page_has_a_fault(sign_in: Open, crawl: Crawl, person: str) -> None:
    crawl.faults.clear()
    before = crawl.pages

    crawl.go(sign_in(person), person)

    assert crawl.faults == []
    assert crawl.pages > before, "no page was reached"


def test_pages_without_a_session_have_no_fault(browser: Browser, crawl: Crawl) -> None:
    page = browser.new_page(locale="ru-RU", reduced_motion="reduce")

    page.goto(crawl.url + "/login/")
    expect(page.locator("[name=username]")).to_be_focused()
    assert list(crawl.faults_of(page)) == []

    page.fill("[name=username]", "nobody")
    page.fill("[name=password]", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text(re.compile("Войти|вход", re.IGNORECASE))
    assert list(crawl.faults_of(page)) == []


def test_an_error_page_has_no_fault(sign_in: Open, crawl: Crawl) -> None:
    page = sign_in("teacher")

    page.goto(crawl.url + "/records/mark" + NOBODYS)

    assert list(crawl.faults_of(page)) == []
