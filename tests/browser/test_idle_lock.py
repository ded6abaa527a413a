"""The idle lock in the middle of typing: nothing is seen, nothing typed is lost, and it is saved after the password."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.running import RunningSchool
from tests.support import DEMO_PASSWORD


def test_what_is_typed_stays_behind_the_lock_and_is_saved_after_it(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("admin")
    page.clock.install()
    page.goto(f"{school.url}/records/room/add")
    page.fill("[name=name]", "Кабинет под замком")
    with school.owner() as connection:
        connection.execute(
            "UPDATE web_session SET used_at = now() - interval '16 minutes' "
            "WHERE user_id = (SELECT id FROM ab_user WHERE username = 'admin')"
        )

    page.clock.fast_forward("16:00")
    lock = page.get_by_role("dialog", name="Заперто")
    expect(lock).to_be_visible()
    expect(page.locator("h1")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(lock).to_be_visible()
    page.keyboard.type("a guess")
    page.keyboard.press("Enter")
    expect(lock.get_by_role("alert")).to_have_text("Это не ваш пароль.")

    page.keyboard.type(DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(lock).to_be_hidden()
    expect(page.locator("[name=name]")).to_have_value("Кабинет под замком")
    page.get_by_role("button", name="Сохранить", exact=True).click()
    page.wait_for_url(re.compile(r"/records/room/\d+$"))
    expect(page.locator("main")).to_contain_text("Кабинет под замком")
