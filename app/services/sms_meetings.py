"""ДА or НЕТ to a meeting: which invitation of this phone it answers, kept in the guardian's name and said back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.errors import SchoolError
from app.domain.sms_days import days_in
from app.domain.sms_question import children_named
from app.domain.sms_replies import reply
from app.services.meetings import answer_meeting
from app.services.sms_absence import refusal
from app.services.sms_family import Child, Family
from app.services.sms_person import as_guardian

AROUND = {"around_the_rule": True}

# Meetings that have not begun and that this phone was asked about, for each child; what is not answered yet first, and
# of these the one that was asked last.
OPEN = text("""
SELECT e.id, e.title, e.starts_at, r.student_id, s.id AS subscription_id, bool_or(a.id IS NOT NULL) AS is_answered,
  max(d.sms_message_id) AS asked
FROM sms_subscription s
JOIN sms_delivery d ON d.subscription_id = s.id AND d.record = 'reminder' AND d.state = 'told'
JOIN reminder r ON r.id = d.record_id AND r.student_id = s.student_id AND r.kind IN ('meeting', 'soon')
JOIN event e ON e.id = r.event_id AND e.kind = 'meeting' AND NOT e.cancelled AND e.starts_at > :now
LEFT JOIN event_answer a ON a.event_id = e.id AND a.guardian_id = s.guardian_id AND a.student_id = s.student_id
WHERE s.id = ANY(:ids)
GROUP BY e.id, e.title, e.starts_at, r.student_id, s.id
ORDER BY is_answered, asked DESC, e.id DESC
""")


def answer_invitation(session: Session, family: Family, body: str, comes: bool) -> str:
    """The answer to the one open invitation, else to the last; "" where this phone was asked about none.

    A day or a child may be named: “НЕТ 12.12”, “ДА Маша”.
    """
    asked = _open(session, family, body)
    if not asked:
        return ""
    first, language = asked[0], family.wish.language
    here: datetime = first.starts_at.astimezone(family.school.zone)
    children = [child for child in family.heard for row in asked if (row.id, row.student_id) == (first.id, child.id)]
    try:
        with session.begin_nested():
            for child in children:
                _keep(session, family, child, first.id, comes)
    except SchoolError as refused:
        return refusal(refused, language)
    names = ", ".join(child.name for child in children)
    what = f"{here:%d.%m %H:%M} {first.title.strip(' .')[:60]}"
    return reply("comes" if comes else "comes_not", language, what=what, names=names)


def _keep(session: Session, family: Family, child: Child, event_id: int, comes: bool) -> None:
    today = family.today()
    with as_guardian(session, child.subscription.guardian_id, today) as own:
        answer_meeting(own, event_id, child.id, comes, "sms", family.now, today)


def _open(session: Session, family: Family, body: str) -> Sequence[Any]:
    """The invitations that may be meant, the likeliest first."""
    heard = family.heard
    given = {"ids": [child.subscription.id for child in heard], "now": family.now}
    rows = session.execute(OPEN, given, execution_options=AROUND).all()
    days = days_in(body, family.now.astimezone(family.school.zone)) if rows else None
    if days is None:
        return rows
    named = {heard[place].id for place in children_named(days.words[1:], [child.name for child in heard])}
    rows = [row for row in rows if not named or row.student_id in named]
    if days.first is not None:
        rows = [row for row in rows if row.starts_at.astimezone(family.school.zone).date() == days.first]
    return rows
