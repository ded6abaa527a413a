"""A child's attendance in an academic year: each day with its missed lessons, and totals by reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.models import Absence, AcademicYear, Enrollment, Lesson, SchoolClass, SubgroupMember, Subject
from app.services.months import Month, months

MISSED = ("absent", "ill", "excused")  # who is late was there


@dataclass
class AbsentDay:
    """The absences of one day; `look` is the worst of them."""

    rows: list[Any] = field(default_factory=list)

    @property
    def look(self) -> str:
        reasons = {row.reason for row in self.rows}
        return "missed" if "absent" in reasons else "excused" if reasons & {"ill", "excused"} else "late"


@dataclass(frozen=True)
class Attendance:
    """One year of one child."""

    years: Sequence[AcademicYear]
    year: AcademicYear | None
    months: Sequence[Month] = ()
    totals: Counter[str] = field(default_factory=Counter)
    held: int = 0

    @property
    def missed(self) -> int:
        return sum(self.totals[reason] for reason in MISSED)

    @property
    def share(self) -> int | None:
        """Of the lessons that were held the child was in so many hundredths."""
        return round(100 * (1 - self.missed / self.held)) if self.held and self.missed <= self.held else None


def attendance_of(session: Session, student_id: int, year_id: int | None, today: date) -> Attendance:
    """Of the year that was asked for, else of the present one. Three statements."""
    query = (
        select(AcademicYear)
        .join(SchoolClass, SchoolClass.academic_year_id == AcademicYear.id)
        .join(Enrollment, Enrollment.school_class_id == SchoolClass.id)
        .where(Enrollment.student_id == student_id)
        .order_by(AcademicYear.begins_on.desc())
    )
    years = session.scalars(query).unique().all()
    year = next((one for one in years if one.id == year_id), None) or next(iter(years), None)
    if year is None:
        return Attendance((), None)
    last = min(today, year.ends_on)
    absences = (
        select(
            Absence.id, Absence.missed_on, Absence.reason, Absence.comment, Lesson.period, Subject.name.label("subject")
        )
        .join(Lesson, Lesson.id == Absence.lesson_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .where(Absence.student_id == student_id, Absence.missed_on.between(year.begins_on, year.ends_on))
        .order_by(Absence.missed_on, Lesson.period)
    )
    days: dict[date, AbsentDay] = {}
    totals: Counter[str] = Counter()
    for row in session.execute(absences):
        days.setdefault(row.missed_on, AbsentDay()).rows.append(row)
        totals[row.reason] += row.missed_on <= last
    shown_until = max([last, year.begins_on, *days])
    return Attendance(
        years, year, months(year.begins_on, shown_until, days.get), +totals,
        session.scalar(_held(student_id, year.begins_on, last)) or 0,
    )  # fmt: skip


def _held(student_id: int, first: date, last: date) -> Any:
    in_group = select(SubgroupMember.id).where(
        SubgroupMember.subgroup_id == Lesson.subgroup_id, SubgroupMember.student_id == student_id
    )
    return (
        select(func.count(Lesson.id.distinct()))
        .join(
            Enrollment,
            and_(
                Enrollment.student_id == student_id, Enrollment.school_class_id == Lesson.school_class_id,
                Enrollment.begins_on <= Lesson.date,
                or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= Lesson.date),
            ),
        )
        .where(Lesson.date.between(first, last), Lesson.state != "cancelled")
        .where(or_(Lesson.subgroup_id.is_(None), in_group.exists()))
    )  # fmt: skip
