"""What a family reads at once, in which text, and what waits for the digest or is told by none."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from app.models import (
    Absence,
    Guardianship,
    Homework,
    Lesson,
    Mark,
    Notice,
    SchoolSetting,
    SmsDelivery,
    SmsMessage,
    SmsSubscription,
)
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.services.outbox import send_again
from app.session.actors import COMPOSER, SEEDER, Actor
from app.session.engine import transaction
from tests.factories import TODAY, MadeSchool, a_guardian, a_mark
from tests.services.test_compose import AROUND, KINDS, deliver, fives, outbox, save
from tests.services.test_wishes import wish


@pytest.fixture
def brother(engine: Engine, made: MadeSchool) -> SmsSubscription:
    """Gleb is Anna's brother now, and their mother is told of him as of her."""
    with transaction(engine, SEEDER) as session:
        session.add(Guardianship(guardian_id=made.mother.id, student_id=made.gleb.id, kinship="mother"))
        session.flush()
        row = SmsSubscription(guardian_id=made.mother.id, student_id=made.gleb.id, phone="+79990000001")
        row.marks = row.absences = row.debts = "at_once"
        session.add(row)
    return row


def bodies(engine: Engine) -> list[str]:
    return [body for _, _, body in outbox(engine)]


def test_two_children_on_one_phone_stand_in_one_text(
    engine: Engine, teacher: Actor, made: MadeSchool, brother: SmsSubscription
) -> None:
    first = save(engine, teacher, a_mark(made, value="4"))
    save(engine, teacher, a_mark(made, student_id=made.gleb.id, value="3"))
    save(engine, teacher, Homework(lesson_id=made.own_lesson.id, text="§5"))  # of the class: it is for both
    deliver(engine)
    assert bodies(engine) == ["Анна: матем 4 (ответ) 20.11. Глеб: матем 3 (ответ) 20.11. Шк 1"]
    deliver(engine, and_digests=True)
    assert bodies(engine)[1:] == ["Анна: ДЗ матем: §5. Глеб: ДЗ матем: §5. Шк 1"]

    with transaction(engine, teacher) as session:
        session.get_one(Mark, first.id).value = "5"
    deliver(engine)
    assert bodies(engine)[2:] == ["Анна: матем 5 вместо 4 (ответ) 20.11. Шк 1"]


def test_a_family_s_digest_is_one_text_also_at_the_end_of_a_batch(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    with transaction(engine, SEEDER) as session:
        second = a_guardian(session, made.school, "Ёлкин", "+79990000008")
        session.add(Guardianship(guardian=second, student_id=made.anna.id))
        session.flush()
        session.add(SmsSubscription(guardian=second, student_id=made.anna.id, phone=second.phone, marks="at_once"))
    for _ in range(3):
        save(engine, teacher, a_mark(made))
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))

    batches = []
    while not batches or batches[-1] == 4:
        with transaction(engine, COMPOSER) as session:
            batches.append(compose_due(session, KINDS, 4))

    assert batches == [4, 3]
    assert [fives(text) for _, _, text in outbox(engine)] == [3, 3]


def test_each_family_s_children_stay_in_one_text_also_at_the_end_of_a_batch(
    engine: Engine, teacher: Actor, made: MadeSchool, brother: SmsSubscription
) -> None:
    for child in (made.anna, made.gleb):
        save(engine, teacher, a_mark(made, student_id=child.id))
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))
    with transaction(engine, COMPOSER) as session:
        assert compose_due(session, KINDS, 1) == 1  # fewer than the family has
    with transaction(engine, COMPOSER) as session:
        assert compose_due(session, KINDS, 2) == 1
    assert len(bodies(engine)) == 2

    for child in (made.anna, made.gleb):
        save(engine, teacher, a_mark(made, student_id=child.id, work_type_id=made.test.id))
    deliver(engine)
    assert len(bodies(engine)) == 3


@pytest.mark.parametrize(
    "difference",
    [
        {"script": "latin"},
        {"detail": "counts"},
        {"phone": "+79990000007"},
        {"email_fallback": True},
        {"longest_parts": 1},
    ],
)
def test_children_who_are_told_of_otherwise_have_texts_of_their_own(
    engine: Engine, teacher: Actor, made: MadeSchool, brother: SmsSubscription, difference: dict[str, Any]
) -> None:
    wish(engine, made, **difference)
    wish(engine, made, phone_confirmed_at=datetime.now(UTC))
    for child in (made.anna, made.gleb):
        save(engine, teacher, a_mark(made, student_id=child.id))

    deliver(engine)

    assert len(bodies(engine)) == 2


@pytest.mark.parametrize("ended", ["barred", "stopped"])
def test_of_two_children_the_one_whose_right_ended_is_left_out(
    engine: Engine, teacher: Actor, made: MadeSchool, brother: SmsSubscription, ended: str
) -> None:
    for child in (made.anna, made.gleb):
        save(engine, teacher, a_mark(made, student_id=child.id))
    with transaction(engine, SEEDER) as session:
        if ended == "barred":
            session.scalars(select(Guardianship).where(Guardianship.student_id == made.gleb.id)).one().barred = True
        else:
            session.get_one(SmsSubscription, brother.id).status = "stopped"

    deliver(engine)

    assert bodies(engine) == ["Анна: матем 5 (ответ) 20.11. Шк 1"]


