"""What is new in a child's diary: the notices that were made of changes, each record once and as it stands now.

Notices are read around the row rule, for a child that the person was found to follow; the records that they are about
are read under it, so that a draft or a remark to guardians shows itself to nobody whom it is not for.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, select, text
from sqlalchemy.orm import Session, joinedload

from app.domain.story import Seen
from app.models import (
    Absence,
    AbsenceNotice,
    Announcement,
    BehaviourMark,
    Debt,
    Homework,
    Lesson,
    Mark,
    Remark,
    Reminder,
    SubgroupMember,
    TermMark,
)
from app.models.people import Enrollment
from app.services.story import stories
from app.session.engine import actor_of

AROUND = {"around_the_rule": True}
LOOKS_BACK = timedelta(days=30)
MOST = 60
A_VISIT = timedelta(minutes=30)  # who comes again within it is still on the same visit

_COLUMNS = "SELECT id, record, record_id, action, was, happened_at FROM notice WHERE happened_at > :since"
NOTICES = text(f"""
({_COLUMNS} AND student_id = :student ORDER BY id DESC LIMIT :most)
UNION ALL ({_COLUMNS} AND student_id IS NULL AND school_class_id = ANY(:classes)
 AND (subgroup_id IS NULL OR subgroup_id = ANY(:groups)) ORDER BY id DESC LIMIT :most)
UNION ALL ({_COLUMNS} AND student_id IS NULL AND school_class_id IS NULL AND school_id = :school
 ORDER BY id DESC LIMIT :most)
ORDER BY id DESC
""")

# What was shown at the last visit is old at this one.
VISIT = text("""
INSERT INTO diary_visit (user_id, student_id, seen_id, shown_id, shown_at) VALUES (:user, :student, 0, :newest, :now)
ON CONFLICT (user_id, student_id) DO UPDATE SET
 seen_id = CASE WHEN diary_visit.shown_at < :before THEN diary_visit.shown_id ELSE diary_visit.seen_id END,
 shown_id = greatest(diary_visit.shown_id, excluded.shown_id), shown_at = excluded.shown_at
RETURNING seen_id
""")
READ = text("""
INSERT INTO diary_visit (user_id, student_id, seen_id, shown_id, shown_at)
VALUES (:user, :student, :newest, :newest, :now)
ON CONFLICT (user_id, student_id) DO UPDATE SET seen_id = greatest(diary_visit.seen_id, excluded.seen_id)
""")

# The same for several children at once, and only how many: what the first screen of each would count as new.
UNREAD = text("""
SELECT s.id, count(DISTINCT (n.record, n.record_id)) AS number
FROM student s LEFT JOIN diary_visit v ON v.student_id = s.id AND v.user_id = :user
CROSS JOIN LATERAL (
 SELECT CASE WHEN v.shown_at < :before THEN v.shown_id ELSE coalesce(v.seen_id, 0) END AS seen_id) AS old
CROSS JOIN LATERAL (
 SELECT id, record, record_id, happened_at FROM notice WHERE student_id = s.id AND id > old.seen_id
 UNION ALL SELECT id, record, record_id, happened_at FROM notice
 WHERE student_id IS NULL AND id > old.seen_id
  AND school_class_id = ANY(ARRAY(SELECT school_class_id FROM enrollment WHERE student_id = s.id))
  AND (subgroup_id IS NULL OR subgroup_id IN (SELECT subgroup_id FROM subgroup_member WHERE student_id = s.id))
 UNION ALL SELECT id, record, record_id, happened_at FROM notice
 WHERE student_id IS NULL AND school_class_id IS NULL AND school_id = s.school_id AND id > old.seen_id) AS n
LEFT JOIN remark r ON n.record = 'remark' AND r.id = n.record_id
WHERE s.id = ANY(:children) AND n.happened_at > :since AND n.record = ANY(:records)
 AND NOT (n.record = 'remark' AND s.id = ANY(:own) AND coalesce(r.to_guardians, true))
