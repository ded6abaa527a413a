"""How many codes go where: asked before each one is sent, and noted with it, so that nobody floods phones or the bill.

Each door counts per hour in Redis as well (app/web/throttle.py); what stands here is the day's, and survives Redis.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.phones import check_country
from app.models import SmsAlarm, SmsCode
from app.services.settings import SchoolRules, rules_of

log = structlog.get_logger()
AROUND = {"around_the_rule": True}
A_DAY, A_MOMENT = timedelta(days=1), timedelta(minutes=1)
LIFE = timedelta(minutes=10)  # of every code that is typed: OWASP ASVS 5, 6.5.5
FIELD = "phone"
MOST_OF_AN_ACCOUNT = 15  # in a day
PAUSES_CODES = ("codes_unused",)  # alarms

IS_KNOWN = text("""
SELECT EXISTS (SELECT FROM guardian WHERE phone = :phone AND phone_confirmed_at IS NOT NULL)
 OR EXISTS (SELECT FROM sms_subscription WHERE phone = :phone AND phone_confirmed_at IS NOT NULL)
 OR EXISTS (SELECT FROM account_contact WHERE address = :phone AND confirmed_at IS NOT NULL)
""")


def is_known(session: Session, phone: str) -> bool:
    """Whether the number's owner has confirmed it before, at whichever door."""
    return bool(session.scalar(IS_KNOWN, {"phone": phone}, execution_options=AROUND))


def ask_for_code(session: Session, phone: str, school_id: int | None, user_id: int | None, now: datetime) -> bool:
    """Whether the number is known; raises InvalidInput on `phone` where no code may go to it now.

    The same statements for every number, so that the time they take tells a stranger nothing.
    """
    known = is_known(session, phone)
    of_phone = _sent(session, SmsCode.phone == phone, now)
    last = session.scalar(select(func.max(SmsCode.sent_at)).where(SmsCode.phone == phone), execution_options=AROUND)
    of_account = _sent(session, SmsCode.user_id == (user_id or 0), now)
    if school_id is None:
        return known
    rules = rules_of(session, {school_id})[school_id]
    spent = _parts(session, school_id, now)
    is_paused = _is_paused(session, school_id)
    check_country(phone, rules.values["sms_countries"])
    for is_over, key in (
        (not known and last is not None and now - last < A_MOMENT, "codes.moment"),
        (of_phone >= rules.number("codes_a_day"), "codes.number_day"),
        (user_id is not None and of_account >= MOST_OF_AN_ACCOUNT, "codes.account_day"),
        (spent >= rules.number("code_parts_a_day"), "codes.school_day"),
        (is_paused and not known, "codes.paused"),
    ):
        if is_over:
            log.warning("codes.held", why=key, school=school_id)
            raise InvalidInput(FIELD, key)
    return known


def note_sent(
    session: Session, phone: str, school_id: int | None, user_id: int | None, opens: str, parts: int, known: bool,
    now: datetime,
) -> None:  # fmt: skip
    """That a code goes, in the transaction that sends it; `opens` says later which one was used."""
    row = {
        "school_id": school_id, "phone": phone, "user_id": user_id, "opens": opens, "parts": parts, "is_known": known,
        "sent_at": now,
    }  # fmt: skip
    session.execute(insert(SmsCode).values(row), execution_options=AROUND)


def note_used(session: Session, opens: str, now: datetime) -> None:
    """That the code was right."""
    used = update(SmsCode).where(SmsCode.opens == opens, SmsCode.used_at.is_(None)).values(used_at=now)
    session.execute(used, execution_options=AROUND | {"synchronize_session": False})


def parts_left(session: Session, school_id: int, rules: SchoolRules, now: datetime) -> int:
    """How many segments of codes the school has left today."""
    return rules.number("code_parts_a_day") - _parts(session, school_id, now)


def _sent(session: Session, whose: Any, now: datetime) -> int:
    query = select(func.count()).select_from(SmsCode).where(whose, SmsCode.sent_at > now - A_DAY)
    return session.scalar(query, execution_options=AROUND) or 0


def _parts(session: Session, school_id: int, now: datetime) -> int:
    query = select(func.coalesce(func.sum(SmsCode.parts), 0)).where(
        SmsCode.school_id == school_id, SmsCode.sent_at > now - A_DAY
    )
    return int(session.scalar(query, execution_options=AROUND) or 0)


def _is_paused(session: Session, school_id: int) -> bool:
    query = select(SmsAlarm.id).where(
        SmsAlarm.school_id == school_id, SmsAlarm.kind.in_(PAUSES_CODES), SmsAlarm.ended_at.is_(None)
    )
    return session.scalars(query.limit(1), execution_options=AROUND).first() is not None
