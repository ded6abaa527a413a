"""The class journal in a browser: by keyboard, paste and thumb, without a network, by two at once, under the lock."""

import json
import random
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from app.domain.averages import Given, averages
from tests.browser.conftest import PHONE, Open
from tests.running import RunningSchool
from tests.support import DEMO_PASSWORD

SAME = """async cases => {
    const { averages, written } = await import("/static/journal/averages.js");
    return cases.map((marks) => {
        const { count, mean, weighted } = averages(marks);
        return [count, written(mean, "."), written(weighted, ".")];
    });
}"""
CYRILLIC = """key => document.activeElement.dispatchEvent(
    new KeyboardEvent("keydown", { key, code: "KeyY", bubbles: true, cancelable: true }))"""


def corrected_freely(school: RunningSchool, days: int) -> None:
    """How long after a lesson a change needs no reason."""
    administrator = school.program("admin")
    found = administrator.get("/api/v1/school_setting/", q='{"page_size": 100}').json["result"]
    row = next((one for one in found if one["name"] == "free_edit_days"), None)
    if row is None:
        answer = administrator.post("/api/v1/school_setting/", {"name": "free_edit_days", "value": str(days)})
    elif row["value"] == str(days):
        return
    else:
        change = {"value": str(days), "version": row["version"]}
        answer = administrator.put(f"/api/v1/school_setting/{row['id']}", change)
    assert answer.status in (200, 201), answer.text


@pytest.fixture(autouse=True)
def freely(school: RunningSchool) -> None:
    """The stories write in lessons of the whole term."""
    corrected_freely(school, 3650)


def open_journal(page: Page, school: RunningSchool) -> str:
    """The teacher's journal of mathematics in 5А; its address."""
    page.goto(f"{school.url}/journal/")
    page.get_by_role("link", name="5А Математика").first.click()
    expect(page.locator("td[role=gridcell]:focus")).to_have_count(1)
    return page.url


def cell(page: Page, row: int, back: int = 0) -> Locator:
    """The cell of a line in the last column, or in one before it."""
    column = page.locator(".journal-grid thead [data-lesson]").count() + 1 - back
    return page.locator(f".journal-grid tbody tr:nth-child({row}) > :nth-child({column})")


def saved(page: Page) -> None:
    expect(page.locator(".journal-state")).to_contain_text("сохранено")
    expect(page.locator(".is-saving")).to_have_count(0)


