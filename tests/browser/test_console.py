"""The SMS console in a browser: it keeps itself fresh, fits a phone, and its acts ask first."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, Open
from tests.browser.crawl import TOO_WIDE
from tests.browser.test_spine import mark
from tests.running import RunningSchool

__all__ = ["mark"]


def test_the_overview_keeps_itself_fresh(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("operator")
    page.goto(f"{school.url}/console/")
    first = page.locator(".as-of").inner_text()

    expect(page.locator(".as-of")).not_to_have_text(first, timeout=15_000)
    expect(page.get_by_role("heading", name="Каналы СМС")).to_be_visible()


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["1280 light", "360 dark"])
def test_one_message_and_one_link_fit_the_window(
    sign_in: Open, school: RunningSchool, mark: int, size: dict[str, int], scheme: str
) -> None:
    page = sign_in("operator", size, scheme)
    for path, link in (("outbox", "td a"), ("links", ".link-card a")):
        page.goto(f"{school.url}/console/{path}/")
        assert page.evaluate(TOO_WIDE) <= 0
        page.locator(link).first.click()
        page.wait_for_url(re.compile(r"/details/\?id=\d+$"))
        assert page.evaluate(TOO_WIDE) <= 0


def test_an_act_asks_before_it_is_done(sign_in: Open, school: RunningSchool, mark: int) -> None:
    page = sign_in("operator", PHONE)
    page.goto(f"{school.url}/console/outbox/")
    page.get_by_label("Все на этой странице").check()
    page.get_by_role("button", name="Отправить ещё раз…").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Отправить ещё раз")
    expect(page.get_by_text(re.compile("Ни одно из выбранных нельзя отправить снова"))).to_be_visible()
    page.get_by_role("link", name="Вернуться").click()
    page.wait_for_url(re.compile(r"/console/outbox/"))
