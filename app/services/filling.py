"""How journals are filled: of the lessons that were, how many have topic, homework, attendance, marks, and how soon."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, cast, func, select
from sqlalchemy.dialects.postgresql import INTERVAL
from sqlalchemy.orm import Session

from app.models import (
    Absence,
    Homework,
    Lesson,
    Mark,
    School,
    SchoolClass,
    Staff,
    Subgroup,
    Subject,
)  # fmt: skip
from app.services.bells import bells_of_classes

NO_BELLS = "15:00"  # when a lesson is over that no bell schedule tells of
MOST_LACKING = 60


@dataclass(frozen=True)
class Filled:
    """One line: a teacher, a class, a day or a week. Counts are lessons; `hours` the median from its end to a mark."""

    key: Any
    name: str
    lessons: int
    topics: int
    homework: int
    attendance: int
    marks: int
    hours: Decimal | None

    @property
    def share(self) -> int | None:
        """Of all that is to be written, how much is, in percent; None without lessons."""
        if not self.lessons:
            return None
        return round(100 * (self.topics + self.homework + self.attendance + self.marks) / (4 * self.lessons))

    def percent(self, what: str) -> int:
        """The same of one of the four."""
        return round(100 * int(getattr(self, what)) / self.lessons) if self.lessons else 0


@dataclass(frozen=True)
class Of:
    """Whose lessons are counted: those of whole schools, or of these teachers."""

    school_ids: Collection[int] = ()
    teacher_ids: Collection[int] = ()

    @property
    def condition(self) -> Any:
        if self.teacher_ids:
            return Lesson.teacher_id.in_(self.teacher_ids)
        return Lesson.school_id.in_(self.school_ids)


HAS_HOMEWORK = select(Homework.id).where(Homework.lesson_id == Lesson.id).exists()
HAS_MARKS = select(Mark.id).where(Mark.lesson_id == Lesson.id).exists()
HAS_ABSENCES = select(Absence.id).where(Absence.lesson_id == Lesson.id).exists()
HAS_ATTENDANCE = (Lesson.state == "held") | HAS_ABSENCES  # held without an absence: all were there
HAS_TOPIC = Lesson.topic != ""


def by_teacher(session: Session, of: Of, first: date, last: date) -> Sequence[Filled]:
    """Teacher by teacher, those with the least share first."""
    name = func.concat_ws(" ", Staff.surname, Staff.given_name)
    return _worst_first(_grouped(session, of, first, last, Lesson.teacher_id, name))


def by_class(session: Session, of: Of, first: date, last: date) -> Sequence[Filled]:
    """Class by class, those with the least share first."""
    return _worst_first(_grouped(session, of, first, last, Lesson.school_class_id, SchoolClass.name))


def by_day(session: Session, of: Of, first: date, last: date) -> Sequence[Filled]:
    """Day by day, the newest first."""
    found = _grouped(session, of, first, last, Lesson.date, func.to_char(Lesson.date, "YYYY-MM-DD"))
    return sorted(found, key=lambda one: one.key, reverse=True)


def by_week(session: Session, of: Of, first: date, last: date) -> Sequence[Filled]:
    """Week by week by its Monday, the newest first: a person's own trend."""
    monday = func.date_trunc("week", Lesson.date)
    found = _grouped(session, of, first, last, monday, func.to_char(monday, "YYYY-MM-DD"))
    return sorted(found, key=lambda one: one.name, reverse=True)


def _worst_first(found: Sequence[Filled]) -> Sequence[Filled]:
    return sorted(found, key=lambda one: (one.share or 0, one.name))


def _grouped(session: Session, of: Of, first: date, last: date, key: Any, name: Any) -> Sequence[Filled]:
    """One statement."""
    rows = session.execute(_query(of, first, last, key, name)).all()
    return [
        Filled(row.key, row.name, row.lessons, row.topics, row.homework, row.attendance, row.marks, _hours(row.hours))
        for row in rows
    ]


