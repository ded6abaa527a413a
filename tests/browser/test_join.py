"""A new family with nothing but the printed letter, on a small phone, in Russian: from the code to the child's page."""

from collections.abc import Callable

from playwright.sync_api import Browser, Locator, Page, expect

from app.domain.codes import new_code, readable, sealed
from tests.browser.conftest import PHONE, Open
from tests.running import RunningSchool

MOST_TAPS = 6


def a_letter(school: RunningSchool, page: Page) -> tuple[str, str]:
    """The class teacher prints a letter for a guardian; its code, and the child's given name."""
    page.goto(f"{school.url}/invitations/")
    line = page.locator("li", has=page.get_by_text("родитель:")).filter(has_text="нет учётной записи").first
    child = (line.locator("small").text_content() or "").split(":")[1].split("·")[0].split(",")[0].split()
    button = line.get_by_role("button").first
    person = button.get_attribute("value") or ""
    with page.expect_download() as paper:
        button.click()
    assert paper.value.suggested_filename.endswith(".pdf")
    code, key = new_code(), (school.var / "secret" / "key").read_text().strip()
    with school.owner() as connection:  # what stands on the paper is read by a camera: another code stands for it
        changed = connection.execute(
            "UPDATE invitation SET code_hash = %s WHERE guardian_id = %s AND revoked_at IS NULL",
            (sealed(key, "invitation", code), int(person.removeprefix("guardian-"))),
        )
        assert changed.rowcount == 1
    return code, child[1]


def test_a_family_is_in_with_few_taps_and_no_help(browser: Browser, sign_in: Open, school: RunningSchool) -> None:
    code, child = a_letter(school, sign_in("classteacher"))
    context = browser.new_context(viewport=PHONE, locale="ru-RU", has_touch=True)  # type: ignore[arg-type]
    page, taps = context.new_page(), []

    def tap(where: Locator, text: str = "") -> None:
        taps.append(where)
        where.tap()
        page.keyboard.type(text)

    page.goto(f"{school.url}/join/")
    tap(page.get_by_label("Двадцать цифр"), readable(code))
    tap(page.get_by_role("button", name="Дальше"))
    expect(page.get_by_text(child).first).to_be_visible()
    fits(page)
    tap(page.get_by_label("Почта или телефон"), f"family-{code[:6]}@example.org")
    tap(page.get_by_label("Пароль"), "верблюд рисует снег")
    tap(page.get_by_role("button", name="Готово"))

    expect(page.get_by_text(child).first).to_be_visible()
    assert page.url == f"{school.url}/"
    assert len(taps) <= MOST_TAPS
    fits(page)
    context.close()


def test_the_picture_fills_the_code_in_and_it_stays_out_of_the_address(browser: Browser, school: RunningSchool) -> None:
    asked: list[str] = []
    page = browser.new_context(viewport=PHONE, locale="ru-RU").new_page()  # type: ignore[arg-type]
    page.on("request", lambda request: asked.append(f"{request.url} {request.headers.get('referer', '')}"))

    page.goto(f"{school.url}/join/#12345678901234567890")

    expect(page.get_by_label("Двадцать цифр")).to_have_value("12345678901234567890")
    assert page.url == f"{school.url}/join/"
    page.get_by_role("button", name="Дальше").click()
    expect(page.get_by_role("alert")).to_contain_text("ничего не открывает")
    assert not [one for one in asked if "1234567890" in one.split("#")[0] or "1234567890" in one.split(" ")[1]]
    page.context.close()


def fits(page: Page) -> None:
    wider: Callable[[str], int] = page.evaluate
    assert wider("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
