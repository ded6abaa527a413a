"""What a family wishes holds when a text is composed: how much is told, its own quiet hours, its consent."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select, update

from app.domain import sms_presets
from app.domain.errors import InvalidInput
from app.models import Absence, Consent, Notice, School, SchoolSetting, SmsDelivery, SmsMessage, SmsSubscription
from app.services import clock
from app.services.deliveries import make_deliveries
from app.session.actors import COMPOSER, SEEDER, Actor
from app.session.engine import transaction
from tests.factories import MadeSchool, a_mark, person
from tests.services.test_compose import AROUND, deliver, outbox, save

MOSCOW = ZoneInfo("Europe/Moscow")


def wish(engine: Engine, made: MadeSchool, **values: Any) -> None:
    with transaction(engine, SEEDER) as session:
        row = session.get_one(SmsSubscription, made.subscription.id)
        for name, value in values.items():
            setattr(row, name, value)


def states(engine: Engine) -> list[str]:
    with transaction(engine, COMPOSER) as session:
        return list(session.scalars(select(SmsDelivery.state).order_by(SmsDelivery.id)))


def test_marks_are_counted_where_the_phone_shall_not_show_them(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    wish(engine, made, detail="counts")
    save(engine, teacher, a_mark(made, value="2"))
    save(engine, teacher, a_mark(made, value="5", work_type_id=made.test.id))

    deliver(engine)

    assert [text for _, _, text in outbox(engine)] == ["Анна: 2 новые оценки – в дневнике. Шк 1"]
    assert states(engine) == ["told", "told"]


def test_who_wants_absences_only_hears_of_nothing_else(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    wish(engine, made, detail="absences", marks="at_once")
    save(engine, teacher, a_mark(made))
    deliver(engine)
    assert outbox(engine) == []
    assert states(engine) == ["dropped"]

    with transaction(engine, SEEDER) as session:
        session.add(Absence(lesson_id=made.own_lesson.id, student_id=made.anna.id, reason="late"))
    wish(engine, made, detail="full")
    deliver(engine, and_digests=True)
    assert "2" not in "".join(text for _, _, text in outbox(engine))


def test_own_quiet_hours_hold_the_text_back_until_their_end(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    now = datetime.now(MOSCOW).replace(second=0, microsecond=0)
    end = now + timedelta(hours=1)
    wish(engine, made, quiet_from=(now - timedelta(hours=1)).time(), quiet_until=end.time())
    save(engine, teacher, a_mark(made))

    deliver(engine)

    assert outbox(engine) == []
    with transaction(engine, COMPOSER) as session:
        assert session.scalars(select(SmsDelivery.due_at)).one() == end.astimezone(UTC)


@pytest.mark.parametrize(
    ("evening", "due"),
    [
        (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
    ids=["the hour that summer time skips", "the hour that comes twice"],
)
def test_a_digest_at_half_past_two_comes_once_in_the_nights_when_clocks_change(
    engine: Engine, teacher: Actor, made: MadeSchool, monkeypatch: pytest.MonkeyPatch, evening: datetime, due: datetime
) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(School, made.school.id).timezone = "Europe/Berlin"
    wish(engine, made, marks="digest", digest_at=time(2, 30), digest_days=list(range(1, 8)))
    monkeypatch.setattr(clock, "now", lambda: evening)
    save(engine, teacher, a_mark(made))
    with transaction(engine, SEEDER) as session:
        session.execute(update(Notice).values(happened_at=evening), execution_options=AROUND)
    with transaction(engine, COMPOSER) as session:
        make_deliveries(session, list(session.scalars(select(Notice.id))))

    with transaction(engine, COMPOSER) as session:
        assert session.scalars(select(SmsDelivery.due_at)).all() == [due]


def test_the_hold_back_pause_lets_a_teacher_put_right_what_was_typed_wrong(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    with transaction(engine, SEEDER) as session:
        session.scalars(select(SchoolSetting).where(SchoolSetting.name == "hold_back_minutes")).one().value = "10"
    absence = save(engine, teacher, Absence(lesson_id=made.own_lesson.id, student_id=made.anna.id, reason="absent"))
    deliver(engine)
    assert outbox(engine) == []
    with transaction(engine, COMPOSER) as session:
        delivery = session.scalars(select(SmsDelivery)).one()
        assert delivery.due_at - delivery.notice.happened_at == timedelta(minutes=10)

    with transaction(engine, teacher) as session:
        session.delete(session.get_one(Absence, absence.id))
    deliver(engine, and_digests=True)
    assert outbox(engine) == []  # neither the absence nor that it was a mistake


def test_a_withdrawn_consent_is_silent_until_it_is_given_anew(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    consent = {"guardian_id": made.mother.id, "phone": "+79990000001", "kind": "sms_diary"}
    save(engine, SEEDER, Consent(**consent, withdrawn_at=datetime.now(UTC)))
    save(engine, teacher, a_mark(made, value="4"))
    deliver(engine)
    assert outbox(engine) == []

    save(engine, SEEDER, Consent(**consent, means="paper"))
    save(engine, teacher, a_mark(made, value="5", work_type_id=made.test.id))
    deliver(engine)
    assert [text for _, _, text in outbox(engine)] == ["Анна: матем 5 (контр) 20.11. Шк 1"]


def test_wishes_that_contradict_each_other_are_refused_by_every_door(engine: Engine, made: MadeSchool) -> None:
    mother = person(engine, "mother")
    wrong: tuple[tuple[str, dict[str, Any]], ...] = (
        ("absences", {"detail": "absences", "absences": "never"}),
        ("absences", dict.fromkeys(sms_presets.KINDS, "never")),
        ("quiet_until", {"quiet_from": datetime(2026, 1, 1, 22).time()}),
        ("digest_days", {"digest_days": []}),
        ("digest_at", {"quiet_from": time(17), "quiet_until": time(8)}),
        ("channels", {"channels": ["pigeon:marks"]}),
        ("channels", {"channels": ["email:marks"]}),
        ("channels", {"channels": ["student_email:reminders"]}),
        ("phone", {"phone": "+375291234567"}),
        ("phone", {"phone": "номер"}),
        ("phone", {"phone": "9991234567"}),
    )
    for field, values in wrong:
        with pytest.raises(InvalidInput) as refused, transaction(engine, mother) as session:
            row = session.get_one(SmsSubscription, made.subscription.id)
            for name, value in values.items():
                setattr(row, name, value)
        assert refused.value.field == field


def test_a_guardian_who_changes_the_number_is_told_at_the_old_one(engine: Engine, made: MadeSchool) -> None:
    mother = person(engine, "mother")
    with transaction(engine, mother) as session:
        session.get_one(SmsSubscription, made.subscription.id).phone = "+79995554433"

    with transaction(engine, COMPOSER) as session:
        (told,) = session.scalars(select(SmsMessage))
    assert told.phone == "+79990000001"
    assert "+79995554433" not in told.body
