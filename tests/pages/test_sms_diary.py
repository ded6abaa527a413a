"""Subscribing to the SMS diary: a guardian in five taps, the desk in a minute, and what is refused where."""

import re
from typing import Any

from flask import Flask
from sqlalchemy import Engine, select, text

from app.domain.sms_presets import KINDS
from app.models import Consent, Guardian, SmsMessage, SmsSubscription
from app.pages.sms_wishes import ALL_KINDS
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import PASSWORD, MadeSchool
from tests.pages.own_data import engine, made, main, mother
from tests.services.texting import phones_of
from tests.web_support import Browser, client_for

__all__ = ["engine", "made", "mother"]

NEW = "+79995554433"
WISHES = {"preset": "needs_me", "detail": "full", "script": "cyrillic", "language": "ru", "digest_at": "18:00"}


def of_mother(engine: Engine, made: MadeSchool) -> SmsSubscription:
    with transaction(engine, SEEDER) as session:
        query = select(SmsSubscription).where(
            SmsSubscription.guardian_id == made.mother.id, SmsSubscription.status != "stopped"
        )
        return session.scalars(query).one()


def texts(engine: Engine) -> list[SmsMessage]:
    with transaction(engine, SEEDER) as session:
        return list(session.scalars(select(SmsMessage).order_by(SmsMessage.id)))


def code_to(engine: Engine, phone: str) -> str:
    last = [one for one in texts(engine) if one.phone == phone][-1]
    found = re.search(r"ДА (\d{6})", last.body)
    assert found, last.body
    return found[1]


def consents(engine: Engine, made: MadeSchool, guardian: Guardian) -> list[Any]:
    with transaction(engine, SEEDER) as session:
        query = select(Consent).where(Consent.guardian_id == guardian.id, Consent.kind == "sms_diary")
        query = query.order_by(Consent.id)
        return [(one.phone, one.means, one.text_version, one.withdrawn_at is None) for one in session.scalars(query)]


def urgent_numbers(engine: Engine, guardian: Guardian) -> list[str]:
    with transaction(engine, SEEDER) as session:
        query = select(Consent.phone).where(Consent.guardian_id == guardian.id, Consent.kind == "urgent")
        return list(session.scalars(query.where(Consent.withdrawn_at.is_(None)).order_by(Consent.id)))


