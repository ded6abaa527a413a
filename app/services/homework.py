"""Homework as it is given: when it is due by itself, whom it is for, and how much a class has to do by a day."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from app.models import Attachment, Homework, Lesson, Subgroup, Subject

AROUND = {"around_the_rule": True}
MOST_DAYS = 8  # that are offered to choose from
LOOKS_AHEAD = timedelta(days=60)


def coming_lessons(lesson: Any, subgroup_id: int | None) -> Select[*tuple[Any, ...]]:
    """The days and periods of the subject's lessons after this one: those of the subgroup, where one is named."""
    of_group: ColumnElement[bool] = Lesson.subgroup_id.is_(None)
    if subgroup_id is not None:
        of_group = or_(of_group, Lesson.subgroup_id == subgroup_id)
    return (
        select(Lesson.date, func.min(Lesson.period).label("period"))
        .where(Lesson.school_class_id == lesson.school_class_id, Lesson.subject_id == lesson.subject_id)
        .where(Lesson.date > lesson.date, Lesson.date <= lesson.date + LOOKS_AHEAD, Lesson.state != "cancelled")
        .where(of_group)
        .group_by(Lesson.date)
        .order_by(Lesson.date)
    )


def next_lesson_day(session: Session, lesson: Any, subgroup_id: int | None) -> date | None:
    """The day of the subject's next lesson for those whom the homework is for; None where none is set down."""
    row = session.execute(coming_lessons(lesson, subgroup_id).limit(1), execution_options=AROUND).first()
    return row.date if row is not None else None


def days_to_choose(session: Session, lesson: Any, subgroup_id: int | None) -> Sequence[Any]:
    """The next lessons, as rows of date and period."""
    return session.execute(coming_lessons(lesson, subgroup_id).limit(MOST_DAYS)).all()


def is_for(work: Any, student_id: int, subgroup_ids: Collection[int]) -> bool:
    """Whether the homework (a record, or a row with its `subgroup_id` and `students`) is for this student.

    The row rule decides what a family sees; this tells its children apart.
    """
    in_group = work.subgroup_id is None or work.subgroup_id in subgroup_ids
    return in_group and (work.students is None or student_id in work.students)


@dataclass(frozen=True)
class Load:
    """What a class has to do by one day."""

    day: date
    minutes: int  # of all that says how long it takes; of subgroups and named students the longest
    works: Sequence[Any]  # rows of id, text, minutes, subject, subgroup, is_named

    @property
    def untold(self) -> int:
        """How many do not say how long they take."""
        return sum(1 for work in self.works if work.minutes is None)


def load_of_class(
    session: Session, school_class_id: int, days: Collection[date], but: int | None = None
) -> dict[date, Load]:
    """The homework of the class that is due on these days, all subjects; `but`: without this piece of it."""
    query = (
        select(
            Homework.id, Homework.due, Homework.text, Homework.minutes, Homework.subgroup_id, Homework.mandatory,
            Subject.id.label("subject_id"), Subject.name.label("subject"), Subgroup.name.label("subgroup"),
            Homework.students.is_not(None).label("is_named"),
        )
        .join(Lesson, Lesson.id == Homework.lesson_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .outerjoin(Subgroup, Subgroup.id == Homework.subgroup_id)
        .where(Homework.school_class_id == school_class_id, Homework.due.in_(days))
        .order_by(Homework.due, Subject.name, Homework.id)
    )  # fmt: skip
    rows = [row for row in session.execute(query) if row.id != but]
    return {day: _load(day, [row for row in rows if row.due == day]) for day in days}


def _load(day: date, works: Sequence[Any]) -> Load:
    return Load(day, sum(_minutes_of_subject(works, key) for key in {work.subject_id for work in works}), works)


def _minutes_of_subject(works: Iterable[Any], subject_id: int) -> int:
    """What one student has at most: the work of everybody, and the longest of what subgroups or named ones have."""
    own = [work for work in works if work.subject_id == subject_id and work.minutes and work.mandatory]
    for_all: int = sum(work.minutes for work in own if work.subgroup_id is None and not work.is_named)
    apart = [work for work in own if work.subgroup_id is not None or work.is_named]
    groups = {(work.subgroup_id, work.is_named) for work in apart}
    totals = [sum(work.minutes for work in apart if (work.subgroup_id, work.is_named) == group) for group in groups]
    return for_all + max(totals, default=0)


def homework_of_lesson(session: Session, lesson_id: int) -> Sequence[Homework]:
    """The pieces of homework that a lesson gave."""
    return session.scalars(select(Homework).where(Homework.lesson_id == lesson_id).order_by(Homework.id)).all()


def files_told() -> Any:
    """A column of a query on homework: its files as a list of id and name, None where there is none.

    The row rule holds in it as everywhere, and it costs no statement of its own.
    """
    one = func.json_build_object("id", Attachment.id, "name", Attachment.name)
    own = select(func.json_agg(one)).where(Attachment.homework_id == Homework.id).correlate(Homework)
    return own.scalar_subquery().label("files")
