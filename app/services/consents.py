"""The register of consents to the SMS diary: which text was agreed to, how, for which number, and until when.

A guardian's click on their own page is the act of a known person, but says nothing of whose phone it is; it is
enough for mails, which go to a proved address or to one on record, and gives way to what proves the number.
"""

from collections.abc import Collection
from datetime import UTC, datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.consent_texts import TEXT_VERSION
from app.models import Consent, SmsSubscription

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
SMS_DIARY, URGENT = "sms_diary", "urgent"
WEB, REPLY = "web", "reply"  # means: a click of who is signed in; an answer from the phone, which shows no text


def standing(session: Session, guardian_id: int, phone: str, kind: str = SMS_DIARY) -> Consent | None:
    """The consent of the number to the SMS diary, or to urgent news, that is in force."""
    query = select(Consent).where(
        Consent.guardian_id == guardian_id, Consent.phone == phone, Consent.kind == kind,
        Consent.withdrawn_at.is_(None),
    )  # fmt: skip
    return session.scalars(query).first()


def give(
    session: Session,
    guardian_id: int,
    phone: str,
    means: str,
    proof: str,
    given_at: datetime | None = None,
    kind: str = SMS_DIARY,
) -> Consent:
    """Note the consent to the newest text; the one in force where that is as good. The caller commits.

    One to an older text, or by a mere click, ends where another takes its place, and stays in the register.
    """
    in_force = standing(session, guardian_id, phone, kind)
    if in_force is not None:
        if not _is_replaced(in_force, means):
            return in_force
        in_force.withdrawn_at = datetime.now(UTC)
        session.flush()
    made = Consent(
        guardian_id=guardian_id, phone=phone, kind=kind, means=means, text_version=TEXT_VERSION, proof=proof[:200]
    )
    if given_at is not None:
        made.given_at = given_at
    session.add(made)
    session.flush()
    log.info("consent.given", consent=made.id, means=means)
    return made


def _is_replaced(in_force: Consent, means: str) -> bool:
    if in_force.kind == URGENT:
        return False
    if in_force.means == WEB and means != WEB:
        return True
    return in_force.text_version != TEXT_VERSION and means != REPLY


def withdraw(
    session: Session, guardian_ids: Collection[int], phone: str, now: datetime, kinds: Collection[str] = (SMS_DIARY,)
) -> None:
    """The number's consents to the SMS diary end now; those to urgent news stay, they are others."""
    query = select(Consent).where(
        Consent.guardian_id.in_(guardian_ids), Consent.phone == phone, Consent.kind.in_(kinds),
        Consent.withdrawn_at.is_(None),
    )  # fmt: skip
    for consent in session.scalars(query).all():
        consent.withdrawn_at = now


def withdraw_unused(session: Session, guardian_id: int, phone: str, now: datetime, *, is_proved: bool) -> None:
    """With the last subscription of the guardian's that went to the number its consent ends. The caller commits.

    Of a number that was never proved also that to urgent news: it may be a stranger's.
    """
    query = select(SmsSubscription.id).where(
        SmsSubscription.guardian_id == guardian_id, SmsSubscription.phone == phone, SmsSubscription.status != "stopped"
    )
    if session.scalars(query.limit(1)).first() is None:
        withdraw(session, {guardian_id}, phone, now, (SMS_DIARY,) if is_proved else (SMS_DIARY, URGENT))
