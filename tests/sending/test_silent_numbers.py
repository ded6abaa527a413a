"""A number to which nothing arrives is suspended, shown to who can ask for another one, and set free again."""

import re
from collections.abc import Callable

from sqlalchemy import Engine, select

from app.models import MailMessage, SmsMessage, SmsSubscription, SuspendedNumber
from app.session.actors import SEEDER
from app.session.engine import transaction
from config import Settings
from tests.factories import MadeSchool, a_guardian
from tests.sending.conftest import a_text, deliver, draft, outbox, press_send, set_to
from tests.web_support import Browser
from workers.mail import send_mails
from workers.numbers import mind_numbers

MOTHER = "+79990000001"


def suspended(engine: Engine) -> list[tuple[str, int, str | None]]:
    with transaction(engine, SEEDER) as session:
        rows = session.scalars(select(SuspendedNumber).order_by(SuspendedNumber.id))
        return [(one.phone, one.failures, one.freed_by) for one in rows]


ENDED = {
    "undeliverable undeliverable undeliverable": True,
    "delivered undeliverable undeliverable undeliverable": True,
    "undeliverable undeliverable": False,
    "undeliverable delivered undeliverable undeliverable": False,
    "undeliverable expired expired undeliverable": False,
    "undeliverable expired undeliverable undeliverable": True,
    "undeliverable rejected:11 undeliverable": True,
    "undeliverable rejected:10 undeliverable": False,  # the sender's address is wrong, and not the number
}


def test_three_failures_of_the_number_in_a_row_suspend_it(engine: Engine, made: MadeSchool, working: Settings) -> None:
    silent = []
    for place, (ended, is_silent) in enumerate(ENDED.items()):
        with transaction(engine, SEEDER) as session:
            guardian = a_guardian(session, made.school, "Тихий", f"+7999000010{place}")
        for minutes, one in zip(range(50, 0, -10), ended.split(), strict=False):
            state, _, code = one.partition(":")
            a_text(engine, guardian, state, minutes, error_code=int(code) if code else None)
        silent += [(guardian.phone, 3, None)] if is_silent else []

    for _ in range(2):
        mind_numbers()

    assert suspended(engine) == silent


def test_nothing_but_codes_goes_there_until_its_owner_confirms_it_anew(
    head: Browser, class_teacher: Browser, browser: Callable[[str], Browser], engine: Engine, made: MadeSchool,
    working: Settings,
) -> None:  # fmt: skip
    for minutes in (30, 20, 10):
        a_text(engine, made.mother, "undeliverable", minutes)
    mind_numbers()
    number = draft(head, "school")

    assert "номер приостановлен" in head.get(f"/sending/{number}").text
    press_send(head, engine, number)
    deliver(engine)

    told = [(phone, state) for phone, body, state in outbox(engine) if "трубу" in body]
    assert told == [(MOTHER, "rejected"), ("+79990000002", "queued")]
    assert "Номера, которые не отвечают" in class_teacher.get("/").text
    assert "Ёлкина Анна, 5А" in class_teacher.get("/silent-numbers/").text
    assert "free" not in class_teacher.get("/silent-numbers/").text
    assert browser("mother").get("/silent-numbers/").status_code == 403

    mother = browser("mother")
    assert "Подтвердить номер заново" in mother.get("/sms-diary/").text
    page = mother.post(f"/sms-diary/phone/{made.subscription.id}/send").headers["Location"]
    assert page == f"/sms-diary/phone/{made.subscription.id}" and mother.get(page).status_code == 200
    (code,) = [body for _, body, state in outbox(engine) if state == "queued" and "ДА" in body]
    found = re.search(r"ДА (\d{6})", code)
    assert found is not None
    assert mother.post(f"{page}/code", {"code": found[1]}).status_code == 303

    assert suspended(engine) == [(MOTHER, 3, "code")]
    mind_numbers()
    assert suspended(engine) == [(MOTHER, 3, "code")], "old failures do not count again"


def test_the_office_frees_a_number_and_a_school_may_do_without(
    secretary: Browser, class_teacher: Browser, engine: Engine, made: MadeSchool, working: Settings
) -> None:
    set_to(engine, made, failures_to_suspend="0")
    for minutes in (30, 20, 10):
        a_text(engine, made.mother, "undeliverable", minutes)
    mind_numbers()
    assert suspended(engine) == []
    with transaction(engine, SEEDER) as session:
        session.add(SuspendedNumber(school_id=made.school.id, guardian_id=made.mother.id, phone=MOTHER, failures=3))
        session.flush()
        number = session.scalars(select(SuspendedNumber.id)).one()

    assert class_teacher.post(f"/silent-numbers/{number}/free").status_code == 403
    assert secretary.post("/silent-numbers/999999/free").status_code == 404
    assert secretary.post(f"/silent-numbers/{number}/free").status_code == 303
    assert suspended(engine) == [(MOTHER, 3, "office")]
    assert "Ни одного" in secretary.get("/silent-numbers/").text


def test_what_does_not_arrive_comes_by_mail_where_the_guardian_chose_that(
    browser: Callable[[str], Browser], engine: Engine, made: MadeSchool, working: Settings
) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(SmsSubscription, made.subscription.id).guardian.email = "mother@example.org"
    failed = {"subscription_id": made.subscription.id}
    a_text(engine, made.mother, "undeliverable", 5, **failed)
    send_mails()
    wishes = {"preset": "needs_me", "detail": "full", "script": "cyrillic", "language": "ru", "digest_at": "18:00"}
    chosen = {**wishes, "phone": MOTHER, "email_fallback": "yes"}
    assert browser("mother").post(f"/sms-diary/child/{made.anna.id}", chosen).status_code == 303
    with transaction(engine, SEEDER) as session:
        assert session.scalars(select(MailMessage)).all() == []
        assert session.scalars(select(SmsMessage)).one().state == "undeliverable"

    send_mails()

    with transaction(engine, SEEDER) as session:
        assert [one.address for one in session.scalars(select(MailMessage))] == ["mother@example.org"]
