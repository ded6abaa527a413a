"""From a saved record to a text in the outbox: once, in its final state, to whom it concerns."""

import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Engine, event, func, select, update

from app.models import (
    Absence,
    Announcement,
    Consent,
    Enrollment,
    Guardian,
    Guardianship,
    Homework,
    Mark,
    Notice,
    SchoolSetting,
    SmsDelivery,
    SmsMessage,
    SmsSubscription,
)
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.session.actors import COMPOSER, SEEDER, Actor
from app.session.engine import transaction
from tests.factories import MadeSchool, a_guardian, a_mark, person

KINDS = ["urgent", "immediate", "digest"]
AROUND = {"around_the_rule": True}


def deliver(engine: Engine, and_digests: bool = False) -> None:
    """What the worker does after a commit; with the digests of the evening where asked."""
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))
        if and_digests:
            session.execute(update(SmsDelivery).where(SmsDelivery.state == "due").values(due_at=func.now()))
    with transaction(engine, COMPOSER) as session:
        compose_due(session, KINDS, 1000)


def outbox(engine: Engine) -> list[tuple[str, str, str]]:
    """(phone, kind, text) of every message, oldest first."""
    with transaction(engine, COMPOSER) as session:
        return [(one.phone, one.kind, one.body) for one in session.scalars(select(SmsMessage).order_by(SmsMessage.id))]


def fives(text: str) -> int:
    """How many marks of 5 a text tells."""
    return len(re.findall(r"(?<=[ ,])5(?=[ ,])", text))


def save(engine: Engine, actor: Actor, row: Any) -> Any:
    with transaction(engine, actor) as session:
        session.add(row)
    return row


