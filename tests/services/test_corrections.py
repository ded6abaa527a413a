"""What changes between the saving, the composing and the telling: each family hears the final state, and once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from app.models import (
    Announcement,
    Guardianship,
    Homework,
    Mark,
    Notice,
    Remark,
    SchoolSetting,
    SmsDelivery,
    SmsMessage,
    SmsSubscription,
)
from app.services import deliveries
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.services.settings import rules_of
from app.session.actors import COMPOSER, SEEDER, Actor
from app.session.engine import transaction
from tests.factories import MadeSchool, a_guardian, a_mark, person
from tests.services.test_compose import AROUND, KINDS, deliver, outbox, save


def change(engine: Engine, actor: Actor, record: Any, **values: Any) -> None:
    with transaction(engine, actor) as session:
        now = session.get_one(type(record), record.id)
        for name, value in values.items():
            setattr(now, name, value)


def texts(engine: Engine) -> list[str]:
    return [body for _, _, body in outbox(engine)]


def family_of(engine: Engine, made: MadeSchool, student_id: int, phone: str, **wishes: Any) -> SmsSubscription:
    with transaction(engine, SEEDER) as session:
        guardian = a_guardian(session, made.school, "Зимин", phone)
        session.add(Guardianship(guardian=guardian, student_id=student_id))
        session.flush()
        row = SmsSubscription(guardian=guardian, student_id=student_id, phone=phone, **wishes)
        session.add(row)
    return row


def test_a_mark_that_was_another_childs_is_taken_back_there_and_told_here(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    family_of(engine, made, made.gleb.id, "+79990000003", marks="at_once")
    mark = save(engine, teacher, a_mark(made, value="2"))
    deliver(engine)

    change(engine, teacher, mark, student_id=made.gleb.id)
    deliver(engine)

    assert outbox(engine) == [
        ("+79990000001", "immediate", "Анна: матем 2 (ответ) 20.11. Шк 1"),
        ("+79990000001", "immediate", "Анна: матем 2 20.11 отменено. Шк 1"),
        ("+79990000003", "immediate", "Глеб: матем 2 (ответ) 20.11. Шк 1"),
    ]


def test_a_family_never_reads_a_mark_that_was_moved_to_another_child_meanwhile(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    mark = save(engine, teacher, a_mark(made, value="2"))
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))

    change(engine, teacher, mark, student_id=made.gleb.id)
    deliver(engine)

    assert outbox(engine) == []


def test_news_that_became_another_classs_are_told_there_only(engine: Engine, made: MadeSchool) -> None:
    head = person(engine, "head")
    family_of(engine, made, made.boris.id, "+79990000003", announcements="at_once")
    news = save(engine, head, Announcement(title="Сбор", text="В 8:00", school_class_id=made.class_5a.id))
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))

    change(engine, head, news, school_class_id=made.class_5b.id)
    deliver(engine, and_digests=True)

    assert [phone for phone, _, _ in outbox(engine)] == ["+79990000003"]


@pytest.mark.parametrize(
    ("make", "correction"),
    [
        (lambda made: Homework(lesson_id=made.own_lesson.id, text="§5" * 90), {"text": "§5" * 90 + "!"}),
        (lambda made: Homework(lesson_id=made.own_lesson.id, text="§5"), {"due": date(2026, 11, 24)}),
        (lambda made: Homework(lesson_id=made.own_lesson.id, text="§5"), {"mandatory": False}),
        (
            lambda made: Remark(
                lesson_id=made.own_lesson.id, student_id=made.anna.id, text="Пела", given_on=made.own_lesson.date
            ),
            {"kind": "praise"},
        ),
    ],
)
def test_every_correction_of_what_a_text_says_is_told(
    engine: Engine, teacher: Actor, made: MadeSchool, make: Callable[[MadeSchool], Any], correction: dict[str, Any]
) -> None:
    record = save(engine, teacher, make(made))
    deliver(engine, and_digests=True)

    change(engine, teacher, record, **correction)
    deliver(engine, and_digests=True)

    assert len(texts(engine)) == 2


def test_what_a_short_text_only_counted_is_told_as_new_when_it_changes(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    """And what it told by its value is told as a change."""
    family_of(engine, made, made.gleb.id, "+79990000003", marks="at_once", homework="at_once", longest_parts=1)
    task = Homework(lesson_id=made.own_lesson.id, text="Читать главы 1–4, выучить отрывок наизусть, выписать героев")
    task = save(engine, teacher, task)
    mark = save(engine, teacher, a_mark(made, student_id=made.gleb.id, value="2"))
    deliver(engine)

    change(engine, teacher, task, text="Читать главу 1")
    change(engine, teacher, mark, value="3")
    deliver(engine)

    assert [body for phone, _, body in outbox(engine) if phone == "+79990000003"] == [
        "Глеб: матем 2 (ответ) 20.11. И ещё 1 – в дневнике. Шк 1",
        "Глеб: матем 3 вместо 2 (ответ) 20.11. ДЗ матем: Читать главу 1. Шк 1",
    ]


def test_news_that_were_told_and_taken_away_make_no_empty_text(engine: Engine, made: MadeSchool) -> None:
    head = person(engine, "head")
    news = save(engine, head, Announcement(title="Сбор", text="В 8:00"))
    deliver(engine, and_digests=True)
    change(engine, head, news, text="В 9:00")
    with transaction(engine, head) as session:
        session.delete(session.get_one(Announcement, news.id))

    deliver(engine, and_digests=True)

    assert len(texts(engine)) == 1


def test_urgent_news_corrected_before_they_went_are_told_once(engine: Engine, made: MadeSchool) -> None:
    head = person(engine, "head")
    news = save(engine, head, Announcement(title="Школа закрыта", text="Мороз", urgent=True))
    change(engine, head, news, text="Мороз, минус сорок")
    with transaction(engine, COMPOSER) as session:
        notices = list(session.scalars(select(Notice.id).order_by(Notice.id)))

    for notice in notices:  # one worker's job each, one after the other
        with transaction(engine, COMPOSER) as session:
            make_deliveries(session, [notice])
        with transaction(engine, COMPOSER) as session:
            compose_due(session, KINDS, 1000)

    assert {phone: texts(engine).count(body) for phone, _, body in outbox(engine)} == {
        "+79990000001": 2,  # the same words, each phone once
        "+79990000002": 2,
    }


def test_a_wish_that_changed_between_two_facts_tells_nothing_twice(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    change(engine, SEEDER, made.subscription, marks="digest")
    mark = save(engine, teacher, a_mark(made, value="2"))
    deliver(engine)  # waits for the digest
    change(engine, SEEDER, made.subscription, marks="at_once")
    change(engine, teacher, mark, value="3")
    deliver(engine)
    change(engine, teacher, mark, value="4")
    with transaction(engine, COMPOSER) as session:  # the digest comes first, though its notice is the oldest
        session.execute(text("UPDATE sms_delivery SET due_at = now()"), execution_options=AROUND)
        compose_due(session, ["digest"], 1000)

    deliver(engine)

    assert [body.split(" (")[0] for body in texts(engine)] == ["Анна: матем 3", "Анна: матем 4 вместо 3"]


def test_a_correction_made_in_quiet_hours_leaves_one_text(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    def quiet(written: str) -> None:
        with transaction(engine, SEEDER) as session:
            session.scalars(select(SchoolSetting).where(SchoolSetting.name == "quiet_hours")).one().value = written

    clock = datetime.now(UTC) + timedelta(hours=3)  # Moscow's
    with transaction(engine, SEEDER) as session:
        for name, hours in (("quiet_from", -1), ("quiet_until", 2)):
            value = (clock + timedelta(hours=hours)).strftime("%H:%M")
            session.add(SchoolSetting(school_id=made.school.id, name=name, value=value))
    quiet("yes")
    mark = save(engine, teacher, a_mark(made, value="2"))
    deliver(engine)
    change(engine, teacher, mark, value="4")
    deliver(engine)

    quiet("no")
    deliver(engine, and_digests=True)

    assert texts(engine) == ["Анна: матем 4 (ответ) 20.11. Шк 1"]


@pytest.mark.parametrize("name", ["hold_back_minutes", "quiet_from", "longest_text_parts", "immediate_valid_hours"])
def test_a_setting_that_cannot_be_read_stops_nothing(
    engine: Engine, teacher: Actor, made: MadeSchool, name: str
) -> None:
    with transaction(engine, SEEDER) as session:
        session.execute(text("DELETE FROM school_setting WHERE name = :name"), {"name": name}, execution_options=AROUND)
        session.add(SchoolSetting(school_id=made.school.id, name=name, value="21:00+03:00"))

    save(engine, teacher, a_mark(made))
    deliver(engine, and_digests=True)

    assert len(texts(engine)) == 1


def test_an_unknown_time_zone_stops_nothing(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    change(engine, SEEDER, made.school, timezone="Asia/Atlantis")

    save(engine, teacher, a_mark(made))
    deliver(engine)

    assert len(texts(engine)) == 1


def test_the_day_on_which_a_right_ends_is_the_schools_own(engine: Engine, made: MadeSchool) -> None:
    change(engine, SEEDER, made.school, timezone="Pacific/Kiritimati")  # 14 hours before UTC

    with transaction(engine, COMPOSER) as session:
        school = rules_of(session, {made.school.id})[made.school.id]

    assert school.today(datetime(2026, 11, 20, 11, tzinfo=UTC)) == date(2026, 11, 21)
    assert "current_date" not in "".join(str(query) for query in vars(deliveries).values())


def test_a_message_names_what_it_was_made_of(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    mark = save(engine, teacher, a_mark(made, value="2"))
    deliver(engine)

    with transaction(engine, COMPOSER) as session:
        delivery = session.scalars(select(SmsDelivery)).one()
        message = session.scalars(select(SmsMessage)).one()
        assert (delivery.record_id, delivery.told, delivery.sms_message_id) == (mark.id, "2", message.id)
        assert session.get_one(Mark, mark.id).value == "2"
