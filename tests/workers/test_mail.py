"""A text that did not reach the phone goes to the guardian's e-mail where the school wants that: once, and by right."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Engine, select, update

from app.models import Consent, Guardian, Guardianship, MailMessage, SchoolSetting, SmsMessage, SmsSubscription
from app.services import mail as mail_service
from app.session.actors import MAILER, SEEDER
from app.session.engine import transaction
from config import Settings
from tests.factories import MadeSchool
from tests.workers.post_office import PostOffice
from workers import place
from workers.mail import send_mails

ADDRESS = "mother@example.org"


def set_up(engine: Engine, made: MadeSchool, wanted: str = "yes", **message: Any) -> int:
    """The mother has an address, the school its wish, and a text to her has failed; the text's number."""
    with transaction(engine, SEEDER) as session:
        session.get_one(Guardian, made.mother.id).email = ADDRESS
        session.add(SchoolSetting(school_id=made.school.id, name="email_fallback", value=wanted))
        failed = SmsMessage(
            **{
                "school_id": made.school.id,
                "phone": made.mother.phone,
                "body": "Анна: матем 5. Шк 1",
                "kind": "immediate",
                "priority": 3,
                "state": "undeliverable",
                "guardian_id": made.mother.id,
                "subscription_id": made.subscription.id,
                "expires_at": datetime.now(UTC) + timedelta(hours=1),
                "done_at": datetime.now(UTC),
                "trace": "a-trace",
                **message,
            }
        )
        session.add(failed)
        session.flush()
        return failed.id


def mails(engine: Engine) -> list[MailMessage]:
    with transaction(engine, SEEDER) as session:
        return list(session.scalars(select(MailMessage).order_by(MailMessage.id)))


