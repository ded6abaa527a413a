"""The register of consents to the SMS diary: which text was agreed to, how, for which number, and until when."""

from collections.abc import Collection
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.consent_texts import TEXT_VERSION
from app.models import Consent

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
SMS_DIARY = "sms_diary"


def give(
    session: Session, guardian_id: int, phone: str, means: str, proof: str, given_at: datetime | None = None
) -> Consent:
    """Note the consent; the one in force where there is one for this number already. The caller commits."""
    query = select(Consent).where(
        Consent.guardian_id == guardian_id, Consent.phone == phone, Consent.kind == SMS_DIARY,
        Consent.withdrawn_at.is_(None),
    )  # fmt: skip
    standing = session.scalars(query).first()
    if standing is not None:
        return standing
    made = Consent(
        guardian_id=guardian_id, phone=phone, kind=SMS_DIARY, means=means, text_version=TEXT_VERSION, proof=proof[:200]
    )
    if given_at is not None:
        made.given_at = given_at
    session.add(made)
    session.flush()
    log.info("consent.given", consent=made.id, means=means)
    return made


def withdraw(session: Session, guardian_ids: Collection[int], phone: str, now: datetime) -> None:
    """The number's consents to the SMS diary end now; those to urgent news stay, they are others."""
    query = select(Consent).where(
        Consent.guardian_id.in_(guardian_ids), Consent.phone == phone, Consent.kind == SMS_DIARY,
        Consent.withdrawn_at.is_(None),
    )  # fmt: skip
    for consent in session.scalars(query).all():
        consent.withdrawn_at = now
