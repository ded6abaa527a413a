"""The education authority's start page: aggregates of each school, never a small group and never a name of a child."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import AcademicYear, Enrollment, School, SchoolClass
from app.services.start_away import enrolled_on

SMALLEST_GROUP = 5


@dataclass(frozen=True)
class SchoolFigures:
    """One school; `students` is None where they are fewer than five, and not nobody."""

    name: str
    classes: int
    students: int | None


@dataclass(frozen=True)
class Figures:
    """The schools; the sum of the students leaves out the small groups, so that no difference tells them."""

    schools: Sequence[SchoolFigures]

    @property
    def classes(self) -> int:
        return sum(school.classes for school in self.schools)

    @property
    def students(self) -> int:
        return sum(school.students or 0 for school in self.schools)


def schools_in_figures(session: Session, today: date) -> Figures:
    """Every school that the person sees, in one statement."""
    classes = (
        select(func.count(SchoolClass.id))
        .join(AcademicYear, AcademicYear.id == SchoolClass.academic_year_id)
        .where(SchoolClass.school_id == School.id, AcademicYear.begins_on <= today, AcademicYear.ends_on >= today)
    )
    students = select(func.count(Enrollment.student_id.distinct())).where(
        Enrollment.school_id == School.id, enrolled_on(today)
    )
    query = select(
        School.name, classes.scalar_subquery().label("classes"), students.scalar_subquery().label("students")
    )
    rows = session.execute(query.order_by(School.name)).all()
    return Figures(
        [
            SchoolFigures(row.name, row.classes, None if 0 < row.students < SMALLEST_GROUP else row.students)
            for row in rows
        ]
    )
