"""Who was reached by what was told to families: for the sender, guardian by guardian."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

AROUND = {"around_the_rule": True}  # deliveries are seen by nobody; the caller asks after the record itself
MOST = 3000


class Reach(StrEnum):
    """How far the news came to one guardian."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    ON_ITS_WAY = "on_its_way"
    MAILED = "mailed"
    REACHED = "reached"
    READ = "read"  # the guardian said so


@dataclass(frozen=True)
class Told:
    """One guardian, how far the news came, why it failed, and when that was known."""

    guardian: str
    reach: Reach
    error: str
    at: datetime | None


@dataclass(frozen=True)
class Reached:
    """All guardians who were to hear of a record, those who were not reached first; `is_cut` where there are more."""

    told: Sequence[Told]
    is_cut: bool

    @property
    def counts(self) -> Counter[Reach]:
        return Counter(one.reach for one in self.told)


# A guardian may be told for two children, or again after a change: what came farthest counts.
TOLD = text("""
SELECT * FROM (
    SELECT DISTINCT ON (g.id) concat_ws(' ', g.surname, g.given_name, nullif(g.patronymic, '')) AS guardian,
        CASE WHEN d.read_at IS NOT NULL THEN 'read'
            WHEN m.state = 'delivered' THEN 'reached'
            WHEN mail.state = 'sent' THEN 'mailed'
            WHEN m.state IN ('undeliverable', 'expired', 'rejected', 'cancelled') THEN
                CASE WHEN mail.state = 'queued' THEN 'on_its_way' ELSE 'failed' END
            WHEN m.state = 'uncertain' THEN 'unknown'
            WHEN m.id IS NULL AND (d.state = 'dropped' OR mail.state = 'failed') THEN 'failed'
            ELSE 'on_its_way' END AS reach,
        coalesce(m.error, '') AS error, coalesce(d.read_at, mail.sent_at, m.done_at, m.submitted_at) AS at
    FROM notice n
    JOIN sms_delivery d ON d.notice_id = n.id AND d.state <> 'superseded'
    JOIN guardian g ON g.id = d.guardian_id
    LEFT JOIN sms_message m ON m.id = d.sms_message_id
    LEFT JOIN mail_message mail ON mail.sms_message_id = m.id OR (d.channel = 'email' AND mail.id = d.message_id)
    WHERE n.record = :record AND n.record_id = :id
    ORDER BY g.id, d.read_at IS NULL, coalesce(m.state = 'delivered', false) DESC,
        coalesce(mail.state = 'sent', false) DESC, m.id IS NULL, d.id DESC) AS told
ORDER BY array_position(ARRAY['failed', 'unknown', 'on_its_way', 'mailed', 'reached', 'read'], reach),
    replace(replace(guardian, 'ё', 'е'), 'Ё', 'Е')
LIMIT :most
""")


def reached_by(session: Session, record: str, record_id: int) -> Reached:
    """Whom the record was told to. Ask it only after the person was found to write the record."""
    rows = session.execute(TOLD, {"record": record, "id": record_id, "most": MOST + 1}, execution_options=AROUND).all()
    return Reached([Told(row.guardian, Reach(row.reach), row.error, row.at) for row in rows[:MOST]], len(rows) > MOST)


COUNTS = text("""
SELECT n.record_id, count(DISTINCT d.guardian_id) AS told,
    count(DISTINCT d.guardian_id) FILTER (WHERE m.state = 'delivered' OR mail.state = 'sent'
        OR n.record = 'announcement' AND EXISTS (SELECT FROM mail_message told WHERE told.announcement_id = n.record_id
            AND told.guardian_id = d.guardian_id AND told.state = 'sent')) AS reached
FROM notice n
JOIN sms_delivery d ON d.notice_id = n.id AND d.state <> 'superseded'
LEFT JOIN sms_message m ON m.id = d.sms_message_id
LEFT JOIN mail_message mail ON mail.sms_message_id = m.id OR (d.channel = 'email' AND mail.id = d.message_id)
WHERE n.record = :record AND n.record_id = ANY(:ids)
GROUP BY n.record_id
""")


def counts_of(session: Session, record: str, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Record → how many guardians were to hear of it, and how many were reached by phone or mail; figures only.

    Ask it only of records that the person was found to see.
    """
    if not ids:
        return {}
    rows = session.execute(COUNTS, {"record": record, "ids": list(ids)}, execution_options=AROUND)
    return {row.record_id: (row.told, row.reached) for row in rows}
