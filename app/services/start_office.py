"""The secretary's start page: what the school's registers lack, and how many people they hold."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.models import AcademicYear, Enrollment, Guardian, Guardianship, School, SchoolClass, Staff, Student
from app.services.start_away import enrolled_on, sorted_name
from app.services.start_class import standing

MOST_NAMED = 5


@dataclass(frozen=True)
class Gap:
    """The first rows (id, name) of those that lack something, and how many there are."""

    rows: Sequence[Any]
    count: int

    @property
    def further(self) -> int:
        return self.count - len(self.rows)


@dataclass(frozen=True)
class Gaps:
    """What the registers lack."""

    classes_without_teacher: Gap
    students_without_class: Gap
    students_without_guardian: Gap
    guardians_without_phone: Gap

    def __bool__(self) -> bool:
        return any(gap.count for gap in vars(self).values())


def gaps(session: Session, school_ids: Collection[int], today: date) -> Gaps:
    """What is to be seen to; four statements."""
    is_enrolled = select(Enrollment.id).where(Enrollment.student_id == Student.id, enrolled_on(today)).exists()
    has_guardian = select(Guardianship.id).where(Guardianship.student_id == Student.id, standing(today)).exists()
    has_child = select(Guardianship.id).where(Guardianship.guardian_id == Guardian.id, standing(today)).exists()
    classes = (
        select(SchoolClass.id, SchoolClass.name.label("name"), func.count().over().label("all"))
        .join(AcademicYear, AcademicYear.id == SchoolClass.academic_year_id)
        .where(SchoolClass.class_teacher_id.is_(None), AcademicYear.ends_on >= today)
        .where(SchoolClass.school_id.in_(school_ids))
        .order_by(SchoolClass.grade_level, SchoolClass.name)
    )
    students, guardians = _people(Student, school_ids), _people(Guardian, school_ids)
    return Gaps(
        _gap(session, classes),
        _gap(session, students.where(~is_enrolled)),
        _gap(session, students.where(is_enrolled, ~has_guardian)),
        _gap(session, guardians.where(has_child, Guardian.phone.is_(None))),
    )


def _people(model: type[Student] | type[Guardian], school_ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    name = func.concat_ws(" ", model.surname, model.given_name, func.nullif(model.patronymic, ""))
    return (
        select(model.id, name.label("name"), func.count().over().label("all"))
        .where(model.school_id.in_(school_ids))
        .order_by(sorted_name(model.surname), model.given_name, model.id)
    )


def _gap(session: Session, query: Select[*tuple[Any, ...]]) -> Gap:
    rows = session.execute(query.limit(MOST_NAMED)).all()
    return Gap(rows, rows[0].all if rows else 0)


@dataclass(frozen=True)
class People:
    """How many there are: students in a class, guardians of somebody, members of staff, classes."""

    students: int
    guardians: int
    staff: int
    classes: int


def people(session: Session, school_ids: Collection[int], today: date) -> People:
    """The schools' figures in one statement."""
    students = select(func.count(Enrollment.student_id.distinct())).where(
        Enrollment.school_id == School.id, enrolled_on(today)
    )
    guardians = select(func.count(Guardianship.guardian_id.distinct())).where(
        Guardianship.school_id == School.id, standing(today)
    )
    staff = select(func.count(Staff.id)).where(Staff.school_id == School.id)
    classes = (
        select(func.count(SchoolClass.id))
        .join(AcademicYear, AcademicYear.id == SchoolClass.academic_year_id)
        .where(SchoolClass.school_id == School.id, AcademicYear.begins_on <= today, AcademicYear.ends_on >= today)
    )
    asked = select(*(query.scalar_subquery() for query in (students, guardians, staff, classes)), School.id)
    rows = session.execute(asked.where(School.id.in_(school_ids))).all()
    return People(*(sum(row[place] for row in rows) for place in range(4)))
