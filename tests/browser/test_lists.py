"""Lists, forms and the finder by keyboard, in a browser."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Open
from tests.running import RunningSchool


def test_ctrl_k_leads_to_a_student(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("teacher")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("сокол")
    expect(page.get_by_role("option").first).to_contain_text("Соколов")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/records/student/\d+$"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Клавиши")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_single_keys_search_add_and_keep_what_was_typed(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("teacher")
    page.goto(f"{school.url}/records/mark/")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("n/?")  # typed, no keys
    expect(page.locator("#search")).to_have_value("n/?")
    page.locator("h1").click()
    page.keyboard.press("n")
    page.wait_for_url(re.compile(r"/records/mark/add$"))

    page.fill("[name=comment]", "набрано")
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Отмена").click()
    expect(page.locator("[name=comment]")).to_have_value("набрано")
    assert asked == ["beforeunload"]


def test_a_room_is_edited_in_place_by_keyboard(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("admin")
    page.goto(f"{school.url}/records/room/")
    pencil = page.locator(".pencil").first
    pencil.focus()
    page.keyboard.press("Enter")
    field = page.locator(".cell-form [name=seats]")
    expect(field).to_be_focused()
    page.keyboard.type("31")
    page.keyboard.press("Enter")

    expect(page.locator("td.is-saved")).to_contain_text("31")
    expect(pencil).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".cell-form")).to_have_count(0)


def test_at_360_px_a_list_and_its_parts_fit(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("head", PHONE, "dark")
    for path in ("/records/teaching/", "/records/teaching/views?q=a", "/records/lesson/add", "/find?q=сок"):
        page.goto(school.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
