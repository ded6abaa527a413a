"""Texts cost what the tariff says, and never more than the school agreed to; what they do not tell is not lost."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, text, update

from app.models import (
    Absence,
    Announcement,
    Guardianship,
    MailMessage,
    Notice,
    SchoolSetting,
    SmsBudget,
    SmsDelivery,
    SmsSubscription,
)
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.services.money_warnings import TREASURER, warn
from app.session.actors import COMPOSER, SEEDER
from app.session.engine import transaction
from tests.factories import AROUND, a_guardian, a_mark, person
from tests.services.test_compose import save
from tests.services.texting import Phones
from tests.sms_money.conftest import Payer
from tests.web_support import Browser

MARK = "Анна: матем 5 (ответ) 20.11. Шк 1"


def give_a_mark(payer: Payer, **changes: object) -> None:
    save(payer.engine, person(payer.engine, "teacher"), a_mark(payer.made, **changes))
    payer.deliver()


def test_a_tariff_takes_a_price_and_digits_and_says_what_it_takes_otherwise(payer: Payer, operator: Browser) -> None:
    def saved(**given: object) -> tuple[int, set[str]]:
        row = {"link": None, "prefix": "7", "price": "2.5", "begins_on": "2026-01-01", **given}
        answer = operator.api("POST", "/api/v1/sms_tariff/", json=row)
        return answer.status_code, set(answer.json["message"]) if answer.status_code == 422 else set()

    for price in ("дорого", "-1", "NaN", "", None, "1e9", "10000.5"):
        assert saved(price=price) == (422, {"price"}), price
    for prefix in ("79x", "1" * 16, "7.9"):
        assert saved(prefix=prefix) == (422, {"prefix"}), prefix
    assert saved(begins_on="when") == (422, {"begins_on"})
    assert payer.rows(type(payer.tariff("9", "999"))) != []  # one stands

    assert saved(prefix="8916") == (422, {"prefix"}), "the way to dial at home is no beginning of a number"

    assert saved(prefix="+7 (916)", price="0")[0] == 201
    assert saved(price="0,12345")[0] == 201
    assert saved(prefix="7916")[0] in (409, 422)  # the same link, prefix and day

    form = operator.post("/records/sms_tariff/add", {"price": "два рубля", "prefix": "375", "begins_on": "2026-01-01"})
    assert (form.status_code, 'value="два рубля"' in form.text, 'value="375"' in form.text) == (422, True, True)
    budget = operator.api("POST", "/api/v1/sms_budget/", json={"amount": "-5", "begins_on": "2026-01-15"})
    assert (budget.status_code, set(budget.json["message"])) == (422, {"amount"})
    typed = {"amount": "10 00", "kind": "", "begins_on": "2026-01-15"}
    assert operator.post("/records/sms_budget/add", typed).status_code == 422  # a slip of the finger, not thousands
    assert operator.post("/records/sms_budget/add", typed | {"amount": "1\xa0000,50"}).status_code == 303
    kept = [(one.kind, one.amount, one.begins_on) for one in payer.rows(SmsBudget)]
    assert kept == [(None, Decimal("1000.50"), date(2026, 1, 1))], "thousands as a spreadsheet writes them"
    wrong = operator.post("/records/sms_tariff/add", {"price": "2", "prefix": "79x", "begins_on": "2026-01-01"}).text
    assert "Только цифры" in wrong
    tariffs = operator.get("/records/sms_tariff/").text
    assert "все каналы" in tariffs and "открыть" not in tariffs


def test_a_text_costs_what_the_longest_prefix_says_and_without_a_tariff_nobody_knows(payer: Payer) -> None:
    give_a_mark(payer)
    payer.tariff("2.5")
    payer.tariff("9.25", "7999")
    payer.tariff("7", "7999", link_id=payer.link)
    payer.tariff("1", "79990", begins_on=date(2999, 1, 1))  # not yet
    payer.tariff("99", "7999", school_id=payer.foreign.school.id)  # another school's
    give_a_mark(payer, value="4")

    assert [cost for _, _, cost in payer.texts()] == [None, Decimal("9.25")]  # by the dearest that may send it


def test_when_the_budget_is_used_up_facts_wait_and_codes_and_urgent_news_go(payer: Payer, operator: Browser) -> None:
    payer.tariff("2")
    payer.budget("3")
    give_a_mark(payer)
    assert payer.texts() == [("immediate", MARK, Decimal(2))]

    give_a_mark(payer, value="4")
    head = person(payer.engine, "head")
    save(payer.engine, head, Announcement(title="Школа закрыта", text="Завтра мороз", urgent=True))
    payer.deliver()
    urgent = [one for one in payer.texts() if one[0] == "urgent"]
    assert (len(payer.texts()), len(urgent)) == (3, 2)
    phones = Phones(payer.engine, payer.made.school.id, payer.link, datetime.now(UTC))
    assert phones.says(payer.made.mother.phone, "ОЦ") == ""  # an answer is no exception
    assert phones.states() == ["refused"]

    (held,) = [one for one in payer.deliveries() if one.held_at]
    first = datetime.now(UTC).astimezone().date().replace(day=1)
    assert (held.state, held.kind, held.held_for) == ("due", "digest", "budget")
    assert held.due_at.date() >= (first + timedelta(days=31)).replace(day=1)
    console = operator.get("/console/")
    assert "1 факт задержан" in console.text
    for page in (console.text, operator.get("/").text):
        assert "Бюджет месяца израсходован: уходят только коды и срочные СМС." in page
        assert "Всё хорошо" not in page
    figures = operator.app.test_client().get("/metrics").text
    school = payer.made.school.id
    assert f'zvonok_sms_budget_used_ratio{{kind="all",school="{school}"}} 2.0' in figures  # two and, urgent, four more
    assert "zvonok_sms_facts_held 1.0" in figures
    page = operator.get("/sms-money/").text
    assert "израсходован" in page
    assert "1 факт задержан бюджетом" in page

    (budget,) = operator.api("GET", "/api/v1/sms_budget/").json["result"]
    more = {"amount": "50", "version": budget["version"]}
    assert operator.api("PUT", f"/api/v1/sms_budget/{budget['id']}", json=more).status_code == 200
    payer.compose()
    assert payer.texts()[-1][:2] == ("digest", "Анна: матем 4 (ответ) 20.11. Шк 1")


def test_a_held_fact_that_is_of_no_use_any_more_is_dropped_and_counted(payer: Payer, operator: Browser) -> None:
    payer.tariff("2")
    payer.budget("0")
    teacher = person(payer.engine, "teacher")
    save(payer.engine, teacher, Absence(lesson_id=payer.made.own_lesson.id, student_id=payer.made.anna.id,
                                        reason="absent"))  # fmt: skip
    payer.deliver()
    with transaction(payer.engine, SEEDER) as session:
        session.execute(text("UPDATE lesson SET date = date - 40"), execution_options=AROUND)
        session.execute(update(SmsDelivery).values(due_at=func.now()), execution_options=AROUND)

    payer.compose()

    (delivery,) = payer.deliveries()
    assert (delivery.state, delivery.held_for, payer.texts()) == ("dropped", "stale", [])
    assert "0 сообщено позже, 1 уже ни к чему" in operator.get("/sms-money/").text


def test_a_kind_has_a_budget_of_its_own_and_another_school_s_stops_nobody_here(payer: Payer) -> None:
    payer.tariff("2")
    payer.budget("0", "digest")
    payer.budget("0", school_id=payer.foreign.school.id)
    payer.budget("1", "immediate", begins_on=date(2999, 1, 1))  # not yet

    give_a_mark(payer)

    assert [kind for kind, _, _ in payer.texts()] == ["immediate"]


def test_many_composers_at_once_spend_no_more_than_there_is(payer: Payer) -> None:
    payer.tariff("2")
    payer.budget("7")
    with transaction(payer.engine, SEEDER) as session:
        for number in range(8):
            guardian = a_guardian(session, payer.made.school, "Ёлкин", f"+7999300000{number}")
            session.add(Guardianship(guardian=guardian, student_id=payer.made.anna.id))
            session.flush()
            session.add(SmsSubscription(guardian=guardian, student_id=payer.made.anna.id, phone=guardian.phone,
                                        marks="at_once"))  # fmt: skip
    save(payer.engine, person(payer.engine, "teacher"), a_mark(payer.made))
    with transaction(payer.engine, COMPOSER) as session:
        make_deliveries(session, [one.id for one in payer.rows(Notice)])
    start = threading.Barrier(4)

    def compose() -> None:
        start.wait()
        for _ in range(4):
            with transaction(payer.engine, COMPOSER) as session:
                compose_due(session, ["immediate"], 2)

    workers = [threading.Thread(target=compose) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(cost or 0 for _, _, cost in payer.texts()) == 6
    assert sum(1 for one in payer.deliveries() if one.held_for == "budget") == 6


def test_a_family_has_so_many_texts_in_a_month_and_its_questions_are_answered_all_the_same(payer: Payer) -> None:
    payer.add(SchoolSetting(school_id=payer.made.school.id, name="family_texts_a_month", value="1"))

    give_a_mark(payer)
    give_a_mark(payer, value="4")

    assert [told for _, told, _ in payer.texts()] == [MARK]
    assert [one.held_for for one in payer.deliveries()] == [None, "family"]
    (setting,) = [one for one in payer.rows(SchoolSetting) if one.name == "family_texts_a_month"]
    with transaction(payer.engine, person(payer.engine, "admin")) as session:
        session.get_one(SchoolSetting, setting.id).value = "2"
    payer.compose()
    assert [told for _, told, _ in payer.texts()] == [MARK, "Анна: матем 4 (ответ) 20.11. Шк 1"]
    phones = Phones(payer.engine, payer.made.school.id, payer.link, datetime.now(UTC))
    assert phones.says(payer.made.mother.phone, "ПОМОЩЬ") != ""


def test_whoever_minds_a_budget_is_warned_once_a_month(payer: Payer) -> None:
    payer.tariff("2")
    payer.budget("2.5")
    payer.budget("100", "immediate")
    give_a_mark(payer)

    for _ in range(2):
        with transaction(payer.engine, TREASURER) as session:
            warn(session, datetime.now(UTC), "ru")

    mails = payer.rows(MailMessage)
    assert {mail.address for mail in mails} == {f"{login}@school.invalid" for login in ("operator", "head", "admin")}
    assert len(mails) == 3
    assert mails[0].subject == "Бюджет СМС: израсходовано 80 %"
    assert "2,50 ₽" in mails[0].body.replace("\xa0", " ")
    with transaction(payer.engine, TREASURER) as session:
        assert warn(session, datetime.now(UTC) + timedelta(days=62), "ru") == 0  # a new month: nothing is spent yet
