"""What texts cost as the pages tell it: the month, the report that adds up, last month replayed; and to whom."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from app.domain.sms_money import month_before
from app.models import Announcement, SmsDelivery, SmsMessage, SmsSubscription
from app.services import money_replay
from app.services.money_forecast import rest_of_month
from app.services.settings import rules_of
from app.session.actors import COMPOSER, SEEDER
from app.session.engine import transaction
from tests.console.school import a_message
from tests.factories import AROUND, a_mark, person
from tests.services.test_compose import save
from tests.sms_money.conftest import Payer
from tests.web_support import Browser

PAGES = ("/sms-money/", "/sms-money/report", "/sms-money/replay", "/sms-money/report.xlsx", "/sms-money/report.pdf")


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", page.replace("\xa0", " ").replace("\u202f", " "))


@pytest.fixture
def a_month(payer: Payer) -> date:
    """Texts of this month and the last one, of several kinds; the first day of the last month."""
    payer.tariff("2.5")
    teacher = person(payer.engine, "teacher")
    for value in "543":
        save(payer.engine, teacher, a_mark(payer.made, value=value))
        payer.deliver()
    save(payer.engine, person(payer.engine, "head"), Announcement(title="Сбор", text="Завтра в 8", urgent=True))
    payer.deliver()
    last = month_before(datetime.now(UTC).date())
    then = datetime(last.year, last.month, 15, 9, tzinfo=UTC)
    earlier = a_message(payer.made, "delivered", created_at=then, cost=Decimal("7.3337"), link_id=payer.link,
                        subscription_id=payer.made.subscription.id, guardian_id=payer.made.mother.id)  # fmt: skip
    payer.add(
        earlier,
        a_message(payer.made, "cancelled", created_at=then, cost=Decimal(0), submitted_at=None),
        a_message(payer.made, "delivered", created_at=then, kind="code", cost=Decimal("1.5"), link_id=payer.link),
        a_message(payer.foreign, "delivered", created_at=then, cost=Decimal(1000)),
    )
    return last


def test_the_report_adds_up_to_the_messages_costs_on_page_workbook_and_paper(
    payer: Payer, operator: Browser, a_month: date
) -> None:
    costs = [one.cost for one in payer.rows(SmsMessage) if one.school_id == payer.made.school.id]
    whole = sum(costs, Decimal(0))
    this = datetime.now(UTC).date()
    asked = f"?from={a_month:%Y-%m}&to={this:%Y-%m}"

    page = plain(operator.get(f"/sms-money/report{asked}").text)
    book = load_workbook(BytesIO(operator.get(f"/sms-money/report.xlsx{asked}").data)).active
    paper = operator.get(f"/sms-money/report.pdf{asked}")

    rows = list(book.iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows[:-1]].count("5А") == 3  # last month's, the marks, the urgent one to its mother
    assert {row[2] for row in rows[:-1]} == {"код", "сводка", "сразу", "срочное"}
    assert {row[3] for row in rows[:-1]} == {"Наш", "ещё не отправлено"}
    assert Decimal(str(sum(row[6] for row in rows[:-1]))) == Decimal(str(rows[-1][6])) == whole
    assert f"Всего СМС: {len(costs) - 1}, " in page  # what was never sent is left out
    assert f"{whole:.2f}".replace(".", ",") in page
    assert (paper.status_code, paper.data[:5]) == (200, b"%PDF-")
    listed = plain(operator.get("/console/outbox/").text)
    assert f"Стоимость этих сообщений вместе: {whole:.2f} ₽".replace(".", ",") in listed


def test_wrong_months_are_told_and_nothing_breaks(operator: Browser, payer: Payer) -> None:
    this = datetime.now(UTC).date()
    for asked, told in (
        ("from=2026-13", "Принимает месяц в виде ГГГГ-ММ"),
        ("from=' OR 1", "Принимает месяц в виде ГГГГ-ММ"),
        ("from=2999-01", "Принимает месяц в виде ГГГГ-ММ"),
        (f"from={this:%Y-%m}&to={month_before(this):%Y-%m}", "последний не раньше первого"),
        (f"from=2020-01&to={this:%Y-%m}", "от одного до 12 месяцев"),
    ):
        answer = operator.get(f"/sms-money/report?{asked}")
        assert (answer.status_code, told in answer.text) == (422, True), asked
        assert operator.get(f"/sms-money/report.xlsx?{asked}").status_code == 404
    assert operator.get("/sms-money/replay?when=digest&script=runes").status_code == 422
    assert operator.get("/sms-money/replay?when=&month=abc").status_code == 422
    assert "В этом месяце" in operator.get("/sms-money/").text
    assert "Ни одного СМС" in operator.get("/sms-money/report").text


def test_only_the_own_school_s_money_is_seen_and_by_whom_it_concerns(
    payer: Payer, browser: Callable[[str], Browser], a_month: date
) -> None:
    for login in ("operator", "head"):
        one = browser(login)
        assert [one.get(page).status_code for page in PAGES] == [200] * len(PAGES), login
        assert one.get(f"/sms-money/?school={payer.foreign.school.id}").status_code == 404
        assert one.get("/sms-money/?school=1e9").status_code == 404
    for login in ("teacher", "mother"):
        assert {browser(login).get(page).status_code for page in PAGES} == {403}, login
    strange = browser("strange_operator")
    report = plain(strange.get(f"/sms-money/report?from={a_month:%Y-%m}").text)
    assert "Всего СМС: 1, " in report
    assert "1000,00" in report.replace("1 000", "1000")


def test_last_month_under_other_settings_costs_what_the_packer_says(
    payer: Payer, operator: Browser, a_month: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    then = datetime(a_month.year, a_month.month, 15, 9, tzinfo=UTC)
    long_ago = [one for one in payer.rows(SmsMessage) if one.kind == "immediate"]
    with transaction(payer.engine, SEEDER) as session:
        for number, one in enumerate(long_ago):
            session.execute(
                update(SmsMessage).where(SmsMessage.id == one.id).values(created_at=then + timedelta(minutes=number)),
                execution_options=AROUND,
            )
    before = [(one.state, one.sms_message_id, one.told) for one in payer.rows(SmsDelivery)], payer.texts()

    def replayed(**settings: str) -> list[str]:
        asked = "&".join(f"{name}={value}" for name, value in {"when": "", **settings}.items())
        page = plain(operator.get(f"/sms-money/replay?month={a_month:%Y-%m}&{asked}").text)
        (line,) = re.findall(r'<th scope="row">все СМС</th>(.*?)</tr>', page)
        return [re.sub("<.*?>", "", cell) for cell in re.findall(r"<td.*?>(.*?)</td>", line)]

    really, _, chosen, _, texts, parts, cost = replayed()
    assert (really, chosen, texts, parts) == ("5", "4", "4", "4")  # the digest's facts are not known
    together = replayed(when="digest")
    assert together[4:6] == ["2", "2"]  # three marks in one text, and the code stays
    assert replayed(script="latin", detail="counts")[5] == "4"
    assert replayed(detail="absences")[5] == "1"
    assert cost == "9,00 ₽"
    assert ([(one.state, one.sms_message_id, one.told) for one in payer.rows(SmsDelivery)], payer.texts()) == before

    made = payer.made
    his = payer.add(SmsSubscription(guardian_id=made.father.id, student_id=made.boris.id, phone=made.father.phone))
    payer.add(a_message(made, "delivered", kind="immediate", created_at=then, subscription_id=his.id))
    monkeypatch.setattr(money_replay, "MOST_TEXTS", 4)
    assert replayed()[4:6] == ["5", "5"]  # three texts of one family, scaled by five texts to four; and the code
    shown = operator.get(f"/sms-money/replay?month={a_month:%Y-%m}&when=").text
    assert "Посчитано для 1 из 2 подписок" in shown


def test_the_month_s_forecast_is_what_digests_cost_of_late_times_the_days_to_come(payer: Payer) -> None:
    monday = datetime(2026, 11, 16, 9, tzinfo=UTC)  # twelve digest days of the month are still to come, today's too
    for day in range(2, 14):
        payer.add(a_message(payer.made, "delivered", created_at=datetime(2026, 11, day, 15, tzinfo=UTC),
                            cost=Decimal(2), subscription_id=payer.made.subscription.id))  # fmt: skip
    payer.add(a_message(payer.made, "delivered", kind="urgent", cost=Decimal(500), created_at=monday))

    with transaction(payer.engine, COMPOSER) as session:
        rules = rules_of(session, {payer.made.school.id})[payer.made.school.id]
        rest = rest_of_month(session, payer.made.school.id, rules, monday)

    assert rest == {"digest": Decimal(2) * 12 * 13 / 12}
