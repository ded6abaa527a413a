"""`make screenshots`: the pictures of the documents, taken from a running demo."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, PHONE, chromium
from tests.flows.test_mark_to_phone import PARENT, child_of_parent_in_5a, own_lesson_of
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
                ("marks", "teacher", "/records/mark/?q=Соколова", {"width": 1000, "height": 560}),
                ("history", "teacher", f"/records/mark/{mark}/history", {"width": 1000, "height": 420}),
                ("phone", "teacher", f"/phones?phone=%2B{PARENT[1:]}", PHONE),
                ("console", "operator", "/console/", {"width": 1000, "height": 640}),
            ):
                page = browser.new_context(viewport=size, locale="ru-RU").new_page()  # type: ignore[arg-type]
                page.goto(school.url + "/login/")
                page.fill("[name=username]", person)
                page.fill("[name=password]", DEMO_PASSWORD)
                page.keyboard.press("Enter")
                page.wait_for_url(lambda url: "login" not in url)
                page.goto(school.url + path)
                page.wait_for_load_state("load")
                page.screenshot(path=FOLDER / f"{name}.png")
            browser.close()


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
