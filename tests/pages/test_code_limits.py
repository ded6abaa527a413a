"""Codes by SMS are limited at every door: per number, account, school and country, and held while nobody uses any."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, select, update

from app.models import SchoolSetting, SmsAlarm, SmsCode, SmsRequest
from app.session.actors import SEEDER
from app.session.engine import transaction
from app.web import code_day
from tests.factories import PASSWORD, MadeSchool
from tests.generator.test_forms import typed
from tests.pages.own_data import engine, made, main, mother, proves
from tests.pages.test_sms_diary import NEW, WISHES, code_to, of_mother, texts
from tests.services.texting import phones_of
from tests.web_support import Browser, client_for

__all__ = ["engine", "made", "mother"]

AROUND = {"around_the_rule": True}
HELD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"phone": NEW, "times": 10}, "На этот номер сегодня отправлено много кодов"),
    ({"phone": "+79995550000", "times": 15, "by": "mother"}, "С этой учётной записи сегодня запросили много кодов"),
    ({"phone": "+79995550000", "times": 1, "parts": 500}, "На сегодня коды у школы кончились"),
    ({"alarm": "codes_unused"}, "Коды на новые номера сейчас не отправляются"),
)


def arrange(engine: Engine, made: MadeSchool, what: dict[str, Any]) -> None:
    """What has happened in the hours before, and nothing else."""
    with transaction(engine, SEEDER) as session:
        for table in (SmsCode, SmsAlarm):
            session.execute(delete(table), execution_options=AROUND)
        for number in range(what.get("times", 0)):
            session.add(
                SmsCode(
                    school_id=made.school.id, phone=what["phone"], opens=f"token:{-number - 1}", is_known=False,
                    parts=what.get("parts", 1), sent_at=datetime.now(UTC) - timedelta(hours=2),
                    user_id=made.mother.user_id if "by" in what else None,
                )
            )  # fmt: skip
        if "alarm" in what:
            session.add(SmsAlarm(school_id=made.school.id, kind=what["alarm"], counted=40, good=2))


def codes(engine: Engine) -> list[str]:
    return [one.phone for one in texts(engine) if one.kind == "code"]


def test_no_door_sends_a_code_beyond_the_days_limits_and_a_stranger_learns_nothing(
    web: Flask, engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": NEW})
    assert codes(engine) == [NEW]
    send = f"/sms-diary/phone/{of_mother(engine, made).id}/send"
    for what, said in HELD:
        arrange(engine, made, what)
        assert said in main(mother.post(send, follow_redirects=True)), said
        assert said in main(mother.post("/contacts/add", {"contact": NEW})), said
    assert codes(engine) == [NEW]

    proves(engine, made, "phone", "+79990000001")
    arrange(engine, made, {"phone": "+79990000001", "times": 10})
    stranger = Browser(web)
    stranger.get("/recover/")
    for phone in ("+79990000001", "+79990009999"):
        assert stranger.post("/recover/", {"contact": phone}).headers["Location"] == "/recover/code"
    assert codes(engine) == [NEW]
    arrange(engine, made, {"alarm": "codes_unused"})  # those who were confirmed before still get theirs
    stranger.post("/recover/", {"contact": "+79990000001"})
    assert codes(engine) == [NEW, "+79990000001"]
    with transaction(engine, SEEDER) as session:
        (kept,) = session.scalars(select(SmsCode))
    assert (kept.phone, kept.is_known, kept.used_at, kept.parts) == ("+79990000001", True, None, 1)


def test_countries_are_the_schools_choice_where_the_number_is_typed(
    engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    abroad = "+375 29 123-45-67"
    told = main(mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": abroad}))
    assert "на номера, которые начинаются с +7." in told and abroad in told
    assert "на номера, которые начинаются с +7." in main(mother.post("/contacts/add", {"contact": abroad}))
    assert codes(engine) == []

    with transaction(engine, SEEDER) as session:
        session.add(SchoolSetting(school_id=made.school.id, name="sms_countries", value="7, 375"))
    assert mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": abroad}).status_code == 303
    assert codes(engine) == ["+375291234567"]


def test_a_typed_code_is_old_after_ten_minutes_while_the_phone_itself_may_answer_all_day(
    engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": NEW})
    where, code = f"/sms-diary/phone/{of_mother(engine, made).id}/code", code_to(engine, NEW)
    with transaction(engine, SEEDER) as session:
        earlier = {"created_at": datetime.now(UTC) - timedelta(minutes=11)}
        session.execute(update(SmsRequest).values(earlier), execution_options=AROUND)
    assert mother.post(where, {"code": code}).status_code == 422

    phones = phones_of(engine, made)
    phones.now = datetime.now(UTC)
    assert "Телефон подтверждён" in phones.says(NEW, f"ДА {code}")
    assert "Код" in phones.says(NEW, f"ДА {code}")  # once
    with transaction(engine, SEEDER) as session:
        assert session.scalars(select(SmsCode.used_at)).one() is not None


def test_from_one_address_of_the_network_go_so_many_codes_a_day_whichever_door_asks(
    web: Flask, engine: Engine, made: MadeSchool, mother: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    proves(engine, made, "phone", "+79990000001")
    monkeypatch.setattr(code_day, "A_DAY", replace(code_day.A_DAY, own=2, address=2))
    stranger = Browser(web)
    stranger.get("/recover/")
    mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": NEW})
    mother.post("/contacts/add", {"contact": "+79995550001"})
    assert codes(engine) == [NEW, "+79995550001"]

    mother.post("/contacts/add", {"contact": "+79995550002"})
    mother.post(f"/sms-diary/child/{made.anna.id}", {**WISHES, "phone": "+79995550003"})
    stranger.post("/recover/", {"contact": "+79990000001"})
    assert codes(engine) == [NEW, "+79995550001"]


FORM: dict[str, Any] = {
    "status": "active", "language": "ru", "script": "latin", "detail": "full", "marks": "digest", "absences": "at_once",
    "remarks": "never", "homework": "digest", "announcements": "digest", "reminders": "never", "debts": "digest",
    "term_marks": "digest", "timetable": "never", "digest_at": "19:15", "digest_days": ["5", "1"],
}  # fmt: skip
NO_PHONE = (
    ("звоните вечером", "Номер телефона"),
    ("9991234567", "Номер телефона"),
    ("+7999", "Номер телефона"),
    ("+380 44 123-45-67", "которые начинаются с +7."),
)


def test_no_door_takes_a_phone_that_is_none_has_no_country_or_is_of_another(
    web: Flask, engine: Engine, made: MadeSchool, mother: Browser
) -> None:
    """The own page, the desk, REST and the generated form: each says it at the field and changes nothing."""
    secretary = client_for(web, "secretary", PASSWORD)
    found = re.search(r'href="/sms-desk/(\d+)"', secretary.get("/sms-desk/?q=ёлкина").text)
    assert found
    edit = f"/records/sms_subscription/{made.subscription.id}/edit"
    form = FORM | {"guardian": made.mother.id, "student": made.anna.id}
    for phone, said in NO_PHONE:
        given = {**WISHES, "phone": phone, "consent": "yes"}
        for page in (
            mother.post(f"/sms-diary/child/{made.anna.id}", given),
            secretary.post(f"/sms-desk/{found[1]}", given),
            secretary.post(edit, typed(secretary, edit, **form, phone=phone)),
        ):
            assert page.status_code == 422 and said in page.text and f'value="{phone}"' in page.text, phone
        version = of_mother(engine, made).version
        answer = secretary.api(
            "PUT", f"/api/v1/sms_subscription/{made.subscription.id}", json={"phone": phone, "version": version}
        )
        assert answer.status_code == 422 and said in answer.json["message"]["phone"][0], answer.json
    assert of_mother(engine, made).phone == "+79990000001"
    assert texts(engine) == []
