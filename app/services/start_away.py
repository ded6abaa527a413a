"""Who is away: the students of a class, or those who are ill in the school, on the latest day that tells."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Absence, Enrollment, SchoolClass, Student

LOOKS_BACK = timedelta(days=7)


@dataclass(frozen=True)
class AwayDay:
    """Who was away on a day, class by class; rows of school_class, id, surname, given_name, reason, lessons."""

    date: date
    is_today: bool
    rows: Sequence[Any]


def enrolled_on(day: Any) -> Any:
    """The condition of an enrollment that holds on the day."""
    return (Enrollment.begins_on <= day) & (Enrollment.ends_on.is_(None) | (Enrollment.ends_on >= day))


def away(
    session: Session, today: date, *, class_ids: Collection[int] | None = None, reason: str = ""
) -> AwayDay | None:
    """Who is away today, else on the latest day of the last week on which somebody was; None where nobody was.

    Of these classes, or of all that the person sees; for this reason, or for any.
    """
    wanted = [Absence.missed_on <= today, Absence.missed_on >= today - LOOKS_BACK]
    if class_ids is not None:
        wanted.append(
            Absence.student_id.in_(
                select(Enrollment.student_id).where(Enrollment.school_class_id.in_(class_ids), enrolled_on(today))
            )
        )
    if reason:
        wanted.append(Absence.reason == reason)
    latest = select(func.max(Absence.missed_on)).where(*wanted).scalar_subquery()
    query = (
        select(
            Absence.missed_on,
            SchoolClass.name.label("school_class"),
            Student.id,
            Student.surname,
            Student.given_name,
            Absence.reason,
            func.count().label("lessons"),
        )
        .join(Student, Student.id == Absence.student_id)
        .join(Enrollment, (Enrollment.student_id == Student.id) & enrolled_on(today))
        .join(SchoolClass, SchoolClass.id == Enrollment.school_class_id)
        .where(*wanted, Absence.missed_on == latest)
        .group_by(Absence.missed_on, SchoolClass.id, Student.id, Absence.reason)
        .order_by(
            SchoolClass.grade_level, SchoolClass.name, sorted_name(Student.surname), Student.given_name, Student.id
        )
    )
    if class_ids is not None:
        query = query.where(SchoolClass.id.in_(class_ids))
    rows = session.execute(query).all()
    return AwayDay(rows[0].missed_on, rows[0].missed_on == today, rows) if rows else None


def sorted_name(column: Any) -> Any:
    """As a class list is sorted: ё as е."""
    return func.replace(func.lower(column), "ё", "е")
