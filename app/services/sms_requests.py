"""What waits for “ДА 4821”: a change that was asked by text, or a phone that is to be confirmed by its owner."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import SmsRequest

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
CONFIRM, PAUSE, START = "confirm", "pause", "start"
DIGITS = {CONFIRM: 6, PAUSE: 4, START: 4}
LIFE = {CONFIRM: timedelta(hours=24), PAUSE: timedelta(minutes=30), START: timedelta(minutes=30)}
MOST_TRIES = 5


def ask(
    session: Session, school_id: int, phone: str, action: str, subscription_ids: Sequence[int], now: datetime
) -> SmsRequest:
    """A new request with its code; earlier ones of the phone are dead. Of a system actor that may write it."""
    session.execute(
        update(SmsRequest)
        .where(SmsRequest.phone == phone, SmsRequest.done_at.is_(None))
        .values(done_at=now)
        .execution_options(synchronize_session=False)
    )
    made = SmsRequest(
        school_id=school_id, phone=phone, action=action, subscription_ids=list(subscription_ids),
        code=f"{secrets.randbelow(10 ** DIGITS[action]):0{DIGITS[action]}}", expires_at=now + LIFE[action],
    )  # fmt: skip
    session.add(made)
    session.flush()
    log.info("sms_request.asked", request=made.id, action=action)
    return made


def confirmed(session: Session, phone: str, code: str, now: datetime, action: str = "") -> SmsRequest | None:
    """The request that this code of this phone opens, used up; None for a wrong, late or used one: each try counts."""
    query = (
        select(SmsRequest)
        .where(SmsRequest.phone == phone, SmsRequest.done_at.is_(None), SmsRequest.expires_at > now)
        .order_by(SmsRequest.id.desc())
        .limit(1)
        .with_for_update()
    )
    request = session.scalars(query, execution_options={"populate_existing": True}).first()
    if request is None or (action and request.action != action):
        return None
    request.tries += 1
    is_right = request.tries <= MOST_TRIES and hmac.compare_digest(request.code.encode(), code.encode())
    if is_right:
        request.done_at = now
    session.flush()
    return request if is_right else None