def test_a_guardian_with_a_confirmed_phone_chooses_a_preset_and_is_done(
    engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    first = main(mother.get("/sms-diary/"))
    assert "Ёлкина Анна" in first and f"/sms-diary/child/{made.anna.id}" in first
    assert "Вечерняя сводка" in main(mother.get(f"/sms-diary/child/{made.anna.id}"))

    given = {**WISHES, "preset": "everything", "phone": "8 (999) 000-00-01", "detail": "counts"}
    assert mother.post(f"/sms-diary/child/{made.anna.id}", given).headers["Location"] == "/sms-diary/"

    row = of_mother(engine, made)
    assert (row.marks, row.homework, row.detail, row.phone) == ("at_once", "digest", "counts", "+79990000001")
    stands = main(mother.get("/sms-diary/"))
    assert "Всё сразу · только число новостей · сводка в 18:00" in stands and "одни пропуски" not in stands
    mother.post(f"/sms-diary/child/{made.anna.id}", {**given, "detail": "absences"})
    assert "приходят одни пропуски" in mother.get("/sms-diary/").text
    assert consents(engine, made, made.mother) == [("+79990000001", "web", "3", True)]
    assert texts(engine) == []


def test_a_new_phone_gets_a_code_and_the_old_one_hears_of_it(engine: Engine, made: MadeSchool, mother: Browser) -> None:
    answer = mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": NEW})
    where = f"/sms-diary/phone/{made.subscription.id}"
    assert answer.headers["Location"] == where
    assert [(one.phone, one.kind) for one in texts(engine)] == [("+79990000001", "immediate"), (NEW, "code")]
    assert "Анна" not in texts(engine)[1].body  # the phone may be a stranger's
    assert of_mother(engine, made).phone_confirmed_at is None

    assert "Код неверен" in main(mother.post(f"{where}/code", {"code": "000000x"}))
    assert of_mother(engine, made).phone_confirmed_at is None
    assert mother.post(f"{where}/code", {"code": code_to(engine, NEW)}).status_code == 303

    assert of_mother(engine, made).phone_confirmed_at is not None
    assert consents(engine, made, made.mother) == [(NEW, "code", "3", True)]

    mother.post(
        f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": "+79990000001"}
    )  # the school's, confirmed there
    assert consents(engine, made, made.mother) == [(NEW, "code", "3", False), ("+79990000001", "web", "3", True)]


def test_who_wishes_mails_agrees_by_the_click_and_the_code_takes_its_place(
    engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(Guardian, made.mother.id).email = "mama@example.org"
        old = {"guardian_id": made.mother.id, "phone": NEW, "kind": "sms_diary", "means": "paper"}
        session.add(Consent(**old, text_version="2"))
    mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": NEW, "by_email": "yes"})
    assert consents(engine, made, made.mother) == [(NEW, "paper", "2", False), (NEW, "web", "3", True)]

    mother.post(f"/sms-diary/phone/{made.subscription.id}/code", {"code": code_to(engine, NEW)})
    assert consents(engine, made, made.mother)[1:] == [(NEW, "web", "3", False), (NEW, "code", "3", True)]
    mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": NEW, "by_email": "yes"})
    assert len(consents(engine, made, made.mother)) == 3


def test_a_code_is_tried_five_times_and_sent_five_times_an_hour(
    engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": NEW})
    where, code = f"/sms-diary/phone/{made.subscription.id}", code_to(engine, NEW)
    for _ in range(5):
        mother.post(f"{where}/code", {"code": "1"})
    assert mother.post(f"{where}/code", {"code": code}).status_code == 422

    assert "только что отправлен" in mother.post(f"{where}/send", follow_redirects=True).text
    for _ in range(6):
        a_minute_later(engine)
        mother.post(f"{where}/send")
    assert len([one for one in texts(engine) if one.phone == NEW]) == 5


def a_minute_later(engine: Engine) -> None:
    with transaction(engine, SEEDER) as session:
        for table, column in (("sms_code", "sent_at"), ("sms_request", "created_at")):
            session.execute(
                text(f"UPDATE {table} SET {column} = {column} - interval '61 seconds'"),
                execution_options={"around_the_rule": True},
            )


WRONG: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"phone": "звоните"}, "phone", "Номер телефона"),
    ({"phone": ""}, "phone", "Заполните это поле."),
    ({"phone": "999 123-45-67"}, "phone", "Номер телефона"),
    ({"phone": "+7 999 123-45-678"}, "phone", "Номер телефона"),  # a digit too many
    ({"phone": "+380 44 123-45-67"}, "phone", "которые начинаются с +7."),
    ({"by_email": "yes"}, "by_email", "Вашего адреса почты нет."),
    ({"for_student": "yes"}, "for_student", "ученика нет подтверждённого адреса"),
    ({"preset": "anything"}, "preset", "Вечерняя сводка"),
    ({"quiet_from": "17:00", "quiet_until": "08:00"}, "digest_at", "на свои тихие часы, 17:00–08:00."),
    ({"quiet_from": "22:00"}, "quiet_until", "укажите оба"),
    ({"quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until", "не тихие часы"),
    ({"digest_at": "25:99"}, "digest_at", "08:00"),
    ({"detail": "x" * 99}, "detail", "full, counts, absences"),
)


def test_a_wish_that_cannot_be_is_refused_at_its_field_and_nothing_typed_is_lost(
    engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    for changed, field, said in WRONG:
        given = {**WISHES, "phone": "+79990000001", "language": "en", **changed}
        answer = mother.post(f"/sms-diary/child/{made.anna.id}", given)

        assert answer.status_code == 422, changed
        told = main(answer)
        error = re.search(rf'id="{field}-error" role="alert"><p>([^<]*)', told)
        assert error, (changed, told)
        assert said in error[1]
        assert '<option value="en" selected>' in told

    assert consents(engine, made, made.mother) == []


def test_each_kind_comes_by_each_way_at_once_in_the_digest_or_never(
    engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(Guardian, made.mother.id).email = "mama@example.org"
    path = f"/sms-diary/child/{made.anna.id}"
    own = {**WISHES, "preset": "own", "phone": "+79990000001", "longest_parts": "2", "digest_days": ["", "1", "5"]}
    wished = {"sms_marks": "never", "sms_absences": "at_once", "email_marks": "at_once", "email_homework": "digest"}

    assert mother.post(path, {**own, **wished, "low_marks_at_once": "yes"}).status_code == 303

    row = of_mother(engine, made)
    assert (row.marks, row.absences, row.longest_parts, row.digest_days) == ("never", "at_once", 2, [1, 5])
    assert row.channels == ["email:marks:at_once", "email:homework"] and row.low_marks_at_once
    shown = main(mother.get(path))
    assert 'value="own" checked' in shown
    cell = re.search(r'name="email_homework".*?</select>', shown, re.DOTALL)
    assert cell and '<option value="digest" selected>' in cell[0]

    for changed, field in (
        ({"digest_days": ""}, "digest_days"),
        ({"digest_days": "8"}, "digest_days"),
        ({"longest_parts": "99"}, "longest_parts"),
        ({"sms_marks": "often"}, "preset"),
        ({f"{way}_{kind}": "never" for way in ("sms", "email") for kind in ALL_KINDS}, "absences"),
    ):
        refused = mother.post(path, {**own, **wished, **changed})
        assert refused.status_code == 422
        assert f'id="{field}-error"' in main(refused), changed
        assert 'name="preset" value="own" checked' in main(refused)
    assert of_mother(engine, made).channels == ["email:marks:at_once", "email:homework"]

    mother.post(path, {**own, "preset": "everything", "by_email": "yes"})  # a preset is for both ways
    row = of_mother(engine, made)
    assert set(row.channels) == {f"email:{kind}{'' if kind == 'homework' else ':at_once'}" for kind in KINDS}
    assert not row.low_marks_at_once
    assert 'value="everything" checked' in main(mother.get(path))


def test_pause_stop_and_what_is_anothers(web: Flask, engine: Engine, made: MadeSchool, mother: Browser) -> None:
    mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": "+79990000001"})
    father = client_for(web, "father", PASSWORD)
    state = f"/sms-diary/state/{made.subscription.id}"

    for path in (
        state,
        f"/sms-diary/phone/{made.subscription.id}/code",
        f"/sms-diary/phone/{made.subscription.id}/send",
    ):
        assert father.post(path, {"status": "stopped", "code": "1"}).status_code == 404
    assert father.get(f"/sms-diary/child/{made.anna.id}").status_code == 404
    assert father.get(f"/sms-diary/phone/{made.subscription.id}").status_code == 404
    assert mother.post(state, {"status": "deleted"}).status_code == 404

    mother.post(state, {"status": "paused"})
    assert of_mother(engine, made).status == "paused"
    mother.post(state, {"status": "stopped"})
    assert consents(engine, made, made.mother) == [("+79990000001", "web", "3", False)]
    assert "СМС-дневник отключён" in main(mother.get("/sms-diary/"))
    assert "тем временем отключён" in mother.post(state, {"status": "active"}, follow_redirects=True).text
    with transaction(engine, SEEDER) as session:
        assert session.get_one(SmsSubscription, made.subscription.id).status == "stopped"
    assert client_for(web, "anna", PASSWORD).get("/sms-diary/").status_code == 403


def test_the_desk_subscribes_a_family_without_internet_which_confirms_by_its_button_phone(
    web: Flask, engine: Engine, made: MadeSchool
) -> None:
    secretary = client_for(web, "secretary", PASSWORD)
    told = main(secretary.get("/sms-desk/?q=борисов"))
    place = re.search(r"/sms-desk/(\d+)", told)
    assert place and "Ёлкина" not in told

    given = {**WISHES, "preset": "evening", "phone": NEW}
    refused = secretary.post(f"/sms-desk/{place[1]}", given)
    assert refused.status_code == 422 and "отметьте, когда родитель подписал" in refused.text
    assert secretary.post(f"/sms-desk/{place[1]}", {**given, "consent": "yes"}).status_code == 303
    assert consents(engine, made, made.father) == [(NEW, "paper", "3", True)]

    phones = phones_of(engine, made)
    assert phones.says(NEW, "ДЗ") == phones.says(NEW, "ДА 111111") == ""
    phones.now = texts(engine)[-1].created_at
    said = phones.says(NEW, f"да {code_to(engine, NEW)}")
    assert said == "Телефон подтверждён, СМС-дневник включён (Борис). Вопросы: ПОМОЩЬ. Отключить: СТОП. Шк 1"
    assert "Борис" in phones.says(NEW, "ДЗ")

    # The family stands at the desk again, however it is looked for, and nobody signs twice.
    for typed in ("8 (999) 555-44-33", "5554433", "5Б борисов", "Борис 5б"):
        assert f"/sms-desk/{place[1]}" in main(secretary.get("/sms-desk/", query_string={"q": typed})), typed
    for typed in ("5А борисов", "8 (999) 555-44-34", "((((", "+7"):
        assert f"/sms-desk/{place[1]}" not in main(secretary.get("/sms-desk/", query_string={"q": typed})), typed
    done = secretary.post(f"/sms-desk/{place[1]}", {**given, "detail": "counts"}, follow_redirects=True)
    assert "Вечерняя сводка · только число новостей" in main(done)
    other = {**given, "phone": "+79990000001"}
    assert "отметьте, когда родитель подписал" in secretary.post(f"/sms-desk/{place[1]}", other).text
    slip = {**given, "phone": "+79995554434", "consent": "yes", "urgent": "yes"}  # corrected before it is confirmed
    assert secretary.post(f"/sms-desk/{place[1]}", slip).status_code == 303
    assert urgent_numbers(engine, made.father)[-1] == "+79995554434"
    taken = secretary.post(f"/sms-desk/{place[1]}", {**other, "consent": "yes"}, follow_redirects=True).text
    assert "+79995554434" not in urgent_numbers(engine, made.father)
    assert "есть и у других: Ёлкина Мария" in taken and "Борисов" in taken
    assert consents(engine, made, made.father)[0] == (NEW, "paper", "3", False)
    assert secretary.get(f"/sms-desk/sheet.pdf?whom={place[1]}").data.startswith(b"%PDF")
    assert secretary.get("/sms-desk/sheet.pdf?whom=987654321").status_code == 404

    assert client_for(web, "mother", PASSWORD).get("/sms-desk/").status_code == 403
    assert secretary.get("/sms-desk/987654321").status_code == 404


def test_leaflets_are_papers_in_both_languages(web: Flask, made: MadeSchool, mother: Browser) -> None:
    secretary = client_for(web, "secretary", PASSWORD)
    for browser, path in ((mother, "/sms-diary/leaflet.pdf"), (secretary, "/sms-desk/sheet.pdf")):
        for language in ("ru", "en", "xx"):
            paper = browser.get(f"{path}?language={language}")
            assert paper.mimetype == "application/pdf" and paper.data.startswith(b"%PDF")
            assert b"/Type/Pages/Count 1/" in paper.data, "one sheet"
