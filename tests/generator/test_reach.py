"""The sender of an announcement sees whom it reached; nobody else does."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, text

from app.models import MailMessage, SmsMessage
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool
from tests.services.test_compose import AROUND, deliver
from tests.web_support import Api, Browser


@pytest.fixture
def announcement(api: Callable[[str], Api], engine: Engine, made: MadeSchool) -> int:
    """Urgent news for the whole school, told to the mother of Anna and the father of Boris."""
    given = {"title": "Школа закрыта", "text": "Завтра уроков нет", "urgent": True}
    number = int(api("head").post("/api/v1/announcement/", json=given).json["id"])
    deliver(engine)
    return number


def settle(engine: Engine, phone: str, state: str, error: str | None = None, mailed: bool = False) -> None:
    """What became of the text to this phone."""
    with transaction(engine, SEEDER) as session:
        message = session.scalars(select(SmsMessage).where(SmsMessage.phone == phone)).one()
        message.state, message.error, message.done_at = state, error, datetime.now(UTC)
        if mailed:
            session.add(
                MailMessage(
                    school_id=message.school_id,
                    address="a@example.org",
                    subject="s",
                    body="b",
                    state="sent",
                    sent_at=datetime.now(UTC),
                    sms_message_id=message.id,
                )
            )


def test_those_who_were_not_reached_stand_first_with_the_reason(
    browser: Callable[[str], Browser], engine: Engine, announcement: int
) -> None:
    settle(engine, "+79990000001", "delivered")
    settle(engine, "+79990000002", "undeliverable", "не доставлено на телефон")

    page = browser("head").get(f"/records/announcement/{announcement}/reach").text

    assert page.index("Борисов") < page.index("Ёлкина")
    assert "не доставлено на телефон" in page
    assert "дошло по СМС" in page
    assert "+7999" not in page, "the page tells names, not numbers"


def test_what_went_by_mail_counts_as_reached_by_mail(
    browser: Callable[[str], Browser], engine: Engine, announcement: int
) -> None:
    settle(engine, "+79990000001", "undeliverable", "не доставлено на телефон", mailed=True)

    page = browser("head").get(f"/records/announcement/{announcement}/reach").text

    assert "дошло по почте" in page
    assert "в пути" in page


def test_news_of_which_nothing_is_decided_says_so(browser: Callable[[str], Browser], api: Callable[[str], Api]) -> None:
    number = api("head").post("/api/v1/announcement/", json={"title": "Новость", "text": "Завтра"}).json["id"]

    answer = browser("head").get(f"/records/announcement/{number}/reach")

    assert "Список пуст" in answer.text


@pytest.mark.parametrize("username", ["mother", "teacher", "class_teacher"])
def test_who_does_not_write_the_news_does_not_see_whom_it_reached(
    browser: Callable[[str], Browser], announcement: int, username: str
) -> None:
    person = browser(username)

    answer = person.get(f"/records/announcement/{announcement}/reach")

    assert answer.status_code == 403
    assert "Борисов" not in answer.text
    assert f"/announcement/{announcement}/reach" not in person.get(f"/records/announcement/{announcement}").text


def test_a_foreign_announcement_answers_like_none(
    browser: Callable[[str], Browser], engine: Engine, announcement: int
) -> None:
    with transaction(engine, SEEDER) as session:
        school = text(
            "INSERT INTO school (name, short_name, timezone, version) VALUES ('Other', 'O', 'UTC', 1) RETURNING id"
        )
        other = session.execute(school, execution_options=AROUND).scalar_one()
        row = text(
            "INSERT INTO announcement (school_id, title, text, urgent, version)"
            " VALUES (:school, 'secret', 't', false, 1) RETURNING id"
        )
        foreign = session.execute(row, {"school": other}, execution_options=AROUND).scalar_one()
    head = browser("head")

    assert head.get(f"/records/announcement/{foreign}/reach").status_code == 404
    assert head.get("/records/announcement/999999/reach").status_code == 404
    assert head.get("/records/mark/1/reach").status_code == 404
