"""Urgent news at a phone: looked at, confirmed by a second person, and followed on the page that keeps itself fresh."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open
from tests.running import RunningSchool, wait_for

PHONE_OF_PARENT = "+79990000001"
TITLE = "В школе нет воды"


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_urgent_news_are_looked_at_confirmed_and_followed(sign_in: Open, school: RunningSchool) -> None:
    wait_until = _limit(school, "5")
    head, secretary = sign_in("head", PHONE), sign_in("secretary", PHONE, "dark")
    head.goto(f"{school.url}/sending/new")
    head.get_by_label("Кому").select_option(label="5А")
    head.get_by_label("Заголовок").fill(TITLE)
    head.get_by_label("Текст").fill("Завтра уроков нет")
    head.get_by_role("button", name="Посмотреть тексты").click()

    expect(head.locator(".sms").first).to_have_text(f"{TITLE}. Завтра уроков нет. Шк 12")
    assert fits(head)
    head.get_by_role("button", name="Попросить второго человека").click()
    expect(head.locator("main")).to_contain_text("Ждёт второго человека")

    secretary.goto(school.url)
    secretary.get_by_role("link", name=TITLE).first.click()
    assert fits(secretary)
    assert not [one for one in school.texts(PHONE_OF_PARENT) if TITLE in one["text"]], "nothing goes before"
    secretary.get_by_role("button", name="Подтвердить и отправить").click()
    expect(secretary).to_have_url(re.compile(r"/reached$"))
    expect(secretary.locator(".sums")).to_contain_text("дошло по СМС", timeout=60_000)
    assert fits(secretary)
    wait_for(lambda: [one for one in school.texts(PHONE_OF_PARENT) if TITLE in one["text"]])
    _limit(school, wait_until)


def _limit(school: RunningSchool, families: str) -> str:
    """To how many families one person may send; what it was."""
    admin = school.program("admin")
    [found] = [
        one for one in admin.get("/api/v1/school_setting/", page_size=100).json["result"]
        if one["name"] == "confirmation_families"
    ]  # fmt: skip
    row = admin.get(f"/api/v1/school_setting/{found['id']}").json["result"]
    changed = admin.put(f"/api/v1/school_setting/{found['id']}", {"value": families, "version": row["version"]})
    assert changed.status == 200, changed.text
    return str(row["value"])
