"""What a person does with the outbox: send again, cancel, send a test; never against the gateway's hand on a row.

Rows are chosen under the person's row rule and locked; what the gateway has changed meanwhile is left alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy import and_, case, exists, select, text, update
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput, NotAllowed
from app.domain.phones import phone_number
from app.domain.sms_errors import reason_words
from app.models import SmsDelivery, SmsLink, SmsMessage
from app.services.inbound import ANSWER_VALID
from app.services.queueing import queue_text
from app.services.settings import SchoolRules, rules_of
from app.session.engine import actor_of
from app.session.texts import KEPT

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
MAY_ACT = ("can_write", "console")
SENT_AGAIN_FROM = ("undeliverable", "expired", "rejected", "cancelled", "uncertain")
CANCELLED_FROM = ("queued", "uncertain")
TEST_VALID = timedelta(minutes=10)
CODE_VALID = timedelta(minutes=10)
LONGEST_TEST = 480  # characters
UNSENT = case((SmsMessage.submitted_at.is_(None), SmsMessage.cost * 0), else_=SmsMessage.cost)
# The composer tells the facts of such a text anew, to whom they may still be told: it goes never.
FACTS_GIVEN_BACK = and_(
    SmsMessage.state == "cancelled",
    SmsMessage.kind.in_(("immediate", "digest")),
    SmsMessage.subscription_id.is_not(None),
    ~exists().where(SmsDelivery.sms_message_id == SmsMessage.id),
)
NOTIFY = text("SELECT pg_notify('sms_queued', '')")  # the trigger wakes the gateway for new rows only


def states_of(session: Session, ids: Sequence[int]) -> Mapping[str, int]:
    """How many of these messages the person sees in each state."""
    query = select(SmsMessage.state).where(SmsMessage.id.in_(ids))
    counts: dict[str, int] = defaultdict(int)
    for state in session.scalars(query):
        counts[state] += 1
    return counts


def send_again(session: Session, ids: Sequence[int]) -> list[int]:
    """Queue these messages anew, with a new life by their kind; the ids of those that were. Raises NotAllowed.

    Attempts go on counting, since parts are numbered by them; rights are asked again when the gateway claims a row.
    """
    rows = _locked(session, ids, SENT_AGAIN_FROM, ~FACTS_GIVEN_BACK)
    now, rules = datetime.now(UTC), rules_of(session, {row.school_id for row in rows})
    groups: dict[timedelta, list[int]] = defaultdict(list)
    for row in rows:
        groups[_life(row, rules[row.school_id])].append(row.id)
    for life, keys in groups.items():
        _update(session, keys, SENT_AGAIN_FROM, state="queued", due_at=now, expires_at=now + life, error=None)
    done = sorted(row.id for row in rows)
    if done:
        session.execute(NOTIFY, execution_options=AROUND)
    log.info("outbox.sent_again", by=actor_of(session).user_id, asked=len(ids), messages=done)
    return done


def cancel(session: Session, ids: Sequence[int], language: str) -> list[int]:
    """Cancel what waits and close what is uncertain; the ids of those that were. Raises NotAllowed.

    `language` is that of the errors in the outbox.
    """
    rows = _locked(session, ids, CANCELLED_FROM)
    now = datetime.now(UTC)
    for state, reason in (("queued", "cancelled_by_operator"), ("uncertain", "closed_by_operator")):
        keys = [row.id for row in rows if row.state == state]
        spared = {"cost": UNSENT} if state == "queued" else {}
        _update(session, keys, (state,), state="cancelled", done_at=now, error=reason_words(reason, language), **spared)
    done = sorted(row.id for row in rows)
    log.info("outbox.cancelled", by=actor_of(session).user_id, asked=len(ids), messages=done)
    return done


def queue_test(session: Session, link: SmsLink, phone: str, written: str) -> int:
    """Queue a text that goes through this link and no other; its id. Raises InvalidInput and NotAllowed.

    `link` is one that the person was found to see.
    """
    _ask(session)
    number, body = phone_number(phone), _test_text(written)
    # Persons write no messages: this one is made by the system on their word, which was asked for above.
    made = queue_text(
        session, link.school_id, number, body, "reply", datetime.now(UTC) + TEST_VALID,
        trace=f"test-{uuid4().hex[:12]}", only_link_id=link.id,
    )  # fmt: skip
    log.info("outbox.test_queued", by=actor_of(session).user_id, link=link.id, message=made)
    return made


def _ask(session: Session) -> None:
    if not actor_of(session).may(*MAY_ACT):
        raise NotAllowed


def _locked(session: Session, ids: Sequence[int], states: Sequence[str], *more: Any) -> Sequence[Any]:
    """Those of the messages that the person sees and that are in one of the states, held until the transaction ends."""
    _ask(session)
    columns = (SmsMessage.id, SmsMessage.school_id, SmsMessage.kind, SmsMessage.state, SmsMessage.only_link_id)
    query = select(*columns).where(SmsMessage.id.in_(ids), SmsMessage.state.in_(states), *more)
    return session.execute(query.order_by(SmsMessage.id).with_for_update()).all()


def _update(session: Session, keys: Sequence[int], states: Iterable[str], **values: Any) -> None:
    if not keys:
        return
    cleared = {"claimed_by": None, "claimed_until": None, "done_at": None, "error_code": None}
    changed = update(SmsMessage).where(SmsMessage.id.in_(keys), SmsMessage.state.in_(tuple(states)))
    session.execute(changed.values(cleared | values), execution_options={"synchronize_session": False})


def _life(row: Any, rules: SchoolRules) -> timedelta:
    """How long a message that is sent again is of use: as it was when it was composed."""
    if row.only_link_id is not None:
        return TEST_VALID
    if row.kind == "reply":
        return ANSWER_VALID
    name = f"{'digest' if row.kind == 'weekly' else row.kind}_valid_hours"
    return rules.span(name) if name in rules.values else CODE_VALID


def _test_text(written: str) -> str:
    body = written.strip()
    if not body:
        raise InvalidInput("text", "text.empty")
    if len(body) > LONGEST_TEST:
        raise InvalidInput("text", "text.too_long", limit=LONGEST_TEST, given=len(body))
    for sign in body:
        if not sign.isprintable() and sign not in KEPT + " \u00a0":
            raise InvalidInput("text", "text.control", code=f"U+{ord(sign):04X}")
    return body
