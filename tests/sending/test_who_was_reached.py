"""After sending: who was reached, class by class; whom to phone; and mail to those whom no text reaches, once."""

from collections.abc import Callable

from sqlalchemy import Engine, select, text

from app.models import Guardianship, MailMessage
from app.session.actors import SEEDER
from app.session.engine import transaction
from config import Settings
from tests.factories import MadeSchool
from tests.sending.conftest import comes_to, deliver, draft, press_send
from tests.web_support import Browser
from workers.mail import send_mails

AROUND = {"around_the_rule": True}


def test_the_page_tells_class_by_class_and_whom_to_phone(
    head: Browser, class_teacher: Browser, browser: Callable[[str], Browser], engine: Engine, made: MadeSchool,
    hard_to_reach: dict[str, int],
) -> None:  # fmt: skip
    number = draft(head, "school")
    press_send(head, engine, number)
    now = f"/sending/{number}/reached/now"
    at_first = head.get(now).text
    assert "<dt>в пути</dt><dd>2</dd>" in at_first, "no worker has looked at it, and whoever has agreed will be told"
    assert "Позвоните в 1 семью" in at_first, "the uncle has withdrawn his consent"
    deliver(engine)
    under_way = head.get(now).text
    assert "<dt>в пути</dt><dd>2</dd>" in under_way and "<html" not in under_way
    assert head.app.view_functions["sending_live.reached_now"].is_polled, "looking is no use of the session"  # type: ignore[attr-defined]

    comes_to(engine, "+79990000001", "delivered")
    comes_to(engine, "+79990000002", "undeliverable", "не доставлено на телефон (7)")
    page = head.get(f"/sending/{number}/reached").text

    assert "Обзвоните эти 2 семьи" in page
    assert "не доставлено на телефон (7)" in page and "согласие на срочные СМС отозвано" in page
    assert 'href="tel:+79990000002"' in page and 'href="tel:+79990000003"' in page
    assert "<dt>дошло по СМС</dt><dd>1</dd>" in page
    assert "дошло до 1 из 2" in head.get("/sending/").text

    own = class_teacher.get(f"/sending/{number}/reached").text
    assert "Зимин" in own and "Борисов" not in own and "+79990000002" not in own
    assert browser("teacher").get(now).status_code == 403
    assert head.get("/sending/999999/reached").status_code == 404

    with transaction(engine, SEEDER) as session:
        seen = text(
            "INSERT INTO diary_visit (user_id, student_id, shown_id)"
            " SELECT g.user_id, gs.student_id, 1000000 FROM guardian g JOIN guardianship gs ON gs.guardian_id = g.id"
            " WHERE g.id = :father"
        )
        session.execute(seen, {"father": made.father.id}, execution_options=AROUND)
    assert "<dt>прочитано в дневнике</dt><dd>1</dd>" in head.get(now).text


def test_mail_goes_once_to_those_whom_no_text_reaches(
    head: Browser, engine: Engine, made: MadeSchool, hard_to_reach: dict[str, int], working: Settings
) -> None:
    with transaction(engine, SEEDER) as session:
        session.execute(text("UPDATE guardian SET email = 'father@example.org' WHERE id = :id"),
                        {"id": made.father.id}, execution_options=AROUND)  # fmt: skip
    number = draft(head, "school", by_email="yes")
    send_mails()
    press_send(head, engine, number)
    send_mails()
    assert mails(engine) == [], "nothing is decided of it yet"

    deliver(engine)
    send_mails()
    assert mails(engine) == ["uncle@example.org"], "the father’s text is on its way"
    comes_to(engine, "+79990000002", "rejected", "неверный номер получателя (0x0B)")
    for _ in range(2):
        send_mails()

    assert mails(engine) == ["father@example.org", "uncle@example.org"]
    assert "<dt>по почте</dt><dd>2</dd>" in head.get(f"/sending/{number}/reached").text


def test_who_is_barred_before_the_mail_leaves_gets_none(
    head: Browser, engine: Engine, made: MadeSchool, hard_to_reach: dict[str, int], working: Settings
) -> None:
    number = draft(head, "school", by_email="yes")
    press_send(head, engine, number)
    deliver(engine)
    with transaction(engine, SEEDER) as session:
        session.add(
            MailMessage(
                school_id=made.school.id, kind="announcement", address="uncle@example.org", subject="s", body="b",
                guardian_id=hard_to_reach["uncle"], announcement_id=number,
            )
        )  # fmt: skip
        query = select(Guardianship).where(Guardianship.guardian_id == hard_to_reach["uncle"])
        session.scalars(query).one().barred = True

    send_mails()

    with transaction(engine, SEEDER) as session:
        assert [one.state for one in session.scalars(select(MailMessage))] == ["failed"]


def mails(engine: Engine) -> list[str]:
    with transaction(engine, SEEDER) as session:
        return sorted(one.address for one in session.scalars(select(MailMessage)))
