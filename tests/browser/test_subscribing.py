"""A father subscribes to the SMS diary of his child on a small phone: five taps, the code among them."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Open
from tests.running import RunningSchool, wait_for

MOST_TAPS = 5
NUMBER = "+79990000777"  # another than the school knows: a code has to prove it


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_guardian_subscribes_with_five_taps(sign_in: Open, school: RunningSchool) -> None:
    page, taps = sign_in("parent2", PHONE, touch=True), []
    _stop(page, school)
    before = len(school.texts(NUMBER))

    def tap(where: Locator, text: str = "") -> None:
        taps.append(where)
        where.tap()
        page.keyboard.type(text)

    def code() -> str:
        found = [re.search(r"\b\d{6}\b", one["text"]) for one in school.texts(NUMBER)[before:]]
        return next((one[0] for one in found if one), "")

    page.goto(school.url)
    tap(page.get_by_role("link", name="Подписаться"))
    agree = page.get_by_role("button", name="Согласен(на), подписать")
    expect(agree).to_be_visible()
    assert fits(page)
    tap(page.get_by_label("Телефон", exact=True))
    page.keyboard.press("Control+A")
    page.keyboard.type("8 999 000-07-77")
    tap(agree)
    expect(page.get_by_label("Код из СМС")).to_be_visible()
    assert fits(page)
    tap(page.get_by_label("Код из СМС"), wait_for(code))
    tap(page.get_by_role("button", name="Подтвердить"))

    expect(page.locator("main")).to_contain_text(re.compile(r"действует|включена", re.IGNORECASE))
    assert len(taps) <= MOST_TAPS
    assert fits(page)


def _stop(page: Page, school: RunningSchool) -> None:
    """As a family stands that has no SMS diary yet."""
    page.goto(f"{school.url}/sms-diary/")
    for stop in page.locator("button[name=status][value=stopped]").all():
        stop.tap()
