"""What is shown before news are sent is what is sent; to whom they go, and who may send where."""

from collections.abc import Callable
from decimal import Decimal

from sqlalchemy import Engine, func, select

from app.models import Announcement, Notice, SmsDelivery, SmsMessage, SmsTariff
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import TODAY, MadeSchool
from tests.sending.conftest import deliver, draft, news, outbox, press_send
from tests.web_support import Api, Browser

MOTHER, FATHER = "+79990000001", "+79990000002"


def test_the_preview_tells_the_texts_the_figures_and_the_gaps_and_sends_nothing(
    head: Browser, engine: Engine, made: MadeSchool, hard_to_reach: dict[str, int]
) -> None:
    number = draft(head, "school", by_email="yes")

    page = head.get(f"/sending/{number}").text

    assert "Прорвало трубу. Завтра уроков нет. Шк 1" in page
    assert "<dt>семей</dt><dd>3</dd>" in page and "<dt>телефонов</dt><dd>2</dd>" in page
    assert "<dt>СМС (частей)</dt><dd>2</dd>" in page
    assert "Зимин" in page and "согласие на срочные СМС отозвано" in page and "получит письмо" in page
    assert "тариф не задан" in page and "<dt>писем</dt><dd>1</dd>" in page
    with transaction(engine, SEEDER) as session:
        tariff = {"school_id": made.school.id, "prefix": "7", "price": Decimal("2.50"), "begins_on": TODAY}
        session.add(SmsTariff(**tariff))
    assert "5,00 ₽" in head.get(f"/sending/{number}").text.replace("\u00a0", " ")
    with transaction(engine, SEEDER) as session:
        for table in (Notice, SmsDelivery, SmsMessage):
            assert session.scalar(select(func.count()).select_from(table)) == 0
    assert news(engine, number).published_at is None

    assert press_send(head, engine, number).headers["Location"] == f"/sending/{number}/reached"
    deliver(engine)

    assert [(phone, state) for phone, _, state in outbox(engine)] == [(MOTHER, "queued"), (FATHER, "queued")]
    assert {body for _, body, _ in outbox(engine)} == {"Прорвало трубу. Завтра уроков нет. Шк 1"}
    assert press_send(head, engine, number).status_code == 303
    deliver(engine)
    assert len(outbox(engine)) == 2, "pressed twice, it goes once"


def test_it_goes_to_the_circle_and_to_nobody_else(
    head: Browser, mother: Api, browser: Callable[[str], Browser], engine: Engine, made: MadeSchool,
    hard_to_reach: dict[str, int],
) -> None:  # fmt: skip
    circles = {
        "grade:5": [MOTHER, FATHER], f"class:{made.class_5b.id}": [FATHER],
        f"group:{hard_to_reach['group']}": [MOTHER], f"bells:{hard_to_reach['short']}": [FATHER],
        f"bells:{hard_to_reach['usual']}": [MOTHER],
    }  # fmt: skip
    for circle, phones in circles.items():
        with transaction(engine, SEEDER) as session:
            before = session.scalar(select(func.max(SmsMessage.id))) or 0
        number = draft(head, circle, title=f"Кругу {circle}")
        shown = head.get(f"/sending/{number}").text
        assert f"<dt>телефонов</dt><dd>{len(phones)}</dd>" in shown, circle
        press_send(head, engine, number)
        deliver(engine)
        with transaction(engine, SEEDER) as session:
            sent = session.scalars(select(SmsMessage.phone).where(SmsMessage.id > before).order_by(SmsMessage.phone))
            assert sent.all() == phones, circle

        sees = mother.get(f"/api/v1/announcement/{number}").status_code
        assert sees == (200 if MOTHER in phones else 404), circle

    wrong = head.post("/sending/new", {"title": "Т", "text": "Текст <b>", "circle": "class:999999"})
    assert wrong.status_code == 422
    assert "Выберите, кому" in wrong.text and "Текст &lt;b&gt;" in wrong.text


