"""Texts from phones: who wrote, what is asked, and one short answer to the number on record."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from app.domain.errors import SchoolError
from app.domain.sms_commands import Command, command
from app.domain.sms_states import priority
from app.domain.sms_text import economical, segment_count
from app.domain.translit import latin
from app.models import School, SmsInbound, SmsMessage, SmsSubscription

log = structlog.get_logger()
AROUND = {"around_the_rule": True}

ANSWERS_A_DAY = 20  # to one number; more would be a loop between two machines
ANSWER_VALID = timedelta(hours=2)

ANSWERS = {
    "ru": {
        Command.STOP: "СМС-дневник отключён. Включить: СТАРТ.",
        Command.START: "СМС-дневник включён. Отключить: СТОП.",
        Command.HELP: "СМС-дневник. СТОП – отключить, СТАРТ – включить.",
    },
    "en": {
        Command.STOP: "The SMS diary is off. To switch it on: START.",
        Command.START: "The SMS diary is on. To switch it off: STOP.",
        Command.HELP: "SMS diary. STOP switches it off, START switches it on.",
    },
}

LOCK = text("SELECT id FROM sms_inbound WHERE id = ANY(:ids) AND state = 'new' ORDER BY id FOR UPDATE SKIP LOCKED")


def answer_inbound(session: Session, inbound_ids: Sequence[int]) -> int:
    """Do what these texts ask and queue the answers; how many were handled. Running it again does nothing.

    STOP holds at once for every subscription of the phone. A stranger's number is counted and never answered.
    """
    locked = session.scalars(LOCK, {"ids": list(inbound_ids)}, execution_options=AROUND).all()
    for inbound in session.scalars(select(SmsInbound).where(SmsInbound.id.in_(locked)).order_by(SmsInbound.id)).all():
        try:
            with session.begin_nested():
                _answer(session, inbound)
        except (SchoolError, IntegrityError, DataError) as problem:  # one text stops no other
            log.error("inbound.refused", inbound=inbound.id, error=type(problem).__name__)
            inbound.state, inbound.handled_at = "refused", datetime.now(UTC)
            session.flush()
    return len(locked)


def _answer(session: Session, inbound: SmsInbound) -> None:
    inbound.handled_at = datetime.now(UTC)
    subscriptions = session.scalars(
        select(SmsSubscription)
        .where(SmsSubscription.phone == inbound.phone, SmsSubscription.phone_confirmed_at.is_not(None))
        .order_by(SmsSubscription.id)
        .with_for_update(key_share=True),
        execution_options={"populate_existing": True},
    ).all()
    if not subscriptions:
        inbound.state = "stranger"
        log.info("inbound.stranger", inbound=inbound.id)
        return
    asked = command(inbound.body)
    if asked is Command.STOP:
        for subscription in subscriptions:
            subscription.status = "stopped"
    elif asked is Command.START:
        _start_again(session, subscriptions)
    inbound.state = "handled"
    if _answered_today(session, inbound.phone) < ANSWERS_A_DAY:
        _queue_answer(session, inbound, subscriptions[-1], asked)
    else:
        inbound.state = "refused"
    session.flush()


def _start_again(session: Session, subscriptions: Sequence[SmsSubscription]) -> None:
    """For each child the subscription in force, else the newest one of this phone, is active.

    Where one of another phone is in force, that stays the one; older ones stay in the register.
    """
    in_force = session.scalars(
        select(SmsSubscription).where(
            SmsSubscription.guardian_id.in_({one.guardian_id for one in subscriptions}),
            SmsSubscription.status != "stopped",
        )
    ).all()
    chosen = {(one.guardian_id, one.student_id): one for one in (*subscriptions, *in_force)}
    for subscription in chosen.values():
        if subscription in subscriptions:
            subscription.status = "active"


def _answered_today(session: Session, phone: str) -> int:
    since = datetime.now(UTC) - timedelta(days=1)
    query = select(func.count()).select_from(SmsMessage).where(
        SmsMessage.phone == phone, SmsMessage.kind == "reply", SmsMessage.created_at > since
    )  # fmt: skip
    return session.scalar(query) or 0


def _queue_answer(session: Session, inbound: SmsInbound, wish: SmsSubscription, asked: Command) -> None:
    school = session.get_one(School, wish.school_id)
    said = ANSWERS.get(wish.language, ANSWERS["ru"])[asked]
    body = economical(f"{school.short_name}: {said}")
    body = latin(body) if wish.script == "latin" else body
    session.add(
        SmsMessage(
            school_id=wish.school_id,
            phone=wish.phone,
            body=body,
            kind="reply",
            priority=priority("reply"),
            parts=segment_count(body),
            guardian_id=wish.guardian_id,
            subscription_id=wish.id,
            expires_at=datetime.now(UTC) + ANSWER_VALID,
            trace=f"inbound-{inbound.id}",
        )
    )
