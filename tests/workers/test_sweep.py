"""What Redis lost is found again, and one bad row stops no other."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import OperationalError

from app.models import Notice, SmsDelivery, SmsInbound, SmsLink, SmsMessage, SmsRequest, SmsSubscription
from app.services import compose as composing
from app.services import deliveries as delivering
from app.services import inbound
from app.session.actors import COMPOSER, SEEDER, Actor
from app.session.engine import transaction
from config import Settings
from tests.factories import MadeSchool, a_mark
from tests.services.test_compose import AROUND, fives, outbox, save
from workers import sweep as sweeping
from workers.compose import compose_digests, compose_immediate
from workers.deliver import deliver_notices
from workers.patience import in_parts

LONG_AGO = "now() - interval '1 minute'"


def grow_old(engine: Engine) -> None:
    """The hints that followed the commits were lost a while ago."""
    with transaction(engine, COMPOSER) as session:
        session.execute(text(f"UPDATE notice SET happened_at = {LONG_AGO}"), execution_options=AROUND)
        session.execute(text(f"UPDATE sms_inbound SET received_at = {LONG_AGO}"), execution_options=AROUND)


def notices(engine: Engine) -> list[Notice]:
    with transaction(engine, COMPOSER) as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


def test_a_forgotten_notice_is_told(engine: Engine, teacher: Actor, made: MadeSchool, working: Settings) -> None:
    save(engine, teacher, a_mark(made))
    sweeping.sweep()
    before = outbox(engine)
    grow_old(engine)

    sweeping.sweep()
    sweeping.sweep()

    assert before == []  # its hint is given a moment
    assert [body for _, _, body in outbox(engine)] == ["Анна: матем 5 (ответ) 20.11. Шк 1"]


def test_a_delivery_whose_composing_was_lost_is_told(
    engine: Engine, teacher: Actor, made: MadeSchool, working: Settings
) -> None:
    save(engine, teacher, a_mark(made))
    with transaction(engine, COMPOSER) as session:
        delivering.make_deliveries(session, [notice.id for notice in session.scalars(select(Notice))])

    sweeping.sweep()

    assert len(outbox(engine)) == 1


def test_an_inbound_text_without_an_answer_is_answered_and_what_fails_is_not_tried_for_ever(
    engine: Engine, made: MadeSchool, working: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> str:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(inbound, "help_text", fails)
    monkeypatch.setattr(inbound, "reply", fails)
    with transaction(engine, SEEDER) as session:
        link = SmsLink(school_id=made.school.id, name="one", host="smsc", port=2775)
        session.add(link)
        session.flush()
        of_mother = {"school_id": made.school.id, "link_id": link.id, "phone": made.mother.phone or ""}
        for number, body in enumerate(("ОЦ", "?", "СТОП")):
            session.add(SmsInbound(**of_mother, body=body, fingerprint=f"{number}"))
    grow_old(engine)

    sweeping.sweep()

    with transaction(engine, SEEDER) as session:
        states = list(session.scalars(select(SmsInbound.state).order_by(SmsInbound.id)))
        assert states == ["handled", "refused", "refused"]
        assert list(session.scalars(select(SmsSubscription.status))) == ["stopped"]  # though nothing could be said


def test_a_notice_that_cannot_be_delivered_stops_no_other(
    engine: Engine, teacher: Actor, made: MadeSchool, working: Settings
) -> None:
    for _ in range(3):
        save(engine, teacher, a_mark(made))
    grow_old(engine)
    poison = notices(engine)[0].id
    with transaction(engine, COMPOSER) as session:
        session.execute(
            text("UPDATE notice SET record = 'meteorite' WHERE id = :id"), {"id": poison}, execution_options=AROUND
        )

    sweeping.sweep()

    assert sum(fives(body) for _, _, body in outbox(engine)) == 2
    assert [one.delivered_at is None for one in notices(engine)] == [True, False, False]


def test_a_notice_that_another_worker_holds_is_not_waited_for(
    engine: Engine, teacher: Actor, made: MadeSchool, working: Settings
) -> None:
    save(engine, teacher, a_mark(made))
    grow_old(engine)

    with transaction(engine, COMPOSER) as session:
        session.execute(text("SELECT id FROM notice FOR UPDATE"), execution_options=AROUND)
        sweeping.sweep()

    assert outbox(engine) == []


@pytest.mark.parametrize("is_digest", [False, True])
def test_a_delivery_that_cannot_be_composed_stops_no_other_and_is_tried_later(
    engine: Engine, teacher: Actor, made: MadeSchool, working: Settings, monkeypatch: Any, is_digest: bool
) -> None:
    for _ in range(4):
        save(engine, teacher, a_mark(made))
    keys = [notice.id for notice in notices(engine)]
    with transaction(engine, COMPOSER) as session:
        delivering.make_deliveries(session, keys)
        kind = "digest" if is_digest else "immediate"
        session.execute(text("UPDATE sms_delivery SET kind = :kind"), {"kind": kind}, execution_options=AROUND)
        poison = session.scalars(select(SmsDelivery.id).order_by(SmsDelivery.id)).first()
    settle = composing._settle

    def settle_unless_poison(session: Any, due: Any, drafts: Any) -> None:
        if any(row.id == poison for row in due):
            raise KeyError("a bad row")
        settle(session, due, drafts)

    monkeypatch.setattr(composing, "_settle", settle_unless_poison)

    (compose_digests if is_digest else compose_immediate)()

    assert sum(fives(body) for _, _, body in outbox(engine)) == 3
    with transaction(engine, COMPOSER) as session:
        bad = session.get_one(SmsDelivery, poison)
        assert bad.state == "due"
        assert bad.due_at > datetime.now(UTC) + timedelta(minutes=14)
        others = session.scalars(select(SmsDelivery.state).where(SmsDelivery.id != poison)).all()
        assert set(others) == {"told"}


def test_a_job_twice_at_once_tells_once(engine: Engine, teacher: Actor, made: MadeSchool, working: Settings) -> None:
    save(engine, teacher, a_mark(made))
    keys = [notice.id for notice in notices(engine)]

    deliver_notices(keys)
    deliver_notices(keys)

    assert len(outbox(engine)) == 1


def test_a_database_that_is_away_is_no_fault_of_a_row() -> None:
    asked: list[int] = []

    def work(rows: Any) -> None:
        asked.append(len(rows))
        raise OperationalError("SELECT", {}, Exception("away"))

    with pytest.raises(OperationalError):
        in_parts(work, [1, 2, 3], "event")

    assert asked == [3]


def test_old_leftovers_are_forgotten(engine: Engine, made: MadeSchool, working: Settings) -> None:
    query: Callable[[str], Any] = lambda words: text(words)  # noqa: E731
    with transaction(engine, SEEDER) as session:
        link = SmsLink(school_id=made.school.id, name="one", host="smsc", port=2775)
        session.add(link)
        session.flush()
        for days in (1, 31):
            session.execute(
                query(
                    "INSERT INTO sms_receipt (link_id, smsc_id, phone, state, text, received_at)"
                    " VALUES (:link, :id, '', 'delivered', '', now() - make_interval(days => :days))"
                ),
                {"link": link.id, "id": str(days), "days": days},
                execution_options=AROUND,
            )
            for state in ("stranger", "handled"):
                came = {"school_id": made.school.id, "link_id": link.id, "phone": "+79991111111", "state": state}
                at = datetime.now(UTC) - timedelta(days=days)
                session.add(SmsInbound(**came, body=f"{days}", fingerprint=f"{state}{days}", received_at=at))

        for days, kind, changes in ((400, "own", "{}"), (400, "changed", '{"roles": [[], []]}'), (2000, "old", "{}")):
            session.execute(
                query(
                    "INSERT INTO account_event (user_id, by_user_id, kind, changes, happened_at)"
                    " SELECT id, id, :kind, CAST(:changes AS jsonb), now() - make_interval(days => :days)"
                    " FROM ab_user ORDER BY id LIMIT 1"
                ),
                {"kind": kind, "changes": changes, "days": days},
                execution_options=AROUND,
            )
        now = datetime.now(UTC)
        for minutes, number in ((-1, 4821), (5, 7392)):
            until = now + timedelta(minutes=minutes)
            sent = {"school_id": made.school.id, "phone": "+79990000001", "expires_at": until}
            session.add(SmsMessage(**sent, body=f"Шк 1: ДА {number}", kind="code", priority=0, state="delivered"))
            session.add(SmsRequest(**sent, action="pause", subscription_ids=[], code=str(number)))

    sweeping.tidy()

    with transaction(engine, SEEDER) as session:
        codes = session.scalars(select(SmsRequest.code).order_by(SmsRequest.id)).all()
        bodies = session.scalars(select(SmsMessage.body).order_by(SmsMessage.id)).all()
        assert (codes, bodies) == (["", "7392"], ["Шк 1: ДА ••••", "Шк 1: ДА 7392"])  # a dead code is nowhere any more
        left = session.scalars(query("SELECT smsc_id FROM sms_receipt"), execution_options=AROUND).all()
        events = session.scalars(query("SELECT kind FROM account_event"), execution_options=AROUND).all()
        texts = session.scalars(select(SmsInbound.fingerprint).order_by(SmsInbound.id)).all()
    assert left == ["1"] and texts == ["stranger1", "handled1", "handled31"]
    assert events == ["changed"]
