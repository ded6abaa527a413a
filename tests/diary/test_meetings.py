"""A meeting: families are invited by the clock, answer in the diary or by SMS, and the class teacher sees who comes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from app.models import EventAnswer, Guardianship, Notice, Reminder, SmsSubscription
from app.services.history import record_history
from app.services.reminders import remind
from app.session.actors import REMINDER, SEEDER
from app.session.engine import transaction
from tests.diary.conftest import Browse, Clock
from tests.factories import TODAY, MadeSchool, a_guardian
from tests.services.test_compose import deliver
from tests.services.texting import Phones, phones_of
from tests.web_support import Api

MOTHER, GRANDMOTHER = "+79990000001", "+79990000003"
STARTS = datetime(TODAY.year, TODAY.month, TODAY.day + 4, 15, tzinfo=UTC)  # Tuesday, 18:00 in Moscow
THREE_DAYS, THREE_HOURS = STARTS - timedelta(days=3), STARTS - timedelta(hours=3)
ASKED = "Анна: Собрание 24.11 18:00 Собрание 5А, 201. Придёте? Ответьте ДА или НЕТ. Шк 1"


@pytest.fixture
def phones(
    engine: Engine, made: MadeSchool, setting: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> Phones:
    """Anna's mother has an account; Gleb's grandmother has a button phone only. What the clock says is simulated."""
    setting("remind_to_sign", "no")
    with transaction(engine, SEEDER) as session:
        session.get_one(SmsSubscription, made.subscription.id).announcements = "at_once"
        grandmother = a_guardian(session, made.school, "Зимина", GRANDMOTHER)
        session.add(Guardianship(guardian=grandmother, student_id=made.gleb.id))
        session.flush()
        wish = {"phone": GRANDMOTHER, "phone_confirmed_at": THREE_DAYS, "announcements": "at_once"}
        session.add(SmsSubscription(guardian_id=grandmother.id, student_id=made.gleb.id, **wish))
    found = phones_of(engine, made)
    monkeypatch.setattr("app.services.clock.now", lambda: found.now)
    return found


def the_clock(engine: Engine, made: MadeSchool, phones: Phones, now: datetime) -> list[tuple[str, str]]:
    """What goes to phones when the clock has come so far."""
    phones.now = now
    before = len(phones.texts())
    with transaction(engine, REMINDER) as session:
        remind(session, made.school.id, now)
    deliver(engine, and_digests=True)
    return phones.texts()[before:]


def a_meeting(class_teacher: Api, made: MadeSchool, title: str = "Собрание 5А", starts: datetime = STARTS) -> int:
    given = {"title": title, "kind": "meeting", "starts_at": starts.isoformat(), "school_class": made.class_5a.id}
    answer = class_teacher.post("/api/v1/event/", json=given | {"place": "201"})
    assert answer.status_code == 201, answer.text
    return int(answer.json["id"])  # type: ignore[index]


def answers(engine: Engine) -> list[tuple[int, bool, str]]:
    with transaction(engine, SEEDER) as session:
        rows = session.scalars(select(EventAnswer).order_by(EventAnswer.student_id)).all()
        return [(one.student_id, one.comes, one.way) for one in rows]


def test_families_are_invited_answer_by_either_way_and_the_class_teacher_sees_who_comes(
    api: Callable[[str], Api], browser: Browse, clock: Clock, engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    event = a_meeting(api("class_teacher"), made)
    for_all = {"title": "Всем", "kind": "meeting", "starts_at": "2026-11-24T18:00:00+03:00"}
    refused = api("class_teacher").post("/api/v1/event/", json=for_all)
    assert (refused.status_code, list(refused.json["message"])) == (422, ["school_class"]), (
        "the whole school is not hers"
    )
    assert the_clock(engine, made, phones, THREE_DAYS - timedelta(minutes=1)) == []
    assert phones.says(MOTHER, "Да").startswith("1 ОЦ")  # nobody has asked anything
    asked = [(MOTHER, ASKED), (GRANDMOTHER, ASKED.replace("Анна", "Глеб"))]
    assert sorted(the_clock(engine, made, phones, THREE_DAYS)) == asked
    assert the_clock(engine, made, phones, THREE_DAYS) == []

    heard = phones.says(GRANDMOTHER, "Да, приду")
    assert heard == "Записали: 24.11 18:00 Собрание 5А – придёте (Глеб). Передумаете – ответьте НЕТ. Шк 1"
    assert "не придёте (Глеб)" in phones.says(GRANDMOTHER, "НЕТ")
    assert answers(engine) == [(made.gleb.id, False, "sms")]
    with transaction(engine, SEEDER) as session:
        told = record_history(session, "event_answer", session.scalars(select(EventAnswer.id)).one())
    assert [(one.author, one.way, one.action) for one in told] == [
        ("Зимина Мария", "sms", "changed"), ("Зимина Мария", "sms", "added"),
    ]  # fmt: skip

    to_call = browser("class_teacher").get(f"/meetings/{event}").text
    assert f'href="tel:{MOTHER}"' in to_call and GRANDMOTHER not in to_call, "who has not answered may be called"

    mother, path = browser("mother"), f"/meetings/{event}/answer"
    page = mother.get(f"/diary/{made.anna.id}").text
    assert 'id="meetings"' in page and "Собрание 5А" in page
    assert mother.post(path, {"child": made.anna.id, "comes": "perhaps"}).status_code == 303
    assert mother.post(path, {"child": made.gleb.id, "comes": "yes"}).status_code == 404
    assert browser("father").post(path, {"child": made.boris.id, "comes": "yes"}).status_code == 404
    assert browser("anna").post(path, {"child": made.anna.id, "comes": "yes"}).status_code == 403
    assert len(answers(engine)) == 1
    assert mother.post(path, {"child": made.anna.id, "comes": "yes"}).status_code == 303
    assert "вы придёте" in mother.get(f"/diary/{made.anna.id}").text

    leader = browser("class_teacher")
    assert f"/meetings/{event}" in leader.get(f"/records/event/{event}").text
    page = leader.get(f"/meetings/{event}").text
    assert "придут: 1" in page and "не придут: 1" in page and "Зимина Мария" in page and "по СМС" in page
    assert "Зимин" not in mother.get(f"/meetings/{event}").text
    assert browser("other_teacher").get(f"/meetings/{event}").status_code == 403
    seen = [api(who).get("/api/v1/event_answer/").json["count"] for who in ("mother", "father", "class_teacher")]  # type: ignore[index]
    assert seen == [1, 0, 2]

    said = dict(the_clock(engine, made, phones, THREE_HOURS))
    assert said[MOTHER] == ASKED.replace("Собрание 24", "Скоро собрание 24")
    phones.now = STARTS
    assert phones.says(GRANDMOTHER, "ДА").startswith("1 ОЦ")
    clock.now = STARTS
    mother.post(path, {"child": made.anna.id, "comes": "no"})
    assert answers(engine) == [(made.anna.id, True, "web"), (made.gleb.id, False, "sms")]


def test_a_meeting_that_is_moved_or_cancelled_is_told_again_to_who_was_invited(
    api: Callable[[str], Api], engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    leader = api("class_teacher")
    event = a_meeting(leader, made)
    the_clock(engine, made, phones, THREE_DAYS)
    record = leader.get(f"/api/v1/event/{event}").json["result"]  # type: ignore[index]
    moved = {"starts_at": (STARTS + timedelta(hours=1)).isoformat(), "version": record["version"]}
    assert leader.put(f"/api/v1/event/{event}", json=moved).status_code == 200

    said = dict(the_clock(engine, made, phones, THREE_DAYS + timedelta(minutes=10)))
    assert said[MOTHER] == ASKED.replace("Анна: ", "Анна: Изменилось: ").replace("18:00", "19:00")

    assert (
        leader.put(f"/api/v1/event/{event}", json={"cancelled": True, "version": record["version"] + 1}).status_code
        == 200
    )
    said = dict(the_clock(engine, made, phones, THREE_DAYS + timedelta(minutes=20)))
    assert said == {
        MOTHER: "Анна: Собрание 24.11 19:00 Собрание 5А, 201 – отменено. Шк 1",
        GRANDMOTHER: "Глеб: Собрание 24.11 19:00 Собрание 5А, 201 – отменено. Шк 1",
    }
    assert phones.says(MOTHER, "ДА").startswith("1 ОЦ")
    with transaction(engine, SEEDER) as session:
        assert session.scalars(select(Reminder.id)).all() == []
        assert len(session.scalars(select(Notice.id).where(Notice.record == "reminder")).all()) == 6


def test_of_two_meetings_the_last_invitation_is_answered_unless_a_day_is_named(
    api: Callable[[str], Api], engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    leader = api("class_teacher")
    a_meeting(leader, made)
    the_clock(engine, made, phones, THREE_DAYS)
    a_meeting(leader, made, "Родительский комитет", STARTS + timedelta(days=1))
    the_clock(engine, made, phones, THREE_DAYS + timedelta(days=1))

    assert "25.11 18:00 Родительский комитет – придёте" in phones.says(MOTHER, "ок")
    assert "24.11 18:00 Собрание 5А – не придёте" in phones.says(MOTHER, "Нет 24.11")
    assert phones.says(MOTHER, "Нет 30.11").startswith("1 ОЦ")
    asked = phones.says(MOTHER, "ПАУЗА")
    assert phones.says(MOTHER, "да") == "Ответьте ДА и код из СМС, например: ДА 1234. Шк 1"  # what waits comes first
    assert "Ответьте ДА" in asked
    assert phones.says(MOTHER, "Нет") == "Хорошо, ничего не изменено. Шк 1"
    phones.says(MOTHER, "СТОП")
    assert "отключён" in phones.says(MOTHER, "ДА")


def test_who_wants_no_announcements_is_invited_in_the_diary_alone(
    api: Callable[[str], Api], browser: Browse, clock: Clock, engine: Engine, made: MadeSchool, phones: Phones
) -> None:
    with transaction(engine, SEEDER) as session:
        for one in session.scalars(select(SmsSubscription)):
            one.announcements = "never"
    a_meeting(api("class_teacher"), made)

    assert the_clock(engine, made, phones, THREE_DAYS) == []
    assert the_clock(engine, made, phones, THREE_HOURS) == []
    assert "Собрание 5А" in browser("mother").get(f"/diary/{made.anna.id}").text