def _query(of: Of, first: date, last: date, key: Any, name: Any) -> Select[*tuple[Any, ...]]:
    bells = bells_of_classes()
    begun = select(func.min(Mark.published_at)).where(Mark.lesson_id == Lesson.id).scalar_subquery()
    clock = func.coalesce(cast(bells.c.ends_at, INTERVAL), cast(NO_BELLS, INTERVAL))
    over = func.timezone(School.timezone, Lesson.date + clock)
    hours = func.greatest(func.extract("epoch", begun - over) / 3600, 0)
    flags = {"topics": HAS_TOPIC, "homework": HAS_HOMEWORK, "attendance": HAS_ATTENDANCE, "marks": HAS_MARKS}
    return (
        select(
            key.label("key"),
            name.label("name"),
            func.count().label("lessons"),
            *(func.count(case((flag, 1))).label(label) for label, flag in flags.items()),
            func.percentile_cont(0.5).within_group(hours).filter(begun.is_not(None)).label("hours"),
        )
        .select_from(Lesson)
        .join(School, School.id == Lesson.school_id)
        .join(SchoolClass, SchoolClass.id == Lesson.school_class_id)
        .join(Staff, Staff.id == Lesson.teacher_id)
        .outerjoin(bells, (bells.c.school_class_id == Lesson.school_class_id) & (bells.c.period == Lesson.period))
        .where(of.condition, Lesson.date >= first, Lesson.date <= last, Lesson.state != "cancelled")
        .group_by(key, name)
    )


def _hours(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.1"))


def lacking(session: Session, of: Of, first: date, last: date, most: int = MOST_LACKING) -> Sequence[Any]:
    """The lessons in which something is not written, the newest first, each with what it has. One statement."""
    query = (
        select(
            Lesson.id, Lesson.date, Lesson.period, Lesson.topic, SchoolClass.name.label("school_class"),
            Subgroup.name.label("subgroup"), Subject.name.label("subject"), Staff.surname.label("teacher"),
            HAS_HOMEWORK.label("has_homework"), HAS_ATTENDANCE.label("has_attendance"), HAS_MARKS.label("has_marks"),
        )
        .join(SchoolClass, SchoolClass.id == Lesson.school_class_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .join(Staff, Staff.id == Lesson.teacher_id)
        .outerjoin(Subgroup, Subgroup.id == Lesson.subgroup_id)
        .where(of.condition, Lesson.date >= first, Lesson.date <= last, Lesson.state != "cancelled")
        .where(~HAS_TOPIC | ~HAS_HOMEWORK | ~HAS_ATTENDANCE | ~HAS_MARKS)
        .order_by(Lesson.date.desc(), Lesson.period.desc(), Lesson.id)
        .limit(most)
    )  # fmt: skip
    return session.execute(query).all()


@dataclass(frozen=True)
class LastFilled:
    """What a family may know of a subject's journal: its last lesson that was, and the last one that is written."""

    lesson: date
    written: date | None

    @property
    def is_behind(self) -> bool:
        return self.written is None or self.written < self.lesson


def last_filled(
    session: Session, class_ids: Collection[int], subgroup_ids: Collection[int], today: date
) -> Mapping[int, LastFilled]:
    """Subject → how far the child's journal is written; nobody's name is in it. One statement."""
    is_written = HAS_TOPIC | HAS_MARKS | HAS_ABSENCES
    query = (
        select(
            Lesson.subject_id,
            func.max(Lesson.date).label("lesson"),
            func.max(case((is_written, Lesson.date))).label("written"),
        )
        .where(
            Lesson.school_class_id.in_(class_ids),
            Lesson.subgroup_id.is_(None) | Lesson.subgroup_id.in_(subgroup_ids),
            Lesson.date < today,
            Lesson.date >= today - timedelta(days=60),
            Lesson.state != "cancelled",
        )
        .group_by(Lesson.subject_id)
    )
    return {row.subject_id: LastFilled(row.lesson, row.written) for row in session.execute(query)}
