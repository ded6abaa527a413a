"""Whether a guardian may still hear of an announcement by mail: asked again when the mail leaves."""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import MailMessage
from app.services.settings import SchoolRules

AROUND = {"around_the_rule": True}
STILL = text("""
SELECT FROM announcement a JOIN guardianship gs ON gs.guardian_id = :guardian AND NOT gs.barred
 AND (gs.begins_on IS NULL OR gs.begins_on <= :today) AND (gs.ends_on IS NULL OR gs.ends_on >= :today)
JOIN enrollment e ON e.student_id = gs.student_id AND e.begins_on <= :today
 AND (e.ends_on IS NULL OR e.ends_on >= :today)
WHERE a.id = :id AND a.state = 'published' AND e.school_id = a.school_id
AND (a.class_ids IS NULL OR e.school_class_id = ANY(a.class_ids))
AND (a.school_class_id IS NULL OR e.school_class_id = a.school_class_id)
""")


def still_concerned(session: Session, mail: MailMessage, rules: Mapping[int, SchoolRules]) -> bool:
    """The announcement stands, and a child beside whom the guardian stands with a right is in its circle today."""
    today = rules[mail.school_id].today(datetime.now(UTC))
    given = {"guardian": mail.guardian_id, "id": mail.announcement_id, "today": today}
    return session.execute(STILL, given, execution_options=AROUND).first() is not None
