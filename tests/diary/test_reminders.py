"""The clock reminds once: of a week to sign on Monday, and where the school wants it of the next day's lessons."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from app.models import Homework, Lesson, Notice, Reminder, SmsMessage, SmsSubscription
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.services.reminders import remind
from app.session.actors import COMPOSER, REMINDER, SEEDER
from app.session.engine import transaction
from tests.diary.conftest import Browse, Put
from tests.factories import TODAY, MadeSchool

MONDAY = datetime(TODAY.year, TODAY.month, TODAY.day + 3, 6, tzinfo=UTC)  # nine o'clock at school
EVENING = MONDAY.replace(hour=15)


def reminders(engine: Engine) -> list[tuple[str, str]]:
    with transaction(engine, SEEDER) as session:
        return [(one.kind, one.text) for one in session.scalars(select(Reminder).order_by(Reminder.id))]


def let_remind(engine: Engine, made: MadeSchool, now: datetime) -> int:
    with transaction(engine, REMINDER) as session:
        return remind(session, made.school.id, now)


def test_on_monday_a_family_is_reminded_once_of_a_week_to_sign(
    browser: Browse, engine: Engine, day: MadeSchool, setting: Callable[[str, str], None]
) -> None:
    assert let_remind(engine, day, MONDAY - timedelta(days=1)) == 0
    assert [let_remind(engine, day, MONDAY) for _twice in range(2)] == [2, 0]  # Anna and Boris; Gleb has no guardian
    assert reminders(engine) == [("sign", ""), ("sign", "")]
    page = browser("mother").get(f"/diary/{day.anna.id}").text
    assert "Неделя с 16.11.2026 ждёт подписи" in page and f"/diary/{day.anna.id}/2026-W47#signature" in page

    setting("remind_to_sign", "no")
    assert let_remind(engine, day, MONDAY + timedelta(days=7)) == 0


def test_the_evening_tells_lessons_and_control_works_to_who_chose_it(
    engine: Engine, day: MadeSchool, put: Put, setting: Callable[[str, str], None]
) -> None:
    tomorrow = TODAY + timedelta(days=4)
    given = {"school_class_id": day.class_5a.id, "teacher_id": day.teacher.id}
    put(
        Lesson(**given, subject_id=day.maths.id, date=tomorrow, period=1, work_type_id=day.test.id),
        Lesson(**given, subject_id=day.russian.id, date=tomorrow, period=2),
        Homework(lesson_id=day.own_lesson.id, text="§ 13", due=tomorrow),
    )
    setting("remind_to_sign", "no")
    assert let_remind(engine, day, EVENING) == 0  # nobody at this school asked for it
    setting("remind_of_lessons", "yes")
    assert let_remind(engine, day, MONDAY) == 0  # not before the evening
    assert let_remind(engine, day, EVENING) == 4 and let_remind(engine, day, EVENING) == 0
    assert sorted(reminders(engine)) == [
        *[("day", "матем*, русск")] * 2,
        *[("test", "матем (Контрольная)")] * 2,
    ]

    with transaction(engine, SEEDER) as session:
        session.get_one(SmsSubscription, day.subscription.id).reminders = "at_once"
    with transaction(engine, COMPOSER) as session:
        ids = session.scalars(select(Notice.id).where(Notice.record == "reminder")).all()
        assert make_deliveries(session, ids) == 2
        compose_due(session, ["immediate"], 100)
    with transaction(engine, SEEDER) as session:
        said = " ".join(session.scalars(select(SmsMessage.body)).all())
    assert "Уроки 24.11: матем*, русск" in said and "Контрольные 24.11: матем (Контрольная)" in said
