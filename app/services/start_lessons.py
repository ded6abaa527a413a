"""A teacher's start page: the lessons of today or of the next school day, and those that still wait to be filled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.models import (
    Absence,
    Homework,
    Lesson,
    Mark,
    Room,
    SchoolClass,
    Subgroup,
    Subject,
)
from app.services.bells import bells_of_classes

LOOKS_AHEAD = timedelta(days=21)  # over the longest ordinary holidays
LOOKS_BACK = timedelta(days=7)
MOST_WAITING = 6


@dataclass(frozen=True)
class Day:
    """The lessons of one day; `is_today` where it is."""

    date: date
    lessons: Sequence[Any]
    is_today: bool


@dataclass(frozen=True)
class Waiting:
    """The newest lessons that lack something, and how many there are."""

    lessons: Sequence[Any]
    count: int


def lesson_lines(first: date, last: date) -> Select[*tuple[Any, ...]]:
    """Lessons of these days in order, as a plan of the day shows them.

    Columns: id, date, period, state, topic, subject, school_class_id, school_class, subgroup_id, subgroup, room, and
    starts_at, ends_at by the class's bell schedule or the school's usual one (empty where there is none).
    """
    return all_lesson_lines().where(Lesson.date >= first, Lesson.date <= last)


@cache
def all_lesson_lines() -> Select[*tuple[Any, ...]]:
    """The same of all days: put together once, for that takes longer than to send it."""
    bells = bells_of_classes()
    return (
        select(
            Lesson.id,
            Lesson.date,
            Lesson.period,
            Lesson.state,
            Lesson.topic,
            Subject.name.label("subject"),
            Lesson.school_class_id,
            SchoolClass.name.label("school_class"),
            Lesson.subgroup_id,
            Subgroup.name.label("subgroup"),
            Room.name.label("room"),
            bells.c.starts_at,
            bells.c.ends_at,
        )
        .join(Subject, Subject.id == Lesson.subject_id)
        .join(SchoolClass, SchoolClass.id == Lesson.school_class_id)
        .outerjoin(Subgroup, Subgroup.id == Lesson.subgroup_id)
        .outerjoin(Room, Room.id == Lesson.room_id)
        .outerjoin(bells, (bells.c.school_class_id == Lesson.school_class_id) & (bells.c.period == Lesson.period))
        .order_by(Lesson.date, Lesson.period, SchoolClass.grade_level, SchoolClass.name, Lesson.id)
    )


def next_lessons(session: Session, staff_ids: Collection[int], today: date) -> Day | None:
    """The teacher's lessons of today, else of the next day that has some; None where none is planned."""
    own = Lesson.teacher_id.in_(staff_ids)
    coming = select(func.min(Lesson.date)).where(own, Lesson.date >= today, Lesson.date <= today + LOOKS_AHEAD)
    query = lesson_lines(today, today + LOOKS_AHEAD).where(own, Lesson.date == coming.scalar_subquery())
    lessons = session.execute(query).all()
    return Day(lessons[0].date, lessons, lessons[0].date == today) if lessons else None


def waiting_lessons(session: Session, staff_ids: Collection[int], today: date) -> Waiting:
    """The teacher's lessons of the last days without topic, homework, or a mark or absence; the newest first.

    Rows carry `has_homework` and `has_entries`.
    """
    has_homework = select(Homework.id).where(Homework.lesson_id == Lesson.id).exists()
    has_marks = select(Mark.id).where(Mark.lesson_id == Lesson.id).exists()
    has_entries = has_marks | select(Absence.id).where(Absence.lesson_id == Lesson.id).exists()
    query = (
        lesson_lines(today - LOOKS_BACK, today - timedelta(days=1))
        .add_columns(
            has_homework.label("has_homework"), has_entries.label("has_entries"), func.count().over().label("all")
        )
        .where(Lesson.teacher_id.in_(staff_ids), Lesson.state != "cancelled")
        .where((Lesson.topic == "") | ~has_homework | ~has_entries)
        .order_by(None)
        .order_by(Lesson.date.desc(), Lesson.period.desc(), Lesson.id)
        .limit(MOST_WAITING)
    )
    lessons = session.execute(query).all()
    return Waiting(lessons, lessons[0].all if lessons else 0)
