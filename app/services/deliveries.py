"""From notices to deliveries: to whom each fact goes, and when it is due."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.slots import next_digest
from app.domain.sms_presets import PREFERENCES
from app.models import SmsDelivery
from app.services import clock
from app.services.channels import wished
from app.services.drafts import SMS
from app.services.invitations_to_meetings import INVITED, SOON
from app.services.old_news import too_old
from app.services.settings import SchoolRules, rules_of
from app.services.timetable_news import days_told, when_to_tell

AROUND = {"around_the_rule": True}
LOW = text("""
SELECT n.id FROM notice n JOIN mark m ON m.id = n.record_id AND m.value IN ('1', '2')
WHERE n.id = ANY(:ids) AND n.record = 'mark'
""")

LOCK = text("""
SELECT id, school_id, student_id, school_class_id, record, record_id, action, urgent, happened_at, was,
 CASE record WHEN 'reminder' THEN coalesce(
 (SELECT kind FROM reminder WHERE reminder.id = notice.record_id), was ->> 'kind') END AS reminder_kind,
 CASE record WHEN 'absence_notice' THEN (
 SELECT guardian_id FROM absence_notice a WHERE a.id = notice.record_id AND a.way = 'sms') END AS texted_by
FROM notice WHERE id = ANY(:ids) AND delivered_at IS NULL ORDER BY id FOR UPDATE SKIP LOCKED
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
       s.announcements, s.debts, s.term_marks, s.timetable, s.reminders, s.low_marks_at_once, s.digest_at,
       s.digest_days, s.channels,
       s.phone_confirmed_at IS NOT NULL AS phone_is_confirmed
FROM notice n {DAY} {{target}}
{IN_FORCE.format(guardian="s.guardian_id", student="s.student_id")}
WHERE n.id = ANY(:ids) AND s.status = 'active'
 AND (g.user_id IS NULL OR (SELECT u.active FROM ab_user u WHERE u.id = g.user_id) IS NOT FALSE)
 AND (s.phone_confirmed_at IS NOT NULL OR cardinality(s.channels) > 0)
"""

OF_STUDENT = text(CHOSEN.format(target="JOIN sms_subscription s ON s.student_id = n.student_id"))
OF_CLASS = text(
    CHOSEN.format(
        target="""
    JOIN enrollment e ON e.school_class_id = n.school_class_id AND e.begins_on <= day.today
     AND (e.ends_on IS NULL OR e.ends_on >= day.today)
    JOIN sms_subscription s ON s.student_id = e.student_id"""
    )
    + """ AND (n.subgroup_id IS NULL OR EXISTS (
        SELECT 1 FROM subgroup_member m WHERE m.subgroup_id = n.subgroup_id AND m.student_id = s.student_id))"""
)
OF_SCHOOL = text(CHOSEN.format(target="JOIN sms_subscription s ON s.school_id = n.school_id") + " ORDER BY s.id")
URGENT = text(f"""
SELECT DISTINCT n.id AS notice_id, c.guardian_id
FROM notice n {DAY}
JOIN consent c ON c.school_id = n.school_id AND c.kind = 'urgent' AND c.withdrawn_at IS NULL
JOIN guardianship any_child ON any_child.guardian_id = c.guardian_id
LEFT JOIN enrollment e ON e.student_id = any_child.student_id AND e.school_class_id = n.school_class_id
 AND e.begins_on <= day.today AND (e.ends_on IS NULL OR e.ends_on >= day.today)
{IN_FORCE.format(guardian="c.guardian_id", student="any_child.student_id")}
WHERE n.id = ANY(:ids) AND n.urgent AND (n.school_class_id IS NULL OR e.id IS NOT NULL)
 AND (n.subgroup_id IS NULL OR EXISTS (SELECT FROM subgroup_member m
  WHERE m.subgroup_id = n.subgroup_id AND m.student_id = any_child.student_id))
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
    now = clock.now()
    days = {"schools": list(rules), "days": [school.today(now) for school in rules.values()]}
    made = list(_urgent(session, notices, days))
    told = {(row["notice_id"], row["guardian_id"], row["channel"]) for row in made}
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
    told: set[tuple[int, int, str]],
) -> Iterable[dict[str, Any]]:
    """Deliveries by subscription; news that is not of one child goes once to a guardian."""
    now, lesson_days = clock.now(), days_told(session, notices.values())
    old = too_old(session, notices.values(), rules)
    marks = [key for key, notice in notices.items() if notice.record == "mark"]
    low = set(session.scalars(LOW, {"ids": marks}, execution_options=AROUND)) if marks else set()
    asked = defaultdict(list)
    for key, notice in notices.items():
        if key not in old:
            asked[_circle(notice)].append(key)
    for query, keys in asked.items():
        for found in session.execute(query, {"ids": keys, **days}, execution_options=AROUND):
            notice = notices[found.notice_id]
            school = rules[notice.school_id]
            once = notice.record == "announcement" and query is not OF_STUDENT
            on = None
            if notice.record == "lesson":
                on = when_to_tell(lesson_days[notice.id], school, notice.happened_at, now)
                if on is None:
                    continue
            for channel, wish in _wishes(found, notice):
                if once and (notice.id, found.guardian_id, channel) in told:
                    continue
                told.add((notice.id, found.guardian_id, channel))
                if found.low_marks_at_once and notice.id in low:
                    wish = "at_once"
                kind, due = ("immediate", on) if on is not None else _when(notice, wish, found, school, now)
                yield _delivery(notice, found.guardian_id, found.subscription_id, kind, due, channel)


def _circle(notice: Any) -> TextClause:
    """The query that finds whom it concerns: a child's, a class's, or the school's families."""
    if notice.student_id is not None:
        return OF_STUDENT
    return OF_SCHOOL if notice.school_class_id is None else OF_CLASS


def _when(notice: Any, wish: str, found: Any, school: SchoolRules, now: datetime) -> tuple[str, datetime]:
    """At once after the pause, or with the digest; and the moment."""
    pause = school.span("hold_back_minutes")
    if wish == "at_once":
        return "immediate", notice.happened_at + (timedelta(0) if notice.urgent else pause)
    after = max(notice.happened_at + pause, now)
    return "digest", next_digest(after, found.digest_at, found.digest_days, school.zone)


def _wishes(found: Any, notice: Any) -> Iterable[tuple[str, str]]:
    """By which channels and when the family wants to hear of it. Meetings go with announcements; what cannot wait for a
    digest goes at once."""
    if notice.texted_by == found.guardian_id:
        yield SMS, "at_once"  # the answer to what this guardian has texted
        return
    is_meeting = notice.reminder_kind in (INVITED, SOON)
    cannot_wait = is_meeting and (notice.reminder_kind == SOON or notice.action != "added")
    for channel, wish in wished(found, "announcements" if is_meeting else PREFERENCES[notice.record]):
        yield channel, "at_once" if cannot_wait else wish


def _delivery(
    notice: Any, guardian_id: int, subscription_id: int | None, kind: str, due_at: datetime, channel: str = SMS
) -> dict[str, Any]:
    return {
        "school_id": notice.school_id,
        "notice_id": notice.id,
        "subscription_id": subscription_id,
        "guardian_id": guardian_id,
        "record": notice.record,
        "record_id": notice.record_id,
        "channel": channel,
        "kind": kind,
        "due_at": due_at,
    }
