"""The diary in a browser: weeks by keys and swipe, cards of marks by tap, signing again, an absence to the journal."""

import re
from datetime import date

from playwright.sync_api import Page, expect

from app.domain.weeks import week_name
from tests.browser.conftest import PHONE, Open
from tests.flows.test_mark_to_phone import child_of_parent_in_5a, own_lesson_of
from tests.running import RunningSchool
from tests.support import DEMO_PASSWORD

SWIPE = """(across) => {
  const place = document.querySelector(".spread, .weeks");
  const touch = (x) => new Touch({ identifier: 1, target: place, clientX: x, clientY: 300 });
  place.dispatchEvent(new TouchEvent("touchstart", { bubbles: true, touches: [touch(180)] }));
  place.dispatchEvent(new TouchEvent("touchend", { bubbles: true, changedTouches: [touch(180 + across)] }));
}"""


def week_of(page: Page) -> str:
    found = re.search(r"[0-9]{4}-W[0-9]{2}", page.url)
    assert found is not None, page.url
    return found[0]


def sheets(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def sign(page: Page) -> None:
    page.fill("[name=password]", DEMO_PASSWORD)
    page.get_by_role("button", name=re.compile("^Подписать неделю")).click()
    expect(page.locator(".signed")).to_be_visible()


def test_a_week_back_and_forth_by_keys_and_by_swipe_and_a_card_by_tap(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("parent")
    page.goto(school.url + "/diary/")
    expect(page.get_by_role("heading", name=re.compile("Новое с вашего прошлого визита"))).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**/diary/*/*-W*")
    before = week_of(page)
    page.keyboard.press("PageUp")
    page.wait_for_url(lambda url: before not in url)
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**/{before}")
    fits(page)
    assert [sheets(page.pdf(format=size)) for size in ("A4", "A5")] == [1, 2]  # as on paper: a spread, or its two pages

    phone = sign_in("parent", PHONE, touch=True)
    phone.goto(page.url)
    fits(phone)
    phone.evaluate(SWIPE, 120)
    phone.wait_for_url(lambda url: before not in url)
    phone.evaluate(SWIPE, -120)
    phone.wait_for_url(f"**/{before}")
    phone.evaluate("navigator.serviceWorker.ready.then(() => null)")
    phone.reload()
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.locator("[data-offline]")).to_be_visible()
    expect(phone.locator(".spread, .block").first).to_be_visible()
    phone.context.set_offline(False)
    for path in ("/diary/", "/homework/", "/absences/", "/attendance/", "/progress/"):
        phone.goto(school.url + path)
        fits(phone)


def a_lesson_of_a_finished_week(school: RunningSchool, student_id: int) -> tuple[int, str]:
    """The newest held lesson of mathematics that lies in an earlier week than the newest of all; and its week."""
    teacher = school.program("teacher")
    newest = own_lesson_of(teacher, student_id)
    told = teacher.get(f"/api/v1/lesson/{newest}").json["result"]
    week = week_name(date.fromisoformat(told["date"]))
    q = f"(filters:!((col:subject,opr:rel_o_m,value:'{told['subject']}'),"
    q += f"(col:school_class,opr:rel_o_m,value:'{told['school_class']}'),(col:state,opr:eq,value:'held')),"
    q += "order_column:date,order_direction:desc,page_size:100)"
    for one in teacher.get("/api/v1/lesson/", q=q).json["result"]:
        if week_name(date.fromisoformat(one["date"])) < week:
            return int(one["id"]), week_name(date.fromisoformat(one["date"]))
    raise AssertionError("no finished week")


def test_a_signed_week_asks_again_after_a_change(sign_in: Open, school: RunningSchool) -> None:
    child = child_of_parent_in_5a(school)
    lesson, week = a_lesson_of_a_finished_week(school, child["id"])
    page = sign_in("parent", PHONE, touch=True)
    page.goto(f"{school.url}/diary/{child['id']}/{week}")
    sign(page)
    entry = {"lesson": lesson, "student": child["id"], "value": "4", "comment": "за доску"}
    assert school.program("teacher").post("/api/v1/mark/", entry).status == 201
    page.reload()
    expect(page.locator("[data-since]")).to_contain_text("новое: отметка, Математика")
    given = page.locator(".mark-box > .given", has_text="4").last
    given.tap()
    expect(page.locator(".mark-box.is-open > .mark-card")).to_contain_text("за доску")
    sign(page)


def test_an_absence_goes_from_the_calendar_to_the_journal_and_back(sign_in: Open, school: RunningSchool) -> None:
    page = sign_in("parent", PHONE, touch=True)
    child = child_of_parent_in_5a(school)["id"]
    page.goto(f"{school.url}/diary/{child}")
    written = page.locator("#next-day").inner_text()
    day, month, year = re.findall(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})", written)[0]
    page.goto(f"{school.url}/absences/{child}")
    page.locator(f"[data-day='{year}-{month}-{day}']").tap()
    page.fill("#comment", "Температура")
    page.get_by_role("button", name="Отправить извещение").click()
    expect(page.locator(".notices")).to_contain_text("ответа ещё нет")
    leader = sign_in("classteacher")
    leader.goto(school.url + "/absence-notices/")
    leader.locator("li", has_text="Температура").get_by_role("button", name="Принять").click()
    expect(leader.locator(".message-good")).to_contain_text("стоит в журнале")

    page.goto(f"{school.url}/diary/{child}")
    expect(page.locator("#next-day ~ ol .flag").first).to_have_text("по болезни")
    page.goto(f"{school.url}/absences/{child}")
    page.get_by_role("button", name=re.compile("Ребёнок всё-таки придёт")).first.click()
    page.goto(f"{school.url}/diary/{child}")
    expect(page.locator("#next-day ~ ol .flag")).to_have_count(0)