def test_a_class_teacher_sends_to_the_own_class_only(
    class_teacher: Browser, head: Browser, browser: Callable[[str], Browser], api: Callable[[str], Api], engine: Engine,
    made: MadeSchool, hard_to_reach: dict[str, int],
) -> None:  # fmt: skip
    form = class_teacher.get("/sending/new").text
    assert "5А" in form and "5Б" not in form and "вся школа" not in form
    for circle in ("school", "grade:5", f"class:{made.class_5b.id}", f"bells:{hard_to_reach['short']}"):
        given = {"title": "Т", "text": "Т", "circle": circle}
        assert class_teacher.post("/sending/new", given).status_code == 422, circle
    parallel = {"title": "Т", "text": "Т", "grade_level": 5}
    assert api("class_teacher").post("/api/v1/announcement/", json=parallel).status_code == 403

    own = draft(class_teacher, f"class:{made.class_5a.id}")
    foreign = draft(head, f"class:{made.class_5b.id}")
    not_yet = draft(head, f"class:{made.class_5a.id}", title="Ещё думает")
    assert "Ещё думает" not in class_teacher.get("/sending/").text
    assert class_teacher.get(f"/sending/{not_yet}").status_code == 404
    assert "Ещё думает" in head.get("/sending/").text

    assert "Зимин" in class_teacher.get(f"/sending/{own}").text
    for path in (f"/sending/{foreign}", f"/sending/{foreign}/edit", f"/sending/{foreign}/reached"):
        assert class_teacher.get(path).status_code == 404, path
    assert class_teacher.post(f"/sending/{foreign}/send", {"version": "1"}).status_code == 404
    assert browser("teacher").get("/sending/").status_code == 403
    assert browser("mother").get(f"/sending/{own}").status_code == 403
    assert api("mother").get(f"/api/v1/announcement/{own}").status_code == 404, "a draft is nobody's news yet"


def test_two_circles_at_once_and_an_empty_one_are_refused_at_their_field(
    api: Callable[[str], Api], engine: Engine, made: MadeSchool
) -> None:
    head = api("head")
    given = {"title": "Т", "text": "Т"}
    both = head.post("/api/v1/announcement/", json={**given, "grade_level": 5, "school_class": made.class_5a.id})
    none = head.post("/api/v1/announcement/", json={**given, "grade_level": 9})

    assert (both.status_code, list(both.json["message"])) == (422, ["grade_level"])
    assert (none.status_code, list(none.json["message"])) == (422, ["grade_level"])
    with transaction(engine, SEEDER) as session:
        assert session.scalar(select(func.count()).select_from(Announcement)) == 0


def test_a_form_that_is_sent_twice_makes_one_draft_and_an_old_form_overwrites_nothing(
    head: Browser, engine: Engine, made: MadeSchool
) -> None:
    form = {"title": "Сбор", "text": "В восемь", "circle": f"class:{made.class_5a.id}", "urgent": "yes",
            "request_key": "of-this-form"}  # fmt: skip

    def pressed(**changes: str) -> int:
        return int(head.post("/sending/new", form | changes).headers["Location"].rsplit("/", 1)[1])

    number = pressed()
    assert pressed() == number, "twice by a double click"
    assert pressed(text="В девять") == number, "by the browser’s way back it is the same draft, changed"
    assert news(engine, number).text == "В девять"

    seen = news(engine, number).version
    head.post(f"/sending/{number}/edit", form | {"text": "В десять", "version": str(seen)})
    late = head.post(f"/sending/{number}/edit", form | {"text": "В полдень", "version": str(seen)})
    assert (late.status_code, "изменил кто-то ещё" in late.text, "В полдень" in late.text) == (409, True, True)
    assert news(engine, number).text == "В десять"
    assert f"/records/announcement/{number}/delete" in head.get(f"/sending/{number}").text

    press_send(head, engine, number)
    assert pressed(text="В десять") == number, "what is sent is not written once more"
    assert pressed(text="Совсем другое") != number
    assert news(engine, number).text == "В десять"
