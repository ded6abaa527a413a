"""Texts from phones: STOP always holds, and one text that cannot be done stops no other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from app.models import Guardianship, SmsInbound, SmsLink, SmsMessage, SmsRequest, SmsSubscription, SuspendedNumber
from app.services.inbound import answer_inbound
from app.services.numbers import is_suspended
from app.services.sms_requests import CONFIRM, ask
from app.session.actors import INBOX, SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool

MOTHER, FATHER = "+79990000001", "+79990000002"
Write = Callable[..., int]


@pytest.fixture
def write(engine: Engine, made: MadeSchool) -> Write:
    """`write(phone, text)` stores a text; its id."""
    with transaction(engine, SEEDER) as session:
        link = SmsLink(school_id=made.school.id, name="one", host="smsc", port=2775)
        session.add(link)

    def stored(phone: str, text: str) -> int:
        with transaction(engine, SEEDER) as session:
            number = len(session.scalars(select(SmsInbound.id)).all())
            row = SmsInbound(school_id=made.school.id, link_id=link.id, phone=phone, body=text, fingerprint=f"{number}")
            session.add(row)
        return row.id

    return stored


def answer(engine: Engine, *inbound: int) -> list[str]:
    """Handle these texts as the worker does; the states they end in."""
    with transaction(engine, INBOX) as session:
        answer_inbound(session, inbound)
    with transaction(engine, SEEDER) as session:
        return [session.get_one(SmsInbound, key).state for key in inbound]


def start(engine: Engine, write: Write, phone: str) -> list[str]:
    """Ask for START and answer the question with its code, where one came; the states of the texts."""
    states = answer(engine, write(phone, "START"))
    with transaction(engine, SEEDER) as session:
        asked = session.scalars(select(SmsRequest).where(SmsRequest.phone == phone, SmsRequest.done_at.is_(None)))
        codes = [one.code for one in asked]
    return states + [state for code in codes for state in answer(engine, write(phone, f"ДА {code}"))]


def status(engine: Engine) -> dict[str, str]:
    with transaction(engine, SEEDER) as session:
        return {one.phone: one.status for one in session.scalars(select(SmsSubscription))}


def subscribe_father(engine: Engine, made: MadeSchool) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(SmsSubscription(guardian_id=made.father.id, student_id=made.boris.id, phone=FATHER))


def replies(engine: Engine) -> list[str]:
    with transaction(engine, SEEDER) as session:
        return [one.phone for one in session.scalars(select(SmsMessage).order_by(SmsMessage.id))]


def test_stop_holds_and_start_brings_the_diary_back(engine: Engine, write: Write) -> None:
    assert answer(engine, write(MOTHER, "СТОП")) == ["handled"]
    assert status(engine) == {MOTHER: "stopped"}

    assert start(engine, write, MOTHER) == ["handled", "handled"]
    assert status(engine) == {MOTHER: "active"}
    assert replies(engine) == [MOTHER] * 3


@pytest.mark.parametrize("ended", ["barred", "ended", "gone"])
def test_stop_holds_for_a_guardian_without_a_right_and_start_does_not(
    engine: Engine, made: MadeSchool, write: Write, ended: str
) -> None:
    subscribe_father(engine, made)
    with transaction(engine, SEEDER) as session:
        row = session.scalars(select(Guardianship).where(Guardianship.guardian_id == made.mother.id)).one()
        if ended == "gone":
            session.delete(row)
        elif ended == "barred":
            row.barred = True
        else:
            row.ends_on = datetime.now(UTC).date() - timedelta(days=1)

    assert answer(engine, write(MOTHER, "STOP"), write(FATHER, "STOP")) == ["handled", "handled"]
    assert status(engine) == {MOTHER: "stopped", FATHER: "stopped"}

    assert start(engine, write, MOTHER) == ["handled"]  # there is nothing to confirm
    start(engine, write, FATHER)

    assert status(engine) == {MOTHER: "stopped", FATHER: "active"}


def test_start_from_a_former_phone_changes_nothing_and_stops_no_other(
    engine: Engine, made: MadeSchool, write: Write
) -> None:
    subscribe_father(engine, made)
    answer(engine, write(MOTHER, "STOP"))
    with transaction(engine, SEEDER) as session:
        new = SmsSubscription(guardian_id=made.mother.id, student_id=made.anna.id, phone="+79990000009")
        session.add(new)

    assert start(engine, write, MOTHER) == ["handled"]
    assert answer(engine, write(FATHER, "STOP")) == ["handled"]

    assert status(engine) == {MOTHER: "stopped", "+79990000009": "active", FATHER: "stopped"}


def test_start_takes_up_the_subscription_in_force_not_a_newer_one_that_was_stopped(
    engine: Engine, made: MadeSchool, write: Write
) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(SmsSubscription, made.subscription.id).status = "paused"
        newer = SmsSubscription(guardian_id=made.mother.id, student_id=made.anna.id, phone=MOTHER, status="stopped")
        session.add(newer)

    assert start(engine, write, MOTHER) == ["handled", "handled"]

    with transaction(engine, SEEDER) as session:
        assert session.get_one(SmsSubscription, made.subscription.id).status == "active"
        assert session.get_one(SmsSubscription, newer.id).status == "stopped"


def test_a_machine_that_answers_all_it_hears_costs_no_more_than_the_answers_of_a_day(
    engine: Engine, write: Write
) -> None:
    """An answering machine, a provider's robot, another Zvonok; strangers beside it cost nothing at all."""
    said = ("Абонент занят, перезвонит", "ДА", "1 новое сообщение", "Не понято: «Абонент».", "НЕТ")
    written = [write(phone, text) for text in said * 5 for phone in (MOTHER, "+79991111111")]
    stop = write(MOTHER, "СТОП получено")

    states = answer(engine, *written, stop)

    assert states == ["handled", "stranger"] * 20 + ["refused", "stranger"] * 5 + ["handled"]
    assert replies(engine) == [MOTHER] * 20
    assert status(engine) == {MOTHER: "stopped"}


def test_a_silent_number_is_confirmed_anew_from_the_phone_and_its_code_starts_nothing(
    engine: Engine, made: MadeSchool, write: Write
) -> None:
    with transaction(engine, SEEDER) as session:
        own = session.get_one(SmsSubscription, made.subscription.id)
        own.status = "paused"
        session.add(SuspendedNumber(school_id=made.school.id, guardian_id=made.mother.id, phone=MOTHER, failures=3))
    with transaction(engine, SEEDER) as session:
        request = ask(session, made.school.id, MOTHER, CONFIRM, [made.subscription.id], datetime.now(UTC))

    assert answer(engine, write(MOTHER, f"ДА {request.code}")) == ["handled"]

    with transaction(engine, SEEDER) as session:
        assert not is_suspended(session, made.mother.id, MOTHER)
        assert session.scalars(select(SmsMessage.body)).one().startswith("Телефон подтверждён")
    assert status(engine) == {MOTHER: "paused"}


def test_running_it_again_answers_nothing_twice(engine: Engine, write: Write) -> None:
    inbound = write(MOTHER, "HELP")
    answer(engine, inbound)

    answer(engine, inbound)

    assert replies(engine) == [MOTHER]
