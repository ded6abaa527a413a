"""“I have read this”: what a mail's key opens, and what its one click writes down."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import MailMessage, School
from app.services.channels.mail_rights import may_still_read
from app.services.channels.read_keys import hash_of
from app.services.settings import rules_of

log = structlog.get_logger()
AROUND = {"around_the_rule": True}
OPENS_FOR = timedelta(days=30)

TOLD_OF = text("""
SELECT st.given_name AS child, count(DISTINCT (d.record, d.record_id)) AS facts
FROM sms_delivery d JOIN sms_subscription s ON s.id = d.subscription_id JOIN student st ON st.id = s.student_id
WHERE d.message_id = :mail AND d.channel = 'email' AND d.state = 'told' GROUP BY st.id, st.given_name ORDER BY 1
""")
READ = text("""
UPDATE sms_delivery SET read_at = :now WHERE message_id = :mail AND channel = 'email' AND read_at IS NULL
""")
LAST_READ = text("""
SELECT s.student_id, max(d.read_at) AS read_at FROM sms_delivery d JOIN sms_subscription s ON s.id = d.subscription_id
WHERE s.student_id = ANY(:students) AND d.read_at IS NOT NULL GROUP BY s.student_id
""")


@dataclass(frozen=True)
class Opened:
    """A mail whose key somebody holds: how much it told of whom, and nothing of what."""

    mail: MailMessage
    school: str
    told: list[tuple[str, int]]


def opened(session: Session, key: str) -> Opened | None:
    """What the key opens; None for a wrong or an old one, or where the right to hear of a child has ended."""
    kept = hash_of(key)
    query = select(MailMessage).where(MailMessage.read_hash == kept)
    mail = session.scalars(query, execution_options=AROUND).first() if kept else None
    now = datetime.now(UTC)
    if mail is None or now - mail.created_at > OPENS_FOR:
        return None
    today = rules_of(session, {mail.school_id})[mail.school_id].today(now)
    if not may_still_read(session, mail.school_id, mail.id, today):
        return None
    school = session.scalars(select(School.name).where(School.id == mail.school_id), execution_options=AROUND).one()
    rows: Any = session.execute(TOLD_OF, {"mail": mail.id}, execution_options=AROUND)
    return Opened(mail, school, [(row.child, row.facts) for row in rows])


def note_read(session: Session, found: Opened) -> None:
    """Its reader says so: every fact of it is read by that guardian. Again is nothing new. The caller commits."""
    now = datetime.now(UTC)
    if found.mail.read_at is None:
        found.mail.read_at = now
        session.execute(READ, {"mail": found.mail.id, "now": now}, execution_options=AROUND)
        log.info("mail.read", mail=found.mail.id, trace=found.mail.trace)


def last_read(session: Session, student_ids: list[int]) -> dict[int, datetime]:
    """Student → when a guardian last said so. Ask it only of students whom the person was found to see."""
    if not student_ids:
        return {}
    rows = session.execute(LAST_READ, {"students": student_ids}, execution_options=AROUND)
    return {row.student_id: row.read_at for row in rows}
