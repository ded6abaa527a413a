"""Whether who a mail with news is for may still read it: asked again when it is sent, and when it is opened."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.sms_rights import AGREED_TO_MAIL, BESIDE_THE_CHILD, NOT_CLOSED

AROUND = {"around_the_rule": True}
KINDS = ("news", "reminder")  # of mails that hang on deliveries

# One child of whom nothing may be heard any more is enough: a mail goes whole or not at all.
STILL = text(f"""
SELECT bool_and(EXISTS (
  SELECT FROM sms_subscription s {BESIDE_THE_CHILD}
  WHERE s.id = d.subscription_id AND s.status = 'active' AND {NOT_CLOSED}
   AND {AGREED_TO_MAIL}))
FROM sms_delivery d WHERE d.message_id = :mail AND d.channel IN ('email', 'student_email')
""")


def may_still_read(session: Session, school_id: int, mail_id: int, today: date) -> bool:
    """Whether every subscription that this mail was made for is in force, with the right to hear of the child."""
    given = {"mail": mail_id, "schools": [school_id], "days": [today]}
    return bool(session.scalar(STILL, given, execution_options=AROUND))
