"""News by e-mail from the switch in the form to “I have read this”: one click, no sign-in, and no robot's doing."""

import re
from io import StringIO

from flask import Flask
from sqlalchemy import Engine, select

from app.models import Announcement, Guardian, Guardianship, MailMessage, SmsDelivery
from app.services.reach import Reach, reached_by
from app.session.actors import COMPOSER, SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool, a_mark, person
from tests.pages.own_data import engine, made, main, mother, proves, teacher
from tests.pages.test_sms_diary import WISHES, of_mother
from tests.services.test_compose import deliver, save
from tests.web.test_logs_tell_nobody import log
from tests.web_support import Browser

__all__ = ["engine", "log", "made", "mother", "teacher"]


def the_mail(engine: Engine) -> MailMessage:
    with transaction(engine, COMPOSER) as session:
        return session.scalars(select(MailMessage).where(MailMessage.kind == "news")).one()


def read_facts(engine: Engine) -> int:
    with transaction(engine, COMPOSER) as session:
        return len(session.scalars(select(SmsDelivery.id).where(SmsDelivery.read_at.is_not(None))).all())


def test_news_by_mail_are_read_by_one_click_that_no_robot_makes(
    web: Flask, engine: Engine, made: MadeSchool, mother: Browser, teacher: Browser
) -> None:
    proves(engine, made, "email", "mama@example.org")
    path = f"/sms-diary/child/{made.anna.id}"
    given = {**WISHES, "preset": "evening", "phone": "+79990000001"}
    assert mother.post(path, {**given, "by_email": "yes"}).status_code == 303
    assert "email:marks" in of_mother(engine, made).channels
    assert 'name="by_email" value="yes" checked' in main(mother.get(path))
    assert "ещё и по почте" in main(mother.get("/sms-diary/"))

    save(engine, person(engine, "teacher"), a_mark(made))
    news = save(engine, person(engine, "head"), Announcement(title="Каникулы", text="с понедельника"))
    deliver(engine, and_digests=True)
    mail, stranger = the_mail(engine), Browser(web)
    assert mail.body == "Объявления\nКаникулы. с понедельника\n\nАнна: отметки\nматем 5 (ответ) 20.11"

    for _fetched in range(3):
        looked = stranger.get(str(mail.path))
    assert looked.status_code == 200 and read_facts(engine) == 0
    assert "Анна: 2 новости" in looked.text and "матем" not in looked.text and "Каникулы" not in looked.text
    assert "no-store" in looked.headers["Cache-Control"]

    for _clicked in range(2):
        assert "Школа это видит" in stranger.post(str(mail.path)).text
    assert read_facts(engine) == 2
    assert the_mail(engine).read_at is not None
    with transaction(engine, COMPOSER) as session:
        (told,) = reached_by(session, "announcement", news.id).told
    assert told.reach is Reach.READ
    line = next(row for row in main(teacher.get("/signatures/")).split("<tr>") if "Ёлкина" in row)
    assert re.match(r"\d\d\.\d\d \d\d:\d\d<", line.split("<td>")[-1])

    mother.post(path, given)  # the switch is off again
    assert of_mother(engine, made).channels == []


def test_a_key_opens_nothing_when_it_is_wrong_or_the_right_is_over(
    web: Flask, engine: Engine, made: MadeSchool, log: StringIO
) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(Guardian, made.mother.id).email = "mama@example.org"
    with transaction(engine, person(engine, "mother")) as session:
        session.get_one(type(made.subscription), made.subscription.id).channels = ["email:marks"]
    save(engine, person(engine, "teacher"), a_mark(made))
    deliver(engine, and_digests=True)
    path, stranger = str(the_mail(engine).path), Browser(web)
    assert stranger.get(path).status_code == 200
    with transaction(engine, SEEDER) as session:
        session.scalars(select(Guardianship).where(Guardianship.guardian_id == made.mother.id)).one().barred = True

    for wrong in (path, "/read/x", f"/read/{'a' * 32}", f"/read/{'ж' * 32}", f"/read/{'a' * 900}"):
        assert stranger.get(wrong).status_code == 404
        assert "больше не действует" in stranger.post(wrong).text
    assert read_facts(engine) == 0
    assert "/read/…" in log.getvalue() and path.removeprefix("/read/") not in log.getvalue()