def in_folder(settings: Settings) -> list[EmailMessage]:
    files = sorted((settings.var / "mail").glob("*"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]  # type: ignore[misc]


def change(engine: Engine, model: Any, **values: Any) -> None:
    """All rows of the table, one by one as people do it."""
    with transaction(engine, SEEDER) as session:
        for row in session.scalars(select(model)):
            for name, value in values.items():
                setattr(row, name, value)


@pytest.mark.parametrize("state", ["undeliverable", "expired", "rejected"])
def test_a_text_that_did_not_arrive_goes_by_mail_once(
    engine: Engine, made: MadeSchool, working: Settings, state: str
) -> None:
    text = set_up(engine, made, state=state)

    for _ in range(3):
        send_mails()

    (mail,) = in_folder(working)
    assert (mail["To"], mail["Subject"]) == (ADDRESS, "Шк 1: СМС не дошла")
    for form in ("plain", "html"):
        assert "Анна: матем 5. Шк 1" in mail.get_body((form,)).get_content()  # type: ignore[union-attr]
    assert mail["Auto-Submitted"] == "auto-generated"
    (row,) = mails(engine)
    assert (row.state, row.attempts, row.sms_message_id, row.trace) == ("sent", 1, text, "a-trace")


def test_it_is_written_in_the_language_of_the_subscription(engine: Engine, made: MadeSchool, working: Settings) -> None:
    set_up(engine, made)
    change(engine, SmsSubscription, language="en")

    send_mails()

    assert in_folder(working)[0]["Subject"] == "Шк 1: an SMS did not arrive"


@pytest.mark.parametrize(
    "message",
    [
        {"state": "delivered"},
        {"state": "accepted", "done_at": None},
        {"state": "uncertain", "done_at": None},
        {"state": "cancelled"},
        {"kind": "code"},
        {"kind": "reply"},
        {"done_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"guardian_id": None},
    ],
    ids=lambda message: " ".join(f"{name}={value}" for name, value in message.items()),
)
def test_other_texts_do_not_fall_back(
    engine: Engine, made: MadeSchool, working: Settings, message: dict[str, Any]
) -> None:
    set_up(engine, made, **message)

    send_mails()

    assert mails(engine) == []


def test_nothing_goes_by_mail_where_the_school_does_not_want_it(
    engine: Engine, made: MadeSchool, working: Settings
) -> None:
    set_up(engine, made, wanted="no")

    send_mails()

    assert mails(engine) == []


@pytest.mark.parametrize("ended", ["barred", "over", "stopped", "no address", "no consent"])
def test_who_may_not_hear_any_more_gets_no_mail(
    engine: Engine, made: MadeSchool, working: Settings, ended: str
) -> None:
    if ended == "no consent":
        set_up(engine, made, kind="urgent", subscription_id=None)
        change(engine, Consent, withdrawn_at=datetime.now(UTC))
    else:
        set_up(engine, made)
    if ended == "barred":
        change(engine, Guardianship, barred=True)
    elif ended == "over":
        change(engine, Guardianship, ends_on=date(2026, 1, 1))
    elif ended == "stopped":
        change(engine, SmsSubscription, status="stopped")
    elif ended == "no address":
        change(engine, Guardian, email=None)

    send_mails()

    assert mails(engine) == []


@pytest.mark.parametrize("ended", [None, "barred", "account closed"])
def test_a_mail_that_waits_is_not_sent_where_the_right_has_ended_meanwhile(
    engine: Engine, made: MadeSchool, working: Settings, ended: str | None
) -> None:
    set_up(engine, made)
    with transaction(engine, MAILER) as session:
        assert mail_service.fall_back(session) == 1
    if ended == "barred":
        change(engine, Guardianship, barred=True)
    elif ended is not None:
        with transaction(engine, SEEDER) as session:
            session.execute(update(User).values(active=False), execution_options={"around_the_rule": True})

    send_mails()

    (mail,) = mails(engine)
    assert mail.state == ("sent" if ended is None else "failed")
    assert len(in_folder(working)) == (ended is None)
    assert ended is None or "больше не действует" in (mail.error or "")


@pytest.fixture
def post_office(working: Settings) -> Iterator[PostOffice]:
    """Mails leave by this server."""
    with PostOffice() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        place._settings[:] = [replace(working, mail_url=server.url)]
        yield server
        server.shutdown()
        thread.join()


def test_mail_leaves_by_smtp(engine: Engine, made: MadeSchool, post_office: PostOffice) -> None:
    set_up(engine, made)

    send_mails()

    (taken,) = post_office.taken
    assert f"To: {ADDRESS}".encode() in taken
    assert mails(engine)[0].state == "sent"


def test_an_address_that_the_server_refuses_fails_with_its_words(
    engine: Engine, made: MadeSchool, post_office: PostOffice
) -> None:
    set_up(engine, made)
    post_office.says = "550 no such user"

    send_mails()

    (row,) = mails(engine)
    assert (row.state, row.error, post_office.taken) == ("failed", "550 no such user", [])


def test_a_server_that_is_busy_is_asked_again_later(engine: Engine, made: MadeSchool, post_office: PostOffice) -> None:
    set_up(engine, made)
    post_office.says = "451 greylisted"

    send_mails()
    send_mails()  # not yet due

    (row,) = mails(engine)
    assert (row.state, row.attempts) == ("queued", 1)
    post_office.says = "250 fine"
    change(engine, MailMessage, due_at=datetime.now(UTC))
    send_mails()
    assert mails(engine)[0].state == "sent"


def test_a_server_that_is_away_loses_nothing(engine: Engine, made: MadeSchool, working: Settings) -> None:
    set_up(engine, made)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place._settings[:] = [replace(working, mail_url=f"smtp://127.0.0.1:{taken.getsockname()[1]}/")]
    send_mails()
    assert mails(engine)[0].state == "queued"

    place._settings[:] = [working]
    send_mails()

    assert mails(engine)[0].state == "sent"


@pytest.mark.parametrize(
    "address",
    ["a\nBcc: x@example.org", "mama@[mail.ru", "(mama@mail.ru", "a@x.ru,b@y.ru", "a@x.ru;b@y.ru", "@", "a@b"],
)
def test_an_address_that_cannot_stand_in_a_mail_fails_alone(
    engine: Engine, made: MadeSchool, working: Settings, address: str
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(MailMessage(school_id=made.school.id, address=address, subject="s", body="b"))
    set_up(engine, made)

    send_mails()

    assert [(row.address, row.state) for row in mails(engine)] == [(address, "failed"), (ADDRESS, "sent")]
    assert len(in_folder(working)) == 1


def test_whatever_a_mail_does_it_stops_no_other(
    engine: Engine, made: MadeSchool, working: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(MailMessage(school_id=made.school.id, address="odd@example.org", subject="s", body="b"))
    set_up(engine, made)
    rendered = mail_service.rendered

    def falls_over(mail: MailMessage, school: str, settings: Settings) -> EmailMessage:
        if mail.address.startswith("odd"):
            raise KeyError("whatever")
        return rendered(mail, school, settings)

    monkeypatch.setattr(mail_service, "rendered", falls_over)

    send_mails()

    assert [(row.state, row.error) for row in mails(engine)] == [("failed", "KeyError"), ("sent", None)]
