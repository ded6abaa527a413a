"""Subscribing a guardian to the SMS diary of a child: on the own page, or at the desk; the phone's owner confirms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.errors import NotFound
from app.domain.sms_replies import reply
from app.domain.sms_text import economical, segment_count
from app.domain.translit import latin
from app.models import Guardianship, School, SmsSubscription
from app.services import codes_sent, consents, sms_requests
from app.services.numbers import is_suspended
from app.services.queueing import queue_text
from app.session.engine import actor_of

AROUND = {"around_the_rule": True}
MAY_SUBSCRIBE = ("can_write", "sms_subscription")
MAY_RECORD = ("can_write", "consent")  # the desk: consents on paper
ON_WORD = ("sms_subscription", "sms_request", "consent")  # what is written on the word of who subscribes


def in_force(session: Session, guardian_id: int, student_id: int) -> SmsSubscription | None:
    """The subscription that is not stopped."""
    query = select(SmsSubscription).where(
        SmsSubscription.guardian_id == guardian_id, SmsSubscription.student_id == student_id,
        SmsSubscription.status != "stopped",
    )  # fmt: skip
    return session.scalars(query).first()


def beside(session: Session, today: Any, *, guardianship_id: int = 0, student_id: int = 0,
           guardian_ids: Sequence[int] = ()) -> Guardianship:  # fmt: skip
    """The guardianship that holds today, by its number or by child and guardian. Raises NotFound."""
    query = select(Guardianship).options(joinedload(Guardianship.guardian), joinedload(Guardianship.student))
    if guardianship_id:
        query = query.where(Guardianship.id == guardianship_id)
    else:
        query = query.where(Guardianship.student_id == student_id, Guardianship.guardian_id.in_(guardian_ids))
    found = session.scalars(query.where(holds(today)).order_by(Guardianship.id).limit(1)).first()
    if found is None:
        raise NotFound
    return found


def holds(today: Any) -> Any:
    """The condition of a guardianship that holds on the day."""
    begun = or_(Guardianship.begins_on.is_(None), Guardianship.begins_on <= today)
    return begun & or_(Guardianship.ends_on.is_(None), Guardianship.ends_on >= today) & Guardianship.barred.is_(False)


def subscribe(session: Session, whom: Guardianship, wishes: Mapping[str, Any]) -> SmsSubscription:
    """The guardian's subscription of the child with these wishes, active; the caller commits. Raises InvalidInput."""
    subscription = in_force(session, whom.guardian_id, whom.student_id)
    if subscription is None:
        subscription = SmsSubscription(guardian_id=whom.guardian_id, student_id=whom.student_id)
        session.add(subscription)
    for name, value in wishes.items():
        setattr(subscription, name, value)
    subscription.status = "active"
    session.flush()
    return subscription


def send_code(session: Session, subscription: SmsSubscription, now: datetime, trace: str) -> None:
    """Ask the phone's owner: by a code to type or to answer. It names no child: the phone may be a stranger's.

    A second child that is subscribed within the minute waits for the code that is under way. Raises InvalidInput.
    """
    waiting, by = _waiting(session, subscription), actor_of(session).user_id
    asked = sms_requests.standing(session, subscription.phone, sms_requests.CONFIRM, now - codes_sent.A_MOMENT)
    if asked is not None and not set(waiting) <= set(asked.subscription_ids):
        asked.subscription_ids = sorted({*asked.subscription_ids, *waiting})
        return
    known = codes_sent.ask_for_code(session, subscription.phone, subscription.school_id, by, now)
    request = sms_requests.ask(
        session, subscription.school_id, subscription.phone, sms_requests.CONFIRM, waiting, now
    )  # fmt: skip
    school = session.scalars(select(School.short_name).where(School.id == subscription.school_id)).one()
    said = economical(f"{reply('ask_confirm', subscription.language, code=request.code)} {school}")
    body = latin(said) if subscription.script == "latin" else said
    queue_text(session, subscription.school_id, subscription.phone, body, "code", request.expires_at, trace=trace)
    codes_sent.note_sent(
        session, subscription.phone, subscription.school_id, by, f"request:{request.id}", segment_count(body), known,
        now,
    )  # fmt: skip


def _waiting(session: Session, subscription: SmsSubscription) -> list[int]:
    """All of the guardian's that wait for this phone: two children are confirmed by one code.

    Of a suspended number all, which its owner confirms anew.
    """
    query = select(SmsSubscription.id).where(
        SmsSubscription.guardian_id == subscription.guardian_id, SmsSubscription.phone == subscription.phone,
        SmsSubscription.status != "stopped",
    )  # fmt: skip
    if not is_suspended(session, subscription.guardian_id, subscription.phone):
        query = query.where(SmsSubscription.phone_confirmed_at.is_(None))
    return list(session.scalars(query))


def confirm_by_code(session: Session, subscription_id: int, typed: str, proof: str, now: datetime) -> bool:
    """Whether the code proves the phone, which is the guardian's from now on. Commit in either case: tries count."""
    subscription = session.get_one(SmsSubscription, subscription_id)
    code = "".join(sign for sign in typed[:20] if sign.isdigit() and sign.isascii())
    request = sms_requests.confirmed(
        session, subscription.phone, code, now, sms_requests.CONFIRM, within=codes_sent.LIFE
    )
    if request is None or subscription.id not in request.subscription_ids:
        return False
    query = select(SmsSubscription).where(
        SmsSubscription.id.in_(request.subscription_ids), SmsSubscription.guardian_id == subscription.guardian_id,
        SmsSubscription.phone == subscription.phone, SmsSubscription.status != "stopped",
    )  # fmt: skip
    for one in session.scalars(query).all():
        one.phone_confirmed_at = now
    session.flush()
    consents.give(session, subscription.guardian_id, subscription.phone, "code", proof)
    return True
