"""The spine as a teacher and a parent meet it, in a browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.flows.test_mark_to_phone import PARENT, child_of_parent_in_5a, own_lesson_of
from tests.running import RunningSchool, wait_for


@pytest.fixture
def mark(school: RunningSchool) -> int:
    """A mark of the child of `parent`, given by `teacher`."""
    teacher = school.program("teacher")
    child = child_of_parent_in_5a(school)
    given = {"lesson": own_lesson_of(teacher, child["id"]), "student": child["id"], "value": "3"}
    before = len(school.texts(PARENT))
    number = int(teacher.post("/api/v1/mark/", given).json["id"])
    wait_for(lambda: school.texts(PARENT)[before:])
    return number


def test_teacher_corrects_a_mark_and_sees_it_on_the_phone(sign_in: Open, school: RunningSchool, mark: int) -> None:
    page = sign_in("teacher")
    page.goto(f"{school.url}/records/mark/{mark}/edit")
    page.fill("[name=value]", "5")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/records/mark/[0-9]*$"))

    page.goto(f"{school.url}/phones?phone=%2B79990000001")
    expect(page.get_by_text("матем 5 вместо 3").last).to_be_visible(timeout=15_000)

    page.goto(f"{school.url}/records/mark/{mark}/history")
    expect(page.locator("main")).to_contain_text("3")
    expect(page.locator("main")).to_contain_text("5")


def test_teacher_adds_a_mark_by_keyboard_only(sign_in: Open, school: RunningSchool, mark: int) -> None:
    page = sign_in("teacher")
    page.goto(f"{school.url}/records/mark/add")
    lesson = page.get_by_role("combobox", name=re.compile("Урок"))
    lesson.focus()
    page.keyboard.type("5А Математика")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Соколова Анна")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("4")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/records/mark/([0-9]+)?$"))
    expect(page.locator("main")).to_contain_text("Соколова Анна")


def test_typed_text_stays_when_a_mark_is_refused(sign_in: Open, school: RunningSchool, mark: int) -> None:
    page = sign_in("teacher")
    page.goto(f"{school.url}/records/mark/{mark}/edit")
    page.fill("[name=value]", "9")
    page.fill("[name=comment]", "за доску")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Отметка — 2–5, зч, нз, осв, н/а, а не 9.")).to_be_visible()
    expect(page.locator("[name=value]")).to_have_value("9")
    expect(page.locator("[name=comment]")).to_have_value("за доску")
