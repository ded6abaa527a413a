"""Behaviour of a class in a week: what was remarked and praised, and the class teacher's mark for each student."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import BehaviourMark, Lesson, Remark, SchoolClass, Staff, Subject
from app.services.journal import Pupil, pupils_of
from app.session.actors import Actor

HERE = "/behaviour/"
MAY = ("can_read", "behaviour_mark")
SIX_DAYS = timedelta(days=6)


@dataclass
class Line:
    """One student's week."""

    pupil: Pupil
    mark: BehaviourMark | None = None
    remarks: list[Any] = field(default_factory=list)  # rows of id, kind, text, given_on, to_guardians, subject, author


def classes_of(session: Session, actor: Actor) -> Sequence[Any]:
    """The classes that the person leads, or sees with the whole school: id and name."""
    query = select(SchoolClass.id, SchoolClass.name).order_by(SchoolClass.grade_level, SchoolClass.name)
    if not actor.whole_school_ids:
        query = query.where(SchoolClass.id.in_(actor.led_class_ids))
    return session.execute(query).all()


def week_of_class(session: Session, school_class_id: int, monday: date) -> list[Line]:
    """Every student who was in the class in that week, in the order of the list. Three statements."""
    pupils = pupils_of(session, school_class_id, monday, monday + SIX_DAYS)
    lines = {pupil.id: Line(pupil) for pupil in pupils}
    for mark in behaviour_of(session, lines, monday):
        lines[mark.student_id].mark = mark
    for remark in remarks_of(session, lines, monday):
        lines[remark.student_id].remarks.append(remark)
    return list(lines.values())


def behaviour_of(session: Session, student_ids: Collection[int], monday: date) -> Sequence[BehaviourMark]:
    """The marks for behaviour of these students in the week from that Monday, as the person sees them."""
    query = select(BehaviourMark).where(BehaviourMark.student_id.in_(student_ids), BehaviourMark.week == monday)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def remarks_of(session: Session, student_ids: Collection[int], monday: date) -> Sequence[Any]:
    """Remarks and praise of these students in that week, as the person sees them."""
    query = _remarks().where(Remark.student_id.in_(student_ids))
    return session.execute(query.where(Remark.given_on.between(monday, monday + SIX_DAYS))).all()


def remarks_in(session: Session, lesson_id: int) -> Sequence[Any]:
    """Remarks and praise that were written in a lesson."""
    return session.execute(_remarks().where(Remark.lesson_id == lesson_id)).all()


def _remarks() -> Any:
    return (
        select(
            Remark.id, Remark.student_id, Remark.kind, Remark.text, Remark.given_on, Remark.to_guardians,
            Remark.author_id, Subject.name.label("subject"),
            func.concat_ws(" ", Staff.surname, Staff.given_name).label("author"),
        )
        .outerjoin(Lesson, Lesson.id == Remark.lesson_id)
        .outerjoin(Subject, Subject.id == Lesson.subject_id)
        .outerjoin(Staff, Staff.id == Remark.author_id)
        .order_by(Remark.given_on, Remark.id)
    )  # fmt: skip
