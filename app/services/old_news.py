"""Facts of days long past that are entered only now: the diary shows them, and no text tells them.

A text about a lesson of last month, entered today, frightens or misleads. What families have heard of before is
corrected however old it is.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.settings import SchoolRules

AROUND = {"around_the_rule": True}
SETTING = "old_news_days"
OF_A_DAY = frozenset({"mark", "absence", "remark", "behaviour_mark", "homework"})

# The last day that a fact is about; none where the record is gone. Homework is news until it is due.
DAYS = text("""
SELECT n.id, CASE n.record
  WHEN 'mark' THEN (SELECT l.date FROM mark r JOIN lesson l ON l.id = r.lesson_id WHERE r.id = n.record_id)
  WHEN 'absence' THEN (SELECT r.missed_on FROM absence r WHERE r.id = n.record_id)
  WHEN 'remark' THEN (SELECT r.given_on FROM remark r WHERE r.id = n.record_id)
  WHEN 'behaviour_mark' THEN (SELECT r.week + 6 FROM behaviour_mark r WHERE r.id = n.record_id)
  WHEN 'homework' THEN (SELECT greatest(l.date, r.due) FROM homework r JOIN lesson l ON l.id = r.lesson_id
    WHERE r.id = n.record_id) END AS day
FROM notice n WHERE n.id = ANY(:ids) AND NOT EXISTS (
  SELECT FROM notice earlier JOIN sms_delivery d ON d.notice_id = earlier.id
  WHERE earlier.record = n.record AND earlier.record_id = n.record_id)
""")


def too_old(session: Session, notices: Iterable[Any], rules: Mapping[int, SchoolRules]) -> frozenset[int]:
    """The ids of those that are told to nobody. At most one statement."""
    asked = {row.id: row for row in notices if row.record in OF_A_DAY and rules[row.school_id].number(SETTING)}
    if not asked:
        return frozenset()
    found = session.execute(DAYS, {"ids": sorted(asked)}, execution_options=AROUND)
    return frozenset(row.id for row in found if row.day is not None and row.day < _oldest(asked[row.id], rules))


def _oldest(notice: Any, rules: Mapping[int, SchoolRules]) -> Any:
    school = rules[notice.school_id]
    return school.today(notice.happened_at) - timedelta(days=school.number(SETTING))