def test_a_mark_becomes_a_text_to_the_subscribed_mother(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    save(engine, teacher, a_mark(made, work_type_id=made.test.id))

    deliver(engine)

    assert outbox(engine) == [("+79990000001", "immediate", "Анна: матем 5 (контр) 20.11. Шк 1")]


def test_running_it_again_tells_nothing_twice(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    save(engine, teacher, a_mark(made))

    for _ in range(3):
        deliver(engine, and_digests=True)

    assert len(outbox(engine)) == 1


def test_superseded_facts_are_told_once_in_their_final_state(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    mark = save(engine, teacher, a_mark(made, value="2"))
    for value in ("3", "4"):
        with transaction(engine, teacher) as session:
            session.get_one(Mark, mark.id).value = value

    deliver(engine)

    assert [text for _, _, text in outbox(engine)] == ["Анна: матем 4 (ответ) 20.11. Шк 1"]


def test_a_change_of_what_was_told_tells_both_values(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    mark = save(engine, teacher, a_mark(made, value="2"))
    deliver(engine)
    with transaction(engine, teacher) as session:
        session.get_one(Mark, mark.id).value = "4"

    deliver(engine)

    assert outbox(engine)[1][2] == "Анна: матем 4 вместо 2 (ответ) 20.11. Шк 1"


def test_a_mark_that_was_taken_away_before_it_was_told_is_never_told(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    mark = save(engine, teacher, a_mark(made))
    with transaction(engine, teacher) as session:
        session.delete(session.get_one(Mark, mark.id))

    deliver(engine)

    assert outbox(engine) == []


def test_a_told_absence_that_was_a_mistake_is_taken_back(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    absence = save(engine, teacher, Absence(lesson_id=made.own_lesson.id, student_id=made.anna.id, reason="absent"))
    deliver(engine)
    with transaction(engine, teacher) as session:
        session.delete(session.get_one(Absence, absence.id))

    deliver(engine)

    first, second = (text for _, _, text in outbox(engine))
    assert first == "Анна: нет на уроке: ур.1 матем 20.11. Шк 1"
    assert "ошибка" in second


def test_homework_waits_for_the_digest_and_goes_to_the_class_only(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    save(engine, teacher, Homework(lesson_id=made.own_lesson.id, text="§5, №12", due=made.own_lesson.date))
    with transaction(engine, SEEDER) as session:
        session.add(SmsSubscription(guardian_id=made.father.id, student_id=made.boris.id, phone=made.father.phone))

    deliver(engine)
    before = outbox(engine)
    deliver(engine, and_digests=True)

    assert before == []
    assert outbox(engine) == [("+79990000001", "digest", "Анна: ДЗ матем на 20.11: §5, №12. Шк 1")]


def test_nobody_is_told_about_the_own_act(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    with transaction(engine, SEEDER) as session:
        session.merge(made.mother, load=False).user_id = teacher.user_id

    save(engine, teacher, a_mark(made))
    deliver(engine)

    assert outbox(engine) == []


@pytest.mark.parametrize("when", ["before the delivery", "between delivery and composing"])
@pytest.mark.parametrize(
    "ended", ["barred", "guardianship ended", "paused", "stopped", "phone changed", "account closed"]
)
def test_a_right_that_ended_is_asked_again(engine: Engine, teacher: Actor, made: MadeSchool, when, ended) -> None:
    save(engine, teacher, a_mark(made))
    if when == "between delivery and composing":
        with transaction(engine, COMPOSER) as session:
            make_deliveries(session, list(session.scalars(select(Notice.id))))

    with transaction(engine, SEEDER) as session:
        guardianship = session.scalars(select(Guardianship).where(Guardianship.student_id == made.anna.id)).one()
        subscription = session.get_one(SmsSubscription, made.subscription.id)
        if ended == "barred":
            guardianship.barred = True
        elif ended == "guardianship ended":
            guardianship.ends_on = datetime.now(UTC).date() - timedelta(days=1)
        elif ended == "account closed":
            user = session.get_one(Guardian, made.mother.id).user_id
            session.execute(update(User).where(User.id == user).values(active=False), execution_options=AROUND)
        elif ended == "phone changed":
            subscription.phone = "+79990000009"
        else:
            subscription.status = ended
    deliver(engine)

    assert outbox(engine) == []


@pytest.mark.parametrize("goes_to", ["another class", "another school"])
def test_news_of_a_class_that_the_child_has_left_meanwhile_are_not_told_and_of_who_left_the_school_nothing_is(
    engine: Engine, teacher: Actor, made: MadeSchool, goes_to: str
) -> None:
    save(engine, teacher, a_mark(made))
    save(engine, teacher, Homework(lesson_id=made.own_lesson.id, text="§ 12"))
    urgent = {"title": "Школа закрыта", "text": "Мороз", "urgent": True}
    save(engine, person(engine, "head"), Announcement(**urgent))
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))
    with transaction(engine, SEEDER) as session:
        today = datetime.now(UTC).date()
        of_anna = select(Enrollment).where(Enrollment.student_id == made.anna.id)
        session.scalars(of_anna).one().ends_on = today - timedelta(days=1)
        if goes_to == "another class":
            session.add(Enrollment(student_id=made.anna.id, school_class_id=made.class_5b.id, begins_on=today))

    deliver(engine, and_digests=True)

    heard = [text for phone, _, text in outbox(engine) if phone == made.mother.phone]
    told = ["Школа закрыта. Мороз. Шк 1", "Анна: матем 5 (ответ) 20.11. Шк 1"]
    assert sorted(heard) == (sorted(told) if goes_to == "another class" else [])


def test_urgent_news_reach_all_who_agreed_and_nobody_twice(engine: Engine, made: MadeSchool) -> None:
    head = person(engine, "head")
    with transaction(engine, SEEDER) as session:
        refused = a_guardian(session, made.school, "Зимин", "+79990000003")
        session.add(Guardianship(guardian=refused, student_id=made.gleb.id))
        session.scalars(select(Consent).where(Consent.guardian_id == refused.id)).one().withdrawn_at = datetime.now(UTC)

    save(engine, head, Announcement(title="Школа закрыта", text="Завтра мороз, уроков нет", urgent=True))
    deliver(engine, and_digests=True)

    said = "Школа закрыта. Завтра мороз, уроков нет. Шк 1"
    assert sorted(outbox(engine)) == [("+79990000001", "urgent", said), ("+79990000002", "urgent", said)]


def test_urgent_news_of_a_class_stay_in_the_class(engine: Engine, made: MadeSchool) -> None:
    head = person(engine, "head")

    save(engine, head, Announcement(title="5А", text="Сбор в 8:00", urgent=True, school_class_id=made.class_5a.id))
    deliver(engine)

    assert [phone for phone, _, _ in outbox(engine)] == ["+79990000001"]


def test_two_workers_at_once_compose_a_fact_once(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    for _ in range(20):
        save(engine, teacher, a_mark(made))
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))
    start = threading.Barrier(4)

    def compose() -> None:
        start.wait()
        for _ in range(8):
            with transaction(engine, COMPOSER) as session:
                compose_due(session, KINDS, 3)

    workers = [threading.Thread(target=compose) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(fives(text) for _, _, text in outbox(engine)) == 20


def test_quiet_hours_hold_a_text_back_until_morning(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    now = datetime.now(UTC)
    with transaction(engine, SEEDER) as session:
        setting = session.scalars(select(SchoolSetting).where(SchoolSetting.name == "quiet_hours")).one()
        setting.value = "yes"
        for name, hours in (("quiet_from", -1), ("quiet_until", 2)):
            clock = (now + timedelta(hours=3 + hours)).strftime("%H:%M")  # Moscow is UTC+3
            session.add(SchoolSetting(school_id=made.school.id, name=name, value=clock))

    save(engine, teacher, a_mark(made))
    deliver(engine)

    with transaction(engine, COMPOSER) as session:
        delivery = session.scalars(select(SmsDelivery)).one()
    assert outbox(engine) == []
    assert delivery.state == "due"
    assert timedelta(minutes=118) < delivery.due_at - now < timedelta(minutes=121)


def test_statements_do_not_grow_with_subscriptions(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    def statements_for(families: int) -> int:
        with transaction(engine, SEEDER) as session:
            for number in range(families):
                guardian = a_guardian(session, made.school, "Ёлкин", f"+7999100{families:02}{number:02}")
                session.add(Guardianship(guardian=guardian, student_id=made.anna.id))
                session.flush()
                session.add(SmsSubscription(guardian=guardian, student_id=made.anna.id, phone=guardian.phone))
        save(engine, teacher, a_mark(made))
        counted: list[str] = []

        def count(*call: Any) -> None:
            counted.append(call[2])

        event.listen(engine, "before_cursor_execute", count)
        deliver(engine, and_digests=True)
        event.remove(engine, "before_cursor_execute", count)
        return len(counted)

    assert statements_for(1) == statements_for(30)
