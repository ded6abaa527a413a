"""A phone in a browser: what arrives is seen at once, what is being typed stays, and the operator obeys."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, Open
from tests.running import RunningSchool

MOTHER, STRANGER = "+79990000001", "+79037654321"


def test_a_new_text_is_followed_and_what_is_typed_stays(sign_in: Open, school: RunningSchool) -> None:
    for number in range(12):
        school.reply(STRANGER, f"text {number}. " * 6)
    page = sign_in("teacher")
    page.goto(f"{school.url}/phones?phone=%2B{STRANGER[1:]}")
    texts = page.locator(".phone-texts")
    expect(texts.get_by_text("text 11.").first).to_be_in_viewport()
    page.get_by_label("Ответ", exact=True).fill("Спа")

    school.reply(STRANGER, "the newest")

    expect(texts.get_by_text("the newest")).to_be_in_viewport()
    expect(page.get_by_label("Ответ", exact=True)).to_have_value("Спа")
    expect(page.locator("#phone-book li").first).to_contain_text("the newest")

    texts.evaluate("list => { list.scrollTop = 0 }")
    school.reply(STRANGER, "even newer")
    expect(texts.get_by_text("even newer")).to_be_attached()
    assert texts.evaluate("list => list.scrollTop") == 0, "who reads what came before is not torn away"


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["1280 light", "360 dark"])
def test_a_person_writes_from_a_phone_and_goes_back_to_the_list(
    sign_in: Open, school: RunningSchool, size: dict[str, int], scheme: str
) -> None:
    school.reply(MOTHER, "Здравствуйте")
    page = sign_in("parent", size, scheme)
    page.goto(f"{school.url}/phones")
    page.locator("#phone-book a").filter(has_text=MOTHER).click()
    page.get_by_label("Ответ", exact=True).fill("Спасибо!")
    page.keyboard.press("Enter")

    expect(page.locator(".from-phone").last).to_contain_text("Спасибо!")
    expect(page.locator(".from-phone").last).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    if size is PHONE:
        expect(page.locator("#phone-book")).to_be_hidden()
        page.get_by_role("link", name="Все телефоны").click()
    expect(page.locator("#phone-book")).to_be_visible()


def test_the_operator_misbehaves_and_behaves_well_again(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("operator")
    page.goto(f"{school.url}/phones")
    page.get_by_text("Пусть ведёт себя плохо", exact=True).click()
    page.get_by_label("Секунд до отчёта").fill("долго")
    page.get_by_role("button", name="Вести себя так", exact=True).click()
    expect(page.get_by_text("Число от 0 до 3600, а не «долго».")).to_be_visible()
    expect(page.get_by_label("Секунд до отчёта")).to_have_value("долго")

    page.get_by_label("Секунд до отчёта").fill("0,5")
    page.get_by_label("Отчёты приходят командой").select_option("data_sm")
    page.get_by_role("button", name="Вести себя так", exact=True).click()
    expect(page.locator(".operator-now li")).to_have_text(
        ["Секунд до отчёта: 0.5", "Отчёты приходят командой: data_sm"]
    )

    page.get_by_role("button", name="Снова вести себя хорошо").click()
    expect(page.get_by_text("ведёт себя хорошо", exact=True)).to_be_visible()
