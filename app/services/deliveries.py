"""From notices to deliveries: to whom each fact goes, and when it is due."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.slots import next_digest
from app.models import SmsDelivery
from app.services.settings import SchoolRules, rules_of

AROUND = {"around_the_rule": True}
PREFERENCES = {
    "mark": "marks",
    "absence": "absences",
    "remark": "remarks",
    "behaviour_mark": "remarks",
    "debt": "marks",
    "homework": "homework",
    "announcement": "announcements",
    "reminder": "reminders",
}

BY_THE_DIARY_ALONE = frozenset({"lesson", "absence_notice"})

LOCK = text("""
SELECT id, school_id, record, record_id, urgent, happened_at FROM notice
WHERE id = ANY(:ids) AND delivered_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED
""")

# The day that each school's calendar shows: the database's own is that of UTC.
DAY = "JOIN unnest(CAST(:schools AS bigint[]), CAST(:days AS date[])) AS day (school_id, today) USING (school_id)"

# A guardian in force beside the student on that day, not barred, and not the one who did it.
IN_FORCE = """
    JOIN guardianship gs ON gs.guardian_id = {guardian} AND gs.student_id = {student} AND NOT gs.barred
     AND (gs.begins_on IS NULL OR gs.begins_on <= day.today) AND (gs.ends_on IS NULL OR gs.ends_on >= day.today)
    JOIN guardian g ON g.id = gs.guardian_id AND (g.user_id IS NULL OR g.user_id IS DISTINCT FROM n.user_id)
"""

CHOSEN = f"""
SELECT n.id AS notice_id, s.id AS subscription_id, s.guardian_id, s.marks, s.absences, s.remarks, s.homework,
       s.announcements, s.reminders, s.digest_at, s.digest_days
FROM notice n {DAY} {{target}}
{IN_FORCE.format(guardian="s.guardian_id", student="s.student_id")}
LEFT JOIN ab_user closed ON closed.id = g.user_id AND closed.active IS FALSE
WHERE n.id = ANY(:ids) AND s.status = 'active' AND s.phone_confirmed_at IS NOT NULL AND closed.id IS NULL
"""

OF_STUDENT = text(
    CHOSEN.format(target="JOIN sms_subscription s ON s.student_id = n.student_id") + " AND n.student_id IS NOT NULL"
)
OF_CLASS = text(
    CHOSEN.format(
        target="""
    JOIN enrollment e ON e.school_class_id = n.school_class_id AND e.begins_on <= day.today
     AND (e.ends_on IS NULL OR e.ends_on >= day.today)
    JOIN sms_subscription s ON s.student_id = e.student_id"""
    )
    + """ AND n.student_id IS NULL AND n.school_class_id IS NOT NULL AND (n.subgroup_id IS NULL OR EXISTS (
        SELECT 1 FROM subgroup_member m WHERE m.subgroup_id = n.subgroup_id AND m.student_id = s.student_id))"""
)
OF_SCHOOL = text(
    CHOSEN.format(target="JOIN sms_subscription s ON s.school_id = n.school_id")
    + " AND n.student_id IS NULL AND n.school_class_id IS NULL ORDER BY s.id"
)
URGENT = text(f"""
SELECT DISTINCT n.id AS notice_id, c.guardian_id
FROM notice n {DAY}
JOIN consent c ON c.school_id = n.school_id AND c.kind = 'urgent' AND c.withdrawn_at IS NULL
JOIN guardianship any_child ON any_child.guardian_id = c.guardian_id
LEFT JOIN enrollment e ON e.student_id = any_child.student_id AND e.school_class_id = n.school_class_id
 AND e.begins_on <= day.today AND (e.ends_on IS NULL OR e.ends_on >= day.today)
{IN_FORCE.format(guardian="c.guardian_id", student="any_child.student_id")}
WHERE n.id = ANY(:ids) AND n.urgent AND (n.school_class_id IS NULL OR e.id IS NOT NULL)
ORDER BY n.id, c.guardian_id
""")


def make_deliveries(session: Session, notice_ids: Sequence[int]) -> int:
    """Decide to whom these notices go; the number of deliveries made. Running it again makes none.

    The number of statements does not depend on the number of notices or subscriptions.
    """
    locked = session.execute(LOCK, {"ids": list(notice_ids)}, execution_options=AROUND).all()
    if not locked:
        return 0
    notices = {row.id: row for row in locked}
    rules = rules_of(session, {row.school_id for row in locked})
    now = datetime.now(UTC)
    days = {"schools": list(rules), "days": [school.today(now) for school in rules.values()]}
    made = list(_urgent(session, notices, days))
    told = {(row["notice_id"], row["guardian_id"]) for row in made}
    made += _chosen(session, notices, rules, days, told)
    if made:
        session.execute(insert(SmsDelivery).on_conflict_do_nothing(), made, execution_options=AROUND)
    session.execute(
        text("UPDATE notice SET delivered_at = now() WHERE id = ANY(:ids)"),
        {"ids": list(notices)},
        execution_options=AROUND,
    )
    return len(made)


def _urgent(session: Session, notices: Mapping[int, Any], days: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    urgent = [key for key, row in notices.items() if row.urgent]
    if not urgent:
        return
    for found in session.execute(URGENT, {"ids": urgent, **days}, execution_options=AROUND):
        notice = notices[found.notice_id]
        yield _delivery(notice, found.guardian_id, None, "urgent", notice.happened_at)


def _chosen(
    session: Session,
    notices: Mapping[int, Any],
    rules: Mapping[int, SchoolRules],
    days: Mapping[str, Any],
    told: set[tuple[int, int]],
) -> Iterable[dict[str, Any]]:
    """Deliveries by subscription; news that is not of one child goes once to a guardian."""
    for query, of_one_child in ((OF_STUDENT, True), (OF_CLASS, False), (OF_SCHOOL, False)):
        for found in session.execute(query, {"ids": list(notices), **days}, execution_options=AROUND):
            notice = notices[found.notice_id]
            if notice.record in BY_THE_DIARY_ALONE:
                continue
            wish = getattr(found, PREFERENCES[notice.record])
            once = notice.record == "announcement" and not of_one_child
            if wish == "never" or (once and (notice.id, found.guardian_id) in told):
                continue
            told.add((notice.id, found.guardian_id))
            school = rules[notice.school_id]
            if wish == "at_once":
                pause = timedelta(0) if notice.urgent else school.span("hold_back_minutes")
                due, kind = notice.happened_at + pause, "immediate"
            else:
                pause = school.span("hold_back_minutes")
                after = max(notice.happened_at + pause, datetime.now(UTC))
                due, kind = next_digest(after, found.digest_at, found.digest_days, school.zone), "digest"
            yield _delivery(notice, found.guardian_id, found.subscription_id, kind, due)


def _delivery(
    notice: Any, guardian_id: int, subscription_id: int | None, kind: str, due_at: datetime
) -> dict[str, Any]:
    return {
        "school_id": notice.school_id,
        "notice_id": notice.id,
        "subscription_id": subscription_id,
        "guardian_id": guardian_id,
        "record": notice.record,
        "record_id": notice.record_id,
        "kind": kind,
        "due_at": due_at,
    }
