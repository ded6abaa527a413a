"""`make screenshots`: the pictures of the documents, taken from a running demo."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.pages.imports import XLSX_TYPE
from tests.browser.conftest import FLAGS, PHONE, chromium
from tests.flows.test_mark_to_phone import PARENT, child_of_parent_in_5a, own_lesson_of
from tests.imports.desk import a_row, a_workbook
from tests.running import ROOT, RunningSchool, running_school, wait_for
from tests.support import DEMO_PASSWORD

FOLDER = ROOT / "docs" / "pictures"


def main() -> None:
    """Start a demo, correct a mark, take the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_school(Path(folder) / "var") as school:
        mark = _a_corrected_mark(school)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            for name, person, path, size in (
                ("start", "classteacher", "/", {"width": 1000, "height": 640}),
                ("marks", "teacher", "/records/mark/?q=Соколова", {"width": 1000, "height": 560}),
                ("history", "teacher", f"/records/mark/{mark}/history", {"width": 1000, "height": 420}),
                ("phone", "teacher", f"/phones?phone=%2B{PARENT[1:]}", PHONE),
                ("console", "operator", "/console/", {"width": 1000, "height": 640}),
            ):
                page = _signed_in(browser, school, person, size)
                page.goto(school.url + path)
                page.wait_for_load_state("load")
                page.screenshot(path=FOLDER / f"{name}.png")
            page = _signed_in(browser, school, "secretary", {"width": 1000, "height": 760})
            _a_dry_run(page, school.url)
            page.screenshot(path=FOLDER / "import.png")
            browser.close()


def _signed_in(browser: Browser, school: RunningSchool, person: str, size: dict[str, int]) -> Page:
    page = browser.new_context(viewport=size, locale="ru-RU").new_page()  # type: ignore[arg-type]
    page.goto(school.url + "/login/")
    page.fill("[name=username]", person)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    return page


def _a_dry_run(page: Page, url: str) -> None:
    """Families of a new class, with a namesake and a row that is wrong, as far as the dry run."""
    rows = [
        a_row(
            school_class="5В", surname=surname, guardian=f"{surname}а Ирина Олеговна", phone=f"8 (999) 765-43-{place}"
        )
        for place, surname in enumerate(("Новиков", "Щукин", "Ёлкин", "Панов"), 20)
    ]
    wrong = a_row(school_class="5В", surname="Рыбин", born_on="31.02.2015")
    namesake = a_row(
        school_class="5В", surname="Соколова", given_name="Анна", patronymic="", born_on="", phone="8 999 765-43-30"
    )
    page.goto(url + "/imports/new/families")
    file = {"name": "5В.xlsx", "mimeType": XLSX_TYPE, "buffer": a_workbook(*rows, namesake, wrong)}
    page.set_input_files("[name=file]", [file])  # type: ignore[list-item]
    page.locator("form:has([name=file]) button").click()
    expect(page.locator("main")).to_contain_text("Сомнительно", timeout=60_000)


def _a_corrected_mark(school: RunningSchool) -> int:
    teacher = school.program("teacher")
    child = child_of_parent_in_5a(school)
    given = {"lesson": own_lesson_of(teacher, child["id"]), "student": child["id"], "value": "3"}
    mark = int(teacher.post("/api/v1/mark/", given).json["id"])
    wait_for(lambda: len(school.texts(PARENT)) == 1)
    teacher.put(f"/api/v1/mark/{mark}", {"value": "5"})
    wait_for(lambda: len(school.texts(PARENT)) == 2 and school.texts(PARENT)[-1]["receipt"] == "delivered")
    return mark


if __name__ == "__main__":
    main()
