"""The watch over the SMS line, minute by minute of a made-up day: who runs up the bill, and who delivers nothing."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, text

from app.models import MailMessage, SchoolSetting, SmsAlarm, SmsCode, SmsLink, SmsMessage
from app.services.line_watch import end_by_hand, look, standing_alarms
from app.session.actors import SEEDER, WATCHER
from app.session.engine import transaction
from tests.factories import MadeSchool

NOON = datetime(2026, 11, 20, 9, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


def looks(engine: Engine, at: datetime) -> int:
    """How many alarms this look raises."""
    with transaction(engine, WATCHER) as session:
        return len(look(session, at, "ru"))


def standing(engine: Engine, made: MadeSchool) -> list[tuple[str, int, int]]:
    with transaction(engine, WATCHER) as session:
        return [(one.kind, one.counted, one.good) for one in standing_alarms(session, {made.school.id})]


def settled(engine: Engine, made: MadeSchool, at: datetime) -> None:
    with transaction(engine, WATCHER) as session:
        for one in standing_alarms(session, {made.school.id}):
            assert not end_by_hand(session, one.id, {made.school.id + 1}, None, at)
            assert end_by_hand(session, one.id, {made.school.id}, None, at)


def told(engine: Engine) -> list[tuple[str, str]]:
    with transaction(engine, WATCHER) as session:
        return [(one.address, one.body) for one in session.scalars(select(MailMessage).order_by(MailMessage.id))]


def an_operator(engine: Engine) -> None:
    with transaction(engine, SEEDER) as session:
        grant = """
        WITH mine AS (UPDATE ab_user SET email = 'lisina@school.org' WHERE username = 'secretary' RETURNING id)
        INSERT INTO ab_user_role (user_id, role_id)
        SELECT mine.id, r.id FROM mine, ab_role r WHERE r.name = 'operator'"""
        session.execute(text(grant), execution_options={"around_the_rule": True})


def codes_go(engine: Engine, made: MadeSchool, count: int, used: int, at: datetime, parts: int = 1) -> None:
    with transaction(engine, SEEDER) as session:
        for number in range(count):
            session.add(
                SmsCode(
                    school_id=made.school.id, phone=f"+7999{number:07}", opens=f"token:{at.timestamp()}{number}",
                    parts=parts, is_known=False, sent_at=at, used_at=at + A_MINUTE if number < used else None,
                )
            )  # fmt: skip


def texts_go(engine: Engine, made: MadeSchool, link: SmsLink, states: list[str], at: datetime) -> None:
    with transaction(engine, SEEDER) as session:
        for number, state in enumerate(states):
            session.add(
                SmsMessage(
                    school_id=made.school.id, phone=f"+7999{number:07}", body="x", kind="digest", priority=4,
                    state=state, link_id=link.id, created_at=at, submitted_at=at + timedelta(milliseconds=number),
                    due_at=at, expires_at=at + timedelta(days=1),
                )
            )  # fmt: skip


def two_links(engine: Engine, made: MadeSchool) -> tuple[SmsLink, SmsLink]:
    with transaction(engine, SEEDER) as session:
        links = [
            SmsLink(school_id=made.school.id, name=name, host="smsc", port=2775, priority=place, state="bound")
            for place, name in enumerate(("first", "second"), start=1)
        ]
        session.add_all(links)
    return links[0], links[1]


def test_codes_that_nobody_uses_raise_one_alarm_until_it_is_settled_or_an_hour_is_quiet(
    engine: Engine, made: MadeSchool
) -> None:
    an_operator(engine)
    codes_go(engine, made, 19, used=0, at=NOON)  # too few to say anything
    assert looks(engine, NOON + 11 * A_MINUTE) == 0
    codes_go(engine, made, 21, used=2, at=NOON + A_MINUTE)
    assert looks(engine, NOON + 10 * A_MINUTE) == 0  # the last ones may be used yet
    assert [looks(engine, NOON + minute * A_MINUTE) for minute in (11, 12, 13)] == [1, 0, 0]
    assert standing(engine, made) == [("codes_unused", 40, 2)]
    assert told(engine) == [("lisina@school.org", told(engine)[0][1])]
    assert "Из 40 кодов, отправленных за час, использовано только 2" in told(engine)[0][1]

    settled(engine, made, NOON + 15 * A_MINUTE)
    assert looks(engine, NOON + 16 * A_MINUTE) == 0  # the same codes raise it no second time
    codes_go(engine, made, 30, used=5, at=NOON + 20 * A_MINUTE)
    assert looks(engine, NOON + 31 * A_MINUTE) == 1
    assert looks(engine, NOON + 90 * A_MINUTE) == 0
    assert standing(engine, made) != []
    looks(engine, NOON + 95 * A_MINUTE)
    assert standing(engine, made) == []  # an hour later without any

    codes_go(engine, made, 30, used=25, at=NOON + 100 * A_MINUTE, parts=20)
    assert looks(engine, NOON + 111 * A_MINUTE) == 1
    assert standing(engine, made) == [("codes_spent", 670, 500)]
    settled(engine, made, NOON + 112 * A_MINUTE)
    assert looks(engine, NOON + 113 * A_MINUTE) == 0
    assert len(told(engine)) == 3


def test_a_link_that_takes_all_and_delivers_none_is_seen_in_minutes_and_the_next_one_takes_over(
    engine: Engine, made: MadeSchool
) -> None:
    an_operator(engine)
    first, second = two_links(engine, made)
    texts_go(engine, made, first, ["delivered"] * 95 + ["undeliverable"] * 5, NOON)
    texts_go(engine, made, second, ["accepted"] * 9, NOON)  # too few to say anything
    assert looks(engine, NOON + 5 * A_MINUTE) == 0

    burst = NOON + 30 * A_MINUTE
    texts_go(engine, made, first, ["accepted"] * 98 + ["delivered", "rejected"], burst)
    assert looks(engine, burst + 2 * A_MINUTE) == 0  # receipts are not due yet
    assert looks(engine, burst + 4 * A_MINUTE) == 1
    assert standing(engine, made) == [("undelivered", 100, 1)]  # the newest hundred, not the hour before
    assert "«first» принял СМС: 100, а доставлено только 1" in told(engine)[0][1]
    with transaction(engine, WATCHER) as session:
        assert not session.get_one(SmsLink, first.id).paused  # the school has not asked for it

    settled(engine, made, burst + 5 * A_MINUTE)
    assert looks(engine, burst + 6 * A_MINUTE) == 0
    with transaction(engine, SEEDER) as session:
        session.add(SchoolSetting(school_id=made.school.id, name="pause_silent_link", value="yes"))
    texts_go(engine, made, first, ["undeliverable"] * 20, burst + 6 * A_MINUTE)
    assert looks(engine, burst + 10 * A_MINUTE) == 1
    with transaction(engine, WATCHER) as session:
        assert session.get_one(SmsLink, first.id).paused
        assert session.scalars(select(SmsAlarm.has_paused).order_by(SmsAlarm.id)).all() == [False, True]
    assert "Канал приостановлен" in told(engine)[1][1]

    texts_go(engine, made, second, ["accepted"] * 20, burst + 11 * A_MINUTE)
    assert looks(engine, burst + 15 * A_MINUTE) == 1  # the last one is never paused: nobody would send
    with transaction(engine, WATCHER) as session:
        assert not session.get_one(SmsLink, second.id).paused
    texts_go(engine, made, second, ["delivered"] * 100, burst + 16 * A_MINUTE)
    looks(engine, burst + 20 * A_MINUTE)
    assert standing(engine, made) == [("undelivered", 20, 0)]  # that of the paused link stands