GROUP BY s.id
""")

MODELS: dict[str, Any] = {
    "mark": (Mark, (Mark.lesson, Lesson.subject), Mark.work_type),
    "absence": (Absence, (Absence.lesson, Lesson.subject)),
    "remark": (Remark, (Remark.lesson, Lesson.subject)),
    "homework": (Homework, (Homework.lesson, Lesson.subject)),
    "behaviour_mark": (BehaviourMark,),
    "debt": (Debt, (Debt.lesson, Lesson.subject), Debt.work_type),
    "lesson": (Lesson, Lesson.subject, Lesson.teacher, Lesson.room),
    "announcement": (Announcement,),
    "absence_notice": (AbsenceNotice,),
    "reminder": (Reminder,),
    "term_mark": (TermMark, TermMark.subject, TermMark.term),
}


@dataclass(frozen=True)
class News:
    """One record that is new or different."""

    notice_id: int
    record: str
    action: str
    happened_at: datetime
    row: Any  # the record as it is now; none: it was taken away
    was: dict[str, Any] | None = None
    lesson: Any = None  # of what was taken away
    story: Sequence[Seen] = ()
    is_new: bool = False

    @property
    def subject(self) -> str:
        if self.record == "term_mark":
            return str(self.row.subject.name) if self.row is not None else ""
        lesson = self.row if self.record == "lesson" else getattr(self.row, "lesson", None) or self.lesson
        return str(lesson.subject.name) if lesson is not None else ""


@dataclass(frozen=True)
class Feed:
    """The news, newest first, and the newest notice of all."""

    news: Sequence[News] = field(default_factory=tuple)
    newest_id: int = 0

    @property
    def fresh(self) -> list[News]:
        return [one for one in self.news if one.is_new]

    @property
    def old(self) -> list[News]:
        return [one for one in self.news if not one.is_new]


def unread(
    session: Session, student_ids: Collection[int], now: datetime, reads: Callable[[str], bool]
) -> dict[int, int]:
    """How much is new in the diary of each child for the session's person, who does not look at it. One statement."""
    actor = actor_of(session)
    given = {
        "user": actor.user_id, "children": sorted(student_ids), "own": sorted(actor.own_student_ids),
        "since": now - LOOKS_BACK, "before": now - A_VISIT, "records": [name for name in MODELS if reads(name)],
    }  # fmt: skip
    return {row.id: row.number for row in session.execute(UNREAD, given, execution_options=AROUND)}


def visit(session: Session, student_id: int, newest_id: int, now: datetime) -> int:
    """The person looks at the news now; the notice up to which they are old. The caller commits."""
    given = {"user": actor_of(session).user_id, "student": student_id, "newest": newest_id}
    seen: int = session.scalar(VISIT, given | {"now": now, "before": now - A_VISIT}, execution_options=AROUND)
    return seen


def mark_read(session: Session, student_id: int, newest_id: int, now: datetime) -> None:
    """The person has read them up to this notice. The caller commits."""
    given = {"user": actor_of(session).user_id, "student": student_id, "newest": newest_id, "now": now}
    session.execute(READ, given, execution_options=AROUND)


def news_of(session: Session, child: Any, now: datetime, reads: Callable[[str], bool]) -> Feed:
    """What happened of late, and from where on it is new for the session's person, who is on a visit now."""
    of_classes = select(Enrollment.school_class_id).where(Enrollment.student_id == child.id)
    of_groups = select(SubgroupMember.subgroup_id).where(SubgroupMember.student_id == child.id)
    given = {
        "since": now - LOOKS_BACK, "student": child.id, "school": child.school_id, "most": MOST,
        "classes": list(session.scalars(of_classes)), "groups": list(session.scalars(of_groups)),
    }  # fmt: skip
    rows = session.execute(NOTICES, given, execution_options=AROUND).all()
    newest = rows[0].id if rows else 0
    seen = visit(session, child.id, newest, now)
    last: dict[tuple[str, int], Any] = {}
    for row in rows:
        if row.record in MODELS and reads(row.record):
            last.setdefault((row.record, row.record_id), row)
    news = _told(session, list(last.values())[:MOST], seen)
    return Feed([one for one in news if _is_for(one, child, actor_of(session))], newest)


def _told(session: Session, notices: Sequence[Any], seen: int) -> list[News]:
    wanted: dict[str, list[int]] = defaultdict(list)
    for row in notices:
        wanted[row.record].append(row.record_id)
    found = {name: _records(session, name, ids) for name, ids in wanted.items()}
    gone = {int(row.was["lesson"]) for row in notices if row.was and row.was.get("lesson")}
    lessons = {one.id: one for one in _records(session, "lesson", sorted(gone)).values()} if gone else {}
    changed = {name: stories(session, name, wanted[name]) for name in ("mark", "absence") if wanted[name]}
    return [
        News(
            row.id, row.record, row.action, row.happened_at, found[row.record].get(row.record_id), row.was,
            lessons.get((row.was or {}).get("lesson", 0)), changed.get(row.record, {}).get(row.record_id, ()),
            row.id > seen,
        )
        for row in notices
    ]  # fmt: skip


def _records(session: Session, name: str, ids: Sequence[int]) -> dict[int, Any]:
    """Under the row rule, so that what the person does not see is as if there were none. One statement."""
    return {row.id: row for row in session.scalars(_whole_records(name), {"ids": list(ids)})}


@cache
def _whole_records(name: str) -> Select[*tuple[Any, ...]]:
    model, *relations = MODELS[name]
    loads = []
    for relation in relations:
        first, *further = relation if isinstance(relation, tuple) else (relation,)
        load = joinedload(first)
        for one in further:
            load = load.joinedload(one)
        loads.append(load)
    return select(model).where(model.id == any_(bindparam("ids", type_=ARRAY(BigInteger)))).options(*loads)


def _is_for(news: News, child: Any, actor: Any) -> bool:
    """Not what is another child's by now, nor what was never shown, nor what was said to the guardians alone."""
    if news.row is None:
        is_told = news.action == "deleted" and news.was is not None
        return is_told and not (news.record == "remark" and child.id in actor.own_student_ids)
    return bool(getattr(news.row, "student_id", child.id) == child.id)
