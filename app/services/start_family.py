"""A family's start page: for each child the next lessons, what is new in the diary, and how the SMS diary stands."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, or_, select
from sqlalchemy.orm import Session

from app.models import (
    Absence,
    ChainCheck,
    Enrollment,
    Homework,
    Lesson,
    Mark,
    Remark,
    School,
    SchoolClass,
    SmsSubscription,
    Student,
    SubgroupMember,
    Subject,
    WorkType,
)
from app.services.chain_checks import Seen, last_check_told, seen
from app.services.homework import files_told, is_for
from app.services.start_away import enrolled_on
from app.services.start_lessons import LOOKS_AHEAD, Day, lesson_lines

A_WEEK = timedelta(days=7)
MOST = 12  # marks, absences, remarks of one child


@dataclass
class Child:
    """One child, and what its family should know now."""

    id: int
    name: str
    school_class: str
    school_class_id: int | None
    school_id: int = 0
    school: str = ""
    check: Seen | None = None  # of the school's history
    subgroup_ids: set[int] = field(default_factory=set)
    days: list[Day] = field(default_factory=list)
    marks: list[Any] = field(default_factory=list)
    absences: list[Any] = field(default_factory=list)
    remarks: list[Any] = field(default_factory=list)
    homework: list[Any] = field(default_factory=list)
    subscription: Any = None
    unread: int = 0  # news of the diary

    def has(self, lesson: Any) -> bool:
        """Whether the lesson is the child's: of its class, and of its subgroup where it is one's."""
        is_own_group = lesson.subgroup_id is None or lesson.subgroup_id in self.subgroup_ids
        return lesson.school_class_id == self.school_class_id and is_own_group


def children(session: Session, student_ids: Collection[int], today: date) -> list[Child]:
    """The children with their school, class of today and subgroups, in one statement."""
    found: dict[int, Child] = {}
    for row in session.execute(_of_children(), {"children": sorted(student_ids), "today": today}):
        name = f"{row.surname} {row.given_name}"
        own = Child(row.id, name, row.class_name or "", row.class_id, row.school_id, row.school, seen(row.check))
        child = found.setdefault(row.id, own)
        if row.subgroup_id is not None:
            child.subgroup_ids.add(row.subgroup_id)
    return list(found.values())


@cache
def _of_children() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Student.id,
            Student.surname,
            Student.given_name,
            SchoolClass.id.label("class_id"),
            SchoolClass.name.label("class_name"),
            SubgroupMember.subgroup_id,
            School.id.label("school_id"),
            School.name.label("school"),
            last_check_told(ChainCheck.school_id == School.id).correlate(School).scalar_subquery().label("check"),
        )
        .join(School, School.id == Student.school_id)
        .outerjoin(Enrollment, (Enrollment.student_id == Student.id) & enrolled_on(bindparam("today")))
        .outerjoin(SchoolClass, SchoolClass.id == Enrollment.school_class_id)
        .outerjoin(SubgroupMember, SubgroupMember.student_id == Student.id)
        .where(Student.id == any_(bindparam("children", type_=ARRAY(BigInteger))))
        .order_by(SchoolClass.grade_level, Student.given_name, Student.id, Enrollment.begins_on)
    )


def add_lessons(session: Session, family: Sequence[Child], today: date) -> None:
    """Give each child the lessons of today, and of tomorrow or the next day that has some."""
    classes = {child.school_class_id for child in family if child.school_class_id is not None}
    query = lesson_lines(today, today + LOOKS_AHEAD).where(Lesson.school_class_id.in_(classes))
    lessons = session.execute(query).all() if classes else []
    for child in family:
        by_day: dict[date, list[Any]] = defaultdict(list)
        for lesson in lessons:
            if child.has(lesson):
                by_day[lesson.date].append(lesson)
        later = [day for day in sorted(by_day) if day > today]
        shown = ([today] if today in by_day else []) + later[:1]
        child.days = [Day(day, by_day[day], day == today) for day in shown]


def add_marks(session: Session, family: Sequence[Child], today: date) -> None:
    """Give each child its marks of the last week, with what each was for."""
    query = (
        _of_lessons(Mark, family)
        .add_columns(Mark.value, Mark.comment, Mark.given_on, WorkType.name.label("work_type"))
        .join(WorkType, WorkType.id == Mark.work_type_id)
        .where(Mark.given_on > today - A_WEEK, Mark.given_on <= today, Mark.published_at <= datetime.now(UTC))
        .order_by(Mark.given_on.desc(), Mark.id.desc())
    )
    _hand_out(family, "marks", session.execute(query))


def add_absences(session: Session, family: Sequence[Child], today: date) -> None:
    """Give each child its absences of the last week."""
    query = (
        _of_lessons(Absence, family)
        .add_columns(Absence.reason, Absence.comment, Absence.missed_on, Lesson.period)
        .where(Absence.missed_on > today - A_WEEK, Absence.missed_on <= today)
        .order_by(Absence.missed_on.desc(), Lesson.period, Absence.id)
    )
    _hand_out(family, "absences", session.execute(query))


def add_remarks(session: Session, family: Sequence[Child], today: date) -> None:
    """Give each child the remarks and praise of the last two weeks that the reader may see."""
    query = (
        select(Remark.student_id, Remark.id, Remark.kind, Remark.text, Remark.given_on, Subject.name.label("subject"))
        .outerjoin(Lesson, Lesson.id == Remark.lesson_id)
        .outerjoin(Subject, Subject.id == Lesson.subject_id)
        .where(Remark.student_id.in_([child.id for child in family]))
        .where(Remark.given_on > today - 2 * A_WEEK, Remark.given_on <= today)
        .order_by(Remark.given_on.desc(), Remark.id.desc())
    )
    _hand_out(family, "remarks", session.execute(query))


def add_homework(session: Session, family: Sequence[Child], today: date) -> None:
    """Give each child what is due from today on, the nearest first; without a day, what the last week gave."""
    classes = {child.school_class_id for child in family if child.school_class_id is not None}
    is_fresh = Homework.due.is_(None) & (Lesson.date > today - A_WEEK) & (Lesson.date <= today)
    query = (
        select(
            Homework.id,
            Homework.text,
            Homework.bring,
            Homework.due,
            Homework.mandatory,
            Homework.minutes,
            Homework.subgroup_id,
            Homework.students,
            Lesson.school_class_id,
            files_told(),
            Subject.name.label("subject"),
        )
        .join(Lesson, Lesson.id == Homework.lesson_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .where(Homework.school_class_id.in_(classes), or_(Homework.due >= today, is_fresh))
        .order_by(Homework.due.asc().nulls_last(), Subject.name, Homework.id)
    )
    rows = session.execute(query).all() if classes else []
    for child in family:
        own = [row for row in rows if row.school_class_id == child.school_class_id]
        child.homework = [row for row in own if is_for(row, child.id, child.subgroup_ids)][:MOST]


def add_subscriptions(session: Session, family: Sequence[Child], guardian_ids: Collection[int]) -> None:
    """Give each child the guardian's own subscription, one in force before one that was stopped."""
    query = (
        select(
            SmsSubscription.id,
            SmsSubscription.student_id,
            SmsSubscription.status,
            SmsSubscription.phone,
            SmsSubscription.phone_confirmed_at,
        )
        .where(SmsSubscription.guardian_id.in_(guardian_ids))
        .where(SmsSubscription.student_id.in_([child.id for child in family]))
        .order_by(SmsSubscription.status == "stopped", SmsSubscription.id.desc())
    )
    found: dict[int, Any] = {}
    for row in session.execute(query):
        found.setdefault(row.student_id, row)
    for child in family:
        child.subscription = found.get(child.id)


def _of_lessons(model: type[Mark] | type[Absence], family: Sequence[Child]) -> Select[*tuple[Any, ...]]:
    return (
        select(model.id, model.student_id, Subject.name.label("subject"))
        .join(Lesson, Lesson.id == model.lesson_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .where(model.student_id.in_([child.id for child in family]))
    )


def _hand_out(family: Sequence[Child], name: str, rows: Iterable[Any]) -> None:
    by_id = {child.id: child for child in family}
    for row in rows:
        mine = getattr(by_id[row.student_id], name)
        if len(mine) < MOST:
            mine.append(row)
