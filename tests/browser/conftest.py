"""A real browser on a running school; left out loudly where there is no Chromium."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.left_out import left_out
from tests.running import RunningSchool
from tests.support import DEMO_PASSWORD

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}

expect.set_options(timeout=20_000)  # other tests run beside these

NOBODYS = "/999999999"  # the end of an address where no record is

Open = Callable[..., Page]


def chromium() -> str | None:
    """Where the installed Chromium is; None where there is none."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session", autouse=True)
def _chromium_or_loudly_not(request: pytest.FixtureRequest) -> None:
    if chromium() is None:
        left_out(request, "CHROMIUM", "Install the package chromium.")


@pytest.fixture
def school(running_demo: RunningSchool) -> RunningSchool:
    return running_demo


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def sign_in(browser: Browser, school: RunningSchool) -> Iterator[Open]:
    """`sign_in("teacher")`: a page on which this person is signed in; nothing may be said on its console."""
    said: list[str] = []

    def complains(text: str, about: str) -> bool:
        # Chromium remarks on a form that was refused, and on a page that does not exist.
        # So it does on a network that a test has cut, and on a session that is locked.
        known = ("status of 422", "status of 423", "ERR_INTERNET_DISCONNECTED")
        is_nobodys = "status of 404" in text and about.endswith(NOBODYS)
        return not any(each in text for each in known) and not is_nobodys

    def open_page(username: str, size: dict[str, int] = WIDE, scheme: str = "light", touch: bool = False) -> Page:
        look: Any = {"viewport": size, "color_scheme": scheme, "has_touch": touch}
        context = browser.new_context(locale="ru-RU", **look)
        page = context.new_page()
        page.on(
            "console",
            lambda message: (
                said.append(f"{page.url}: {message.text}")
                if complains(message.text, str(message.location.get("url", "")))
                else None
            ),
        )
        page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
        page.goto(school.url + "/login/")
        expect(page.locator("[name=username]")).to_be_focused()  # typed sooner, Chromium remarks on the autofocus
        page.fill("[name=username]", username)
        page.fill("[name=password]", DEMO_PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "login" not in url)
        return page

    yield open_page
    assert said == []
