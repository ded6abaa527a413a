"""What waits for “ДА 4821”: a change that was asked by text, or a phone that is to be confirmed by its owner."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import SmsRequest
from app.services import codes_sent

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
CONFIRM, PAUSE, START, ABSENT, SIGN, WITHDRAW = "confirm", "pause", "start", "absent", "sign", "withdraw"
CHANGES = (PAUSE, START, ABSENT, SIGN, WITHDRAW)  # what is asked by text
DIGITS = dict.fromkeys(CHANGES, 4) | {CONFIRM: 6}
# A code that is typed lives ten minutes; the phone itself may answer for a day, for it proves the number by writing.
LIFE = dict.fromkeys(CHANGES, codes_sent.LIFE) | {CONFIRM: timedelta(hours=24)}
MOST_TRIES = 5


def ask(
    session: Session,
    school_id: int,
    phone: str,
    action: str,
    subscription_ids: Sequence[int],
    now: datetime,
    what: Mapping[str, str] | None = None,
) -> SmsRequest:
    """A new request with its code; earlier ones of the phone are dead. Of a system actor that may write it."""
    session.execute(
        update(SmsRequest)
        .where(SmsRequest.phone == phone, SmsRequest.done_at.is_(None))
        .values(done_at=now, what={}, code="")
        .execution_options(synchronize_session=False)
    )
    made = SmsRequest(
        school_id=school_id, phone=phone, action=action, subscription_ids=list(subscription_ids), what=dict(what or {}),
        code=f"{secrets.randbelow(10 ** DIGITS[action]):0{DIGITS[action]}}", expires_at=now + LIFE[action],
    )  # fmt: skip
    session.add(made)
    session.flush()
    log.info("sms_request.asked", request=made.id, action=action)
    return made


def waiting(session: Session, phone: str, now: datetime) -> SmsRequest | None:
    """The change that waits for its code from this phone."""
    query = select(SmsRequest).where(
        SmsRequest.phone == phone, SmsRequest.done_at.is_(None), SmsRequest.expires_at > now,
        SmsRequest.action != CONFIRM,
    ).order_by(SmsRequest.id.desc())  # fmt: skip
    return session.scalars(query.limit(1)).first()


def standing(session: Session, phone: str, action: str, since: datetime) -> SmsRequest | None:
    """The request of this phone that was made since then and waits still, locked."""
    query = select(SmsRequest).where(
        SmsRequest.phone == phone, SmsRequest.action == action, SmsRequest.done_at.is_(None),
        SmsRequest.created_at > since, SmsRequest.tries < MOST_TRIES,
    )  # fmt: skip
    return session.scalars(query.order_by(SmsRequest.id.desc()).limit(1).with_for_update()).first()


def confirmed(
    session: Session, phone: str, code: str, now: datetime, action: str = "", within: timedelta | None = None
) -> SmsRequest | None:
    """The request that this code of this phone opens, used up; None for a wrong, late or used one: each try counts.

    `action`: CONFIRM, else a change that was asked by text; the code of the one never opens the other.
    `within`: how old it may be, where that is less than its life.
    """
    query = (
        select(SmsRequest)
        .where(SmsRequest.phone == phone, SmsRequest.done_at.is_(None), SmsRequest.expires_at > now)
        .order_by(SmsRequest.id.desc())
        .limit(1)
        .with_for_update()
    )
    request = session.scalars(query, execution_options={"populate_existing": True}).first()
    if request is None or (request.action == CONFIRM) is not (action == CONFIRM):
        return None
    if within is not None and now - request.created_at > within:
        return None
    request.tries += 1
    is_right = request.tries <= MOST_TRIES and hmac.compare_digest(request.code.encode(), code.encode())
    if is_right:
        request.done_at, request.code = now, ""
        codes_sent.note_used(session, f"request:{request.id}", now)
    session.flush()
    return request if is_right else None