def test_a_text_whose_facts_are_told_anew_is_not_sent_again_by_hand(
    engine: Engine, teacher: Actor, made: MadeSchool, brother: SmsSubscription
) -> None:
    for child in (made.anna, made.gleb):
        save(engine, teacher, a_mark(made, student_id=child.id))
    deliver(engine)
    with transaction(engine, SEEDER) as session:  # as the gateway does where the right to one of them has ended
        (text,) = session.scalars(select(SmsMessage))
        text.state = "cancelled"
        given_back = {"state": "due", "sms_message_id": None, "told": None}
        session.execute(update(SmsDelivery).values(given_back), execution_options=AROUND)
        session.get_one(SmsSubscription, brother.id).status = "stopped"
    with transaction(engine, SEEDER) as session:
        assert send_again(session, [text.id]) == []

    deliver(engine)

    assert bodies(engine)[1:] == ["Анна: матем 5 (ответ) 20.11. Шк 1"]


def missed(made: MadeSchool, lesson: int, reason: str = "absent") -> Absence:
    return Absence(lesson_id=lesson, student_id=made.anna.id, reason=reason)


@pytest.fixture
def lessons(engine: Engine, made: MadeSchool) -> list[int]:
    """Three lessons of the teacher on one day."""
    with transaction(engine, SEEDER) as session:
        given = {"school_class_id": made.class_5a.id, "subject_id": made.maths.id, "teacher_id": made.teacher.id}
        more = [Lesson(**given, date=TODAY, period=period) for period in (2, 3)]
        session.add_all(more)
        session.flush()
        return [made.own_lesson.id, *(lesson.id for lesson in more)]


def test_an_absence_is_said_once_a_child_and_day_and_the_rest_of_it_in_the_digest(
    engine: Engine, teacher: Actor, made: MadeSchool, lessons: list[int]
) -> None:
    first = save(engine, teacher, missed(made, lessons[0]))
    deliver(engine)
    for lesson in lessons[1:]:
        save(engine, teacher, missed(made, lesson))
        deliver(engine)
    assert bodies(engine) == ["Анна: нет на уроке: ур.1 матем 20.11. Шк 1"]
    deliver(engine, and_digests=True)
    assert bodies(engine)[1:] == ["Анна 20.11: нет на уроке: ур.2 матем, 3 матем. Шк 1"]

    with transaction(engine, teacher) as session:
        session.delete(session.get_one(Absence, first.id))
    deliver(engine)
    assert "ошибка, был(а) на уроке" in bodies(engine)[2]  # a mistake is taken back at once


def test_who_came_late_and_is_then_not_there_at_all_is_told_of_at_once(
    engine: Engine, teacher: Actor, made: MadeSchool, lessons: list[int]
) -> None:
    for lesson, reason in zip(lessons, ("late", "absent", "late"), strict=True):
        save(engine, teacher, missed(made, lesson, reason))
        deliver(engine)

    assert bodies(engine) == ["Анна: опоздание: ур.1 матем 20.11. Шк 1", "Анна: нет на уроке: ур.2 матем 20.11. Шк 1"]


def test_what_came_too_late_to_be_told_by_itself_waits_for_the_next_digest(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    """The line was away for a day; and an absence of yesterday evening is no alarm in the morning."""
    save(engine, teacher, a_mark(made))
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))
        session.execute(
            update(SmsDelivery).values(due_at=datetime.now(UTC) - timedelta(hours=13)), execution_options=AROUND
        )
    save(engine, teacher, missed(made, made.own_lesson.id))
    with transaction(engine, SEEDER) as session:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        session.execute(
            update(Notice).where(Notice.record == "absence").values(happened_at=yesterday), execution_options=AROUND
        )
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))
        morning = {"due_at": datetime.now(UTC)}  # the quiet hours are over
        of_absence = update(SmsDelivery).where(SmsDelivery.record == "absence")
        session.execute(of_absence.values(morning), execution_options=AROUND)
    deliver(engine)
    assert bodies(engine) == []
    with transaction(engine, COMPOSER) as session:
        waiting = session.scalars(select(SmsDelivery)).all()
        assert {(one.kind, one.state) for one in waiting} == {("digest", "due")}
        assert all(one.due_at > datetime.now(UTC) for one in waiting)

    deliver(engine, and_digests=True)
    assert bodies(engine) == ["Анна 20.11: нет на уроке: ур.1 матем. матем 5 (ответ). Шк 1"]


def test_what_is_entered_for_days_long_past_is_told_by_no_text_and_what_was_told_is_corrected(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    def guard(days: int) -> None:
        with transaction(engine, SEEDER) as session:
            row = session.scalars(select(SchoolSetting).where(SchoolSetting.name == "old_news_days")).one()
            row.value = str(days)

    def lesson_on(day: date) -> None:
        with transaction(engine, SEEDER) as session:
            session.execute(
                update(Lesson).where(Lesson.id == made.own_lesson.id).values(date=day), execution_options=AROUND
            )

    today = datetime.now(UTC).date()
    guard(7)
    lesson_on(today - timedelta(days=9))
    long_ago = save(engine, teacher, a_mark(made, value="3"))
    save(engine, teacher, missed(made, made.own_lesson.id))
    save(engine, teacher, Homework(lesson_id=made.own_lesson.id, text="§4"))
    due = save(engine, teacher, Homework(lesson_id=made.own_lesson.id, text="§5", mandatory=False, due=today))
    deliver(engine, and_digests=True)
    assert bodies(engine) == [f"Анна: ДЗ матем на {due.due:%d.%m} (по желанию): §5. Шк 1"]

    with transaction(engine, teacher) as session:
        session.get_one(Mark, long_ago.id).value = "4"
    deliver(engine)
    assert len(bodies(engine)) == 1

    guard(0)
    told = save(engine, teacher, a_mark(made, value="2"))
    deliver(engine)
    guard(7)
    with transaction(engine, teacher) as session:
        session.get_one(Mark, told.id).value = "5"
    deliver(engine)
    assert [body.split(" (")[0] for body in bodies(engine)[1:]] == ["Анна: матем 2", "Анна: матем 5 вместо 2"]
