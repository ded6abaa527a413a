"""Texts about the answer to an absence notice and about changes of the timetable, on the way of all news."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from app.models import AbsenceNotice, Lesson, Room, SmsSubscription
from app.services.settings import SchoolRules
from app.services.timetable_news import when_to_tell
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.diary.conftest import Browse, Clock, Put
from tests.factories import TODAY, MadeSchool
from tests.services.test_compose import deliver, outbox

NEXT = TODAY + timedelta(days=3)


@pytest.fixture
def wishes(engine: Engine, made: MadeSchool, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`wishes(timetable="digest")`: what the mother wants told; deliveries are of the clock's day."""
    monkeypatch.setattr("app.services.clock.now", lambda: clock.now.astimezone(UTC))

    def set_to(**wanted: str) -> None:
        with transaction(engine, SEEDER) as session:
            one = session.get_one(SmsSubscription, made.subscription.id)
            for name, value in wanted.items():
                setattr(one, name, value)

    return set_to


def told(engine: Engine) -> list[str]:
    deliver(engine)
    return [body for _phone, _kind, body in outbox(engine)]


def test_the_family_hears_what_became_of_its_notice(
    browser: Browse, engine: Engine, made: MadeSchool, wishes: Any, put: Put
) -> None:
    given = {"student_id": made.anna.id, "guardian_id": made.mother.id, "reason": "ill"}
    first = put(AbsenceNotice(**given, begins_on=NEXT, ends_on=NEXT + timedelta(days=2)))
    second = put(AbsenceNotice(**given, begins_on=NEXT + timedelta(days=7), ends_on=NEXT + timedelta(days=7)))
    third = put(AbsenceNotice(**given, begins_on=NEXT + timedelta(days=9), ends_on=NEXT + timedelta(days=9)))
    leader = browser("class_teacher")
    assert (
        leader.post(f"/absence-notices/{first.id}", {"decision": "accept", "answer": "Выздоравливай"}).status_code
        == 303
    )
    assert told(engine) == ["Анна: Отсутствие 23.11–25.11: принято (Выздоравливай). Шк 1"]
    leader.post(f"/absence-notices/{second.id}", {"decision": "decline", "answer": "Экзамен"})
    assert told(engine)[1:] == ["Анна: Отсутствие 30.11: отклонено (Экзамен). Шк 1"]

    wishes(absences="never")
    leader.post(f"/absence-notices/{third.id}", {"decision": "accept"})
    assert len(told(engine)) == 2


def test_changes_of_the_timetable_are_told_as_they_stand_by_the_evening_to_who_wants_them(
    api: Any, engine: Engine, made: MadeSchool, wishes: Any, put: Put, clock: Clock
) -> None:
    given = {"school_class_id": made.class_5a.id, "subject_id": made.maths.id, "teacher_id": made.teacher.id}
    one, other = put(Lesson(**given, date=NEXT, period=2)), put(Lesson(**given, date=NEXT, period=4))
    room = put(Room(school_id=made.school.id, name="12"))
    with transaction(engine, SEEDER) as session:
        one, other = session.get_one(Lesson, one.id), session.get_one(Lesson, other.id)
    head, version = api("head"), {one.id: 1, other.id: 1}

    def change(lesson: Lesson, **values: Any) -> None:
        answer = head.put(f"/api/v1/lesson/{lesson.id}", json=values | {"version": version[lesson.id]})
        assert answer.status_code == 200, answer.json
        version[lesson.id] = answer.json["result"]["version"]

    change(one, topic="Дроби", work_type=made.test.id)
    change(other, state="held")
    change(other, state="cancelled")
    assert told(engine) == []  # they are not asked for, and the rest is no change of the timetable
    wishes(timetable="digest")
    change(other, state="planned")
    change(other, state="cancelled")
    change(other, state="planned")
    change(one, state="cancelled")
    change(other, room=room.id, teacher=made.class_teacher.id)
    assert told(engine) == [f"Анна: 23.11 ур.2 матем отменён; 23.11 ур.4 матем: каб. 12, учитель {teacher(made)}. Шк 1"]
    change(one, state="planned")
    assert told(engine)[1:] == ["Анна: 23.11 ур.2 матем: состоится. Шк 1"]
    change(other, date=str(NEXT + timedelta(days=1)), period=1)
    assert told(engine)[2:] == ["Анна: 24.11 ур.1 матем: перенос с 23.11 ур.4. Шк 1"]
    change(one, period=5)
    change(one, period=2)
    assert len(told(engine)) == 3  # as it was before anybody was told
    clock.now += timedelta(days=30)
    change(one, state="cancelled")
    assert len(told(engine)) == 3  # what is past is no news


def teacher(made: MadeSchool) -> str:
    initials = f"{made.class_teacher.given_name[:1]}." + (
        f" {made.class_teacher.patronymic[:1]}." if made.class_teacher.patronymic else ""
    )
    return f"{made.class_teacher.surname} {initials}".rstrip(".")


def test_a_change_is_told_on_the_evening_before_or_at_once() -> None:
    zone = ZoneInfo("Europe/Moscow")
    school = SchoolRules(zone, "Шк", {"hold_back_minutes": 10})

    def moment(day: int, hour: int, minute: int = 0) -> datetime:
        return datetime(2026, 11, day, hour, minute, tzinfo=zone)

    def at(days: list[date], now: datetime) -> datetime | None:
        return when_to_tell(days, school, now, now)

    friday = date(2026, 11, 27)
    assert at([friday], moment(24, 10)) == moment(26, 19)
    assert at([friday], moment(26, 20)) == moment(26, 20, 10)
    assert at([friday], moment(27, 8)) == moment(27, 8, 10)
    assert at([friday, date(2026, 11, 25)], moment(23, 10)) == moment(24, 19)
    assert at([date(2026, 11, 20)], moment(24, 10)) is None and at([], moment(24, 10)) is None
