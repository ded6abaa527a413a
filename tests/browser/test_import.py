"""From a spreadsheet to the phone, in a browser: a class comes in, and its families are told what is urgent."""

import re

from playwright.sync_api import expect

from app.pages.imports import XLSX_TYPE
from tests.browser.conftest import Open
from tests.imports.desk import a_row, a_workbook
from tests.running import RunningSchool, wait_for

PHONE_OF_MOTHER = "79995550142"
SECONDS = 60_000


def test_a_class_comes_in_by_spreadsheet_and_its_families_get_an_sms(sign_in: Open, school: RunningSchool) -> None:
    rows = [
        a_row(school_class="6Э", surname=surname, guardian=f"{surname}а Ирина", phone=phone, email="")
        for surname, phone in (("Импортов", "8 (999) 555-01-42"), ("Ёжиков", "+7 999 555 01 43"))
    ]
    wrong = a_row(school_class="6Э", surname="Рыбин", born_on="31.02.2015", phone="8 999 555-01-44")
    page = sign_in("secretary")

    page.get_by_role("link", name="Импорт", exact=True).last.click()
    page.get_by_role("link", name=re.compile("Ученики с представителями")).first.click()
    page.set_input_files(
        "[name=file]", [{"name": "6Э.xlsx", "mimeType": XLSX_TYPE, "buffer": a_workbook(*rows, wrong)}]
    )
    page.get_by_role("button", name="Проверить книгу").click()
    expect(page.locator('[data-count="add"]')).to_have_text("2", timeout=SECONDS)
    expect(page.locator('[data-count="wrong"]')).to_have_text("1")
    expect(page.locator("main")).to_contain_text("Дата выглядит так")
    page.get_by_role("button", name="Применить").click()
    expect(page.get_by_role("button", name="Отменить импорт")).to_be_visible(timeout=SECONDS)

    head = school.program("head")
    [made] = [one for one in head.get("/api/v1/school_class/", page_size=100).json["result"] if one["name"] == "6Э"]
    told = {"title": "Отмена", "text": "Уроков завтра нет", "urgent": True, "school_class": made["id"]}
    assert head.post("/api/v1/announcement/", told).status == 201
    wait_for(lambda: school.texts(PHONE_OF_MOTHER))
    assert "Уроков завтра нет" in school.texts(PHONE_OF_MOTHER)[0]["text"]
