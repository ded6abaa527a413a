"""Which journals there are: those that a person writes, and those of other teachers that they read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.models import AcademicYear, Lesson, SchoolClass, Staff, Subgroup, Subject, Teaching
from app.session.actors import Actor

MAY_OPEN = ("can_read", "journal")


@dataclass(frozen=True)
class Listed:
    """One journal in the list."""

    school_class_id: int
    school_class: str
    subject_id: int
    subject: str
    subgroup_id: int | None
    subgroup: str | None
    teachers: str


def journals_of(session: Session, actor: Actor, today: date) -> tuple[Sequence[Listed], Sequence[Listed]]:
    """Own journals, and the others of the classes that the person teaches, leads or sees with the school."""
    seen = {class_id for class_id, _subject, _subgroup in actor.teachings} | actor.led_class_ids
    query = (
        select(
            Teaching.school_class_id,
            SchoolClass.name.label("school_class"),
            Teaching.subject_id,
            Subject.name.label("subject"),
            Teaching.subgroup_id,
            Subgroup.name.label("subgroup"),
            func.string_agg(Staff.surname.distinct(), ", ").label("teachers"),
            func.bool_or(Teaching.teacher_id.in_(actor.staff_ids)).label("is_mine"),
        )
        .join(SchoolClass, SchoolClass.id == Teaching.school_class_id)
        .join(AcademicYear, AcademicYear.id == SchoolClass.academic_year_id)
        .join(Subject, Subject.id == Teaching.subject_id)
        .join(Staff, Staff.id == Teaching.teacher_id)
        .outerjoin(Subgroup, Subgroup.id == Teaching.subgroup_id)
        .where(AcademicYear.ends_on >= today, or_(Teaching.ends_on.is_(None), Teaching.ends_on >= today))
        .where(or_(SchoolClass.id.in_(seen), SchoolClass.school_id.in_(actor.whole_school_ids)))
        .group_by(
            Teaching.school_class_id, SchoolClass.name, SchoolClass.grade_level, Teaching.subject_id, Subject.name,
            Teaching.subgroup_id, Subgroup.name,
        )
        .order_by(SchoolClass.grade_level, SchoolClass.name, Subject.name, Subgroup.name)
    )  # fmt: skip
    rows = session.execute(query).all()
    return [_listed(row) for row in rows if row.is_mine], [_listed(row) for row in rows if not row.is_mine]


def _listed(row: Any) -> Listed:
    return Listed(*row[:7])


def lesson_of(session: Session, pk: int) -> Any:
    """To which journal a lesson belongs; None where the person sees no such lesson."""
    query = select(
        Lesson.id, Lesson.school_class_id, Lesson.subject_id, Lesson.subgroup_id, Lesson.term_id, Lesson.date
    ).where(Lesson.id == pk)
    return session.execute(query).one_or_none()