def test_a_lesson_is_done_by_keyboard_and_a_block_is_pasted(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("teacher")
    address = open_journal(page, school)
    page.keyboard.press("End")
    page.keyboard.press("Control+ArrowUp")
    for key in ("5", "4", "y", "Comma", "e", "3"):  # the letters as they lie on a Russian keyboard
        page.keyboard.press(key)
    page.evaluate(CYRILLIC, "н")
    texts = ["5", "4", "н", "б", "у", "3", "н"]
    for row, text in enumerate(texts, start=1):
        expect(cell(page, row)).to_have_text(text)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("/")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(cell(page, 6)).to_have_text("3/2")
    page.keyboard.press("8")
    expect(page.locator(".journal-state")).to_contain_text("а не «8»")
    page.keyboard.press("Control+z")
    expect(cell(page, 6)).to_have_text("3")
    page.keyboard.press("Control+y")
    page.keyboard.press("Delete")
    expect(cell(page, 6)).to_have_text("")
    page.keyboard.press("Control+z")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Control+d")
    expect(cell(page, 7)).to_have_text("3/2")
    saved(page)
    a_debt_and_a_term_mark(page)

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    below = page.locator(".journal-grid tbody tr").count() - 4  # where no family of another story is told
    cell(page, below, back=1).click()
    block = "2\t=A1\tлишнее\n4\t5\nабв\t\n" + "5\n" * 3000
    page.evaluate("text => navigator.clipboard.writeText(text)", block)
    page.keyboard.press("Control+v")
    dialog = page.get_by_role("dialog", name="Вставить")
    expect(dialog).to_contain_text("строка 1, столбец 2: «=A1» — здесь не отметка")
    expect(dialog).to_contain_text("за пределами журнала")
    dialog.get_by_role("button", name="Вставить").click()
    expect(cell(page, below + 1, back=1)).to_have_text("4")
    expect(cell(page, below + 1)).to_have_text("5")
    saved(page)

    page.goto(address)
    for row, text in ((1, "5"), (2, "4"), (3, "н"), (6, "3/2"), (7, "3/2"), (below + 1, "5")):
        expect(cell(page, row)).to_have_text(text)
    for row, text in ((below, "2"), (below + 1, "4"), (below + 2, ""), (below + 3, "5")):
        expect(cell(page, row, back=1)).to_have_text(text)
    # What the page reckons itself is what the server reckons.
    choose = random.Random(5)
    values = ["2", "3", "4", "5", "10", "зч", "н/а", ""]
    cases = [
        [[choose.choice(values), choose.randrange(0, 1000)] for _ in range(choose.randrange(12))] for _ in range(300)
    ]
    wanted = [averages(Given(value, Decimal(weight) / 100) for value, weight in case) for case in cases]
    told = [[one.count, str(one.mean or ""), str(one.weighted or "")] for one in wanted]
    assert json.loads(json.dumps(page.evaluate(SAME, cases))) == told


def a_debt_and_a_term_mark(page: Page) -> None:
    """A dot, what it is for, the mark that it becomes; then what the marks propose, taken and taken back."""
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(".")
    expect(cell(page, 8)).to_have_text(".")
    expect(page.locator("#journal-debt")).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press(".")
    expect(page.get_by_role("textbox", name="Что сделать")).to_be_focused()
    page.keyboard.type("К доске")
    page.keyboard.press("Enter")
    expect(page.locator("#journal-debt")).to_be_hidden()
    page.keyboard.press("4")
    expect(cell(page, 8)).to_have_text("4")
    page.keyboard.press("End")
    given = page.locator(".journal-grid tbody tr:nth-child(9) .col-term")
    expect(given).to_be_focused()
    proposed = page.locator(".journal-grid tbody tr:nth-child(9) .col-proposed").inner_text()
    page.keyboard.press("=")
    expect(given).to_have_text(proposed)
    saved(page)
    page.keyboard.press("Control+z")
    expect(given).to_have_text("")
    saved(page)


def test_by_thumb_at_360_px_attendance_comes_first(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("teacher", PHONE, touch=True)
    page.goto(f"{school.url}/journal/")
    page.get_by_role("link", name="5Б Математика").first.tap()
    expect(page.locator(".journal-area").first).to_be_attached()  # the list has its height
    page.locator(".journal-lessons .is-begin th a").tap()
    page.wait_for_url("**/journal/lesson/*")
    page.get_by_role("button", name="Все на месте").tap()
    texts = page.locator("td[role=gridcell]").all_inner_texts()
    away, *marked = [row for row, text in enumerate(texts, start=1) if not text][:2]
    page.locator(f"tbody tr:nth-child({away}) th").tap()
    expect(cell(page, away)).to_have_text("н")
    page.locator("[data-put=б]").tap()
    expect(cell(page, away)).to_have_text("б")
    page.get_by_role("button", name="Отметки").tap()
    page.locator(f"tbody tr:nth-child({marked[0]}) th").tap()
    page.locator("[data-put='4']").tap()
    expect(cell(page, marked[0])).to_have_text("4")
    expect(page.locator("tr.is-chosen")).to_have_count(1)
    page.locator(f"tbody tr:nth-child({marked[0]}) th").tap()
    page.locator("[data-second]").tap()
    page.locator("[data-put='5']").tap()
    expect(cell(page, marked[0])).to_have_text("4/5")
    page.get_by_role("textbox", name="Тема").fill("Дроби на телефоне")
    page.get_by_role("textbox", name="Домашнее задание").fill("§ 7")
    page.locator("h1").tap()
    saved(page)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    sizes = page.locator(".journal-pad button").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44
    page.reload()
    expect(page.get_by_role("button", name="Все на месте")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("textbox", name="Тема")).to_have_value("Дроби на телефоне")
    expect(cell(page, away)).to_have_text("б")


def test_without_a_network_nothing_is_lost_not_even_by_a_reload(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("teacher")
    open_journal(page, school)
    page.keyboard.press("Home")
    page.keyboard.press("Control+ArrowUp")
    page.context.set_offline(True)
    before = [page.locator(f".journal-grid tbody tr:nth-child({row}) > td").first.inner_text() for row in (1, 2)]
    typed = ["4" if text != "4" else "5" for text in before]
    for key in typed:
        page.keyboard.press(key)
    expect(page.locator(".journal-state")).to_have_text("хранится на этом устройстве, ещё не отправлено: 2")
    kept = page.evaluate("""() => new Promise(done => { const asked = indexedDB.open("zvonok-journal");
        asked.onsuccess = () => { asked.result.transaction("changes").objectStore("changes").getAll().onsuccess =
        event => done(JSON.stringify(event.target.result)); }; })""")
    assert not any(letter in kept.lower() for letter in "авеиор")  # nobody's name

    page.close(run_before_unload=True)  # and the power is gone, too
    page = page.context.new_page()
    page.context.set_offline(False)
    page.goto(f"{school.url}/journal/")
    page.get_by_role("link", name="5А Математика").first.click()
    saved(page)
    page.reload()
    for row, text in enumerate(typed, start=1):
        expect(page.locator(f".journal-grid tbody tr:nth-child({row}) > td").first).to_have_text(text)

    page.context.set_offline(True)
    active = page.locator("td[role=gridcell]:focus")
    active.press("3" if active.inner_text() == "5" else "5")
    expect(page.locator(".journal-state")).to_contain_text("ещё не отправлено: 1")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    page.evaluate("document.querySelector(\"form[action='/logout/']\").requestSubmit()")
    expect(page.locator(".journal-state")).to_contain_text("ещё не отправлено: 1")
    page.context.set_offline(False)
    saved(page)
    assert len(asked) == 1
    page.evaluate("document.querySelector(\"form[action='/logout/']\").requestSubmit()")
    page.wait_for_url("**/login/")
    assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0


def test_two_in_one_cell_see_both_and_the_lock_keeps_what_is_half_typed(sign_in: Open, school: RunningSchool) -> None:
    first, second = sign_in("teacher"), sign_in("teacher")
    for page in (first, second):
        open_journal(page, school)
        page.keyboard.press("Home")
        page.keyboard.press("Control+ArrowDown")
    mine = first.locator("td[role=gridcell]:focus").inner_text()
    theirs, other = ("2", "3") if mine not in ("2", "3") else ("4", "5")
    last = ".journal-grid tbody tr:last-child > td >> nth=0"
    first.keyboard.press(theirs)
    saved(first)
    corrected_freely(school, 0)
    second.keyboard.press(other)
    dialog = second.get_by_role("dialog", name="Двое в одной клетке")
    expect(dialog).to_contain_text(f"здесь «{theirs}»")
    dialog.get_by_role("button", name="Записать моё").click()
    reason = second.locator("#journal-reason")
    expect(reason).to_contain_text("С тех пор прошло много времени")
    second.keyboard.type("работа над ошибками")
    second.keyboard.press("Enter")
    expect(reason).to_be_hidden()
    saved(second)
    corrected_freely(school, 3650)
    first.reload()
    expect(first.locator(last)).to_have_text(other)

    second.clock.install()
    second.reload()
    expect(second.locator("td[role=gridcell]:focus")).to_have_count(1)
    second.keyboard.press("Home")
    second.keyboard.press("Enter")
    second.locator(".cell-input").fill("5/4")
    with school.owner() as connection:
        connection.execute(
            "UPDATE web_session SET used_at = now() - interval '16 minutes' "
            "WHERE user_id = (SELECT id FROM ab_user WHERE username = 'teacher')"
        )
    second.clock.fast_forward("16:00")
    lock = second.get_by_role("dialog", name="Заперто")
    expect(lock).to_be_visible()
    expect(second.locator(".journal-grid")).to_be_hidden()
    second.keyboard.type(DEMO_PASSWORD)
    second.keyboard.press("Enter")
    expect(lock).to_be_hidden()
    expect(second.locator(".cell-input")).to_have_value("5/4")
    second.locator(".cell-input").press("Enter")
    second.clock.run_for(5_000)
    saved(second)
    expect(second.locator(".journal-grid tbody tr:first-child > td").first).to_have_text("5/4")
