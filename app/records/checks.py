"""Checks that several records share; each raises InvalidInput on the field that is wrong."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.phones import phone_number
from app.models import AcademicYear, Enrollment, Lesson, SubgroupMember, Term

AROUND = {"around_the_rule": True}  # a rule of the school holds also where the writer sees only a part of it


def in_order(first: str, last: str, key: str = "date.order") -> Callable[[Session, Any], None]:
    """A check that `last` does not lie before `first`; the error stands by `last`."""

    def check(session: Session, record: Any) -> None:
        begin, end = getattr(record, first), getattr(record, last)
        if begin is not None and end is not None and end < begin:
            raise InvalidInput(last, key)

    return check


def all_of(*checks: Callable[[Session, Any], None]) -> Callable[[Session, Any], None]:
    """The checks one after another."""

    def check(session: Session, record: Any) -> None:
        for one in checks:
            one(session, record)

    return check


def not_empty(*names: str) -> Callable[[Session, Any], None]:
    """A check that these texts say something."""

    def check(session: Session, record: Any) -> None:
        for name in names:
            if not (getattr(record, name) or "").strip():
                raise InvalidInput(name, "text.empty")

    return check


def write_phone(session: Session, record: Any) -> None:
    """Keep the record's phone as E.164."""
    if record.phone:
        record.phone = phone_number(record.phone)


def term_of(session: Session, school_id: int, day: date) -> Term:
    """The term that a day lies in. Raises InvalidInput on `date`, telling the year's first and last day."""
    query = select(Term).where(Term.school_id == school_id, Term.begins_on <= day, Term.ends_on >= day)
    term = session.scalars(query.order_by(Term.begins_on.desc(), Term.id), execution_options=AROUND).first()
    if term is not None:
        return term
    years = select(AcademicYear).where(AcademicYear.school_id == school_id).order_by(AcademicYear.begins_on.desc())
    for year in session.scalars(years, execution_options=AROUND):
        if year.begins_on <= day <= year.ends_on:
            raise InvalidInput("date", "date.no_term")
    newest = session.scalars(years, execution_options=AROUND).first()
    if newest is None:
        raise InvalidInput("date", "date.no_term")
    raise InvalidInput(
        "date", "date.outside_year", first=f"{newest.begins_on:%d.%m.%Y}", last=f"{newest.ends_on:%d.%m.%Y}"
    )


def of_the_lesson(session: Session, record: Any) -> None:
    """The lesson was not cancelled, and the student is in its class (and subgroup) on its day."""
    lesson: Lesson = record.lesson
    if lesson.state == "cancelled":
        raise InvalidInput("lesson", "lesson.cancelled")
    enrolled = select(Enrollment.id).where(
        Enrollment.student_id == record.student_id,
        Enrollment.school_class_id == lesson.school_class_id,
        Enrollment.begins_on <= lesson.date,
        or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= lesson.date),
    )
    if session.scalars(enrolled.limit(1), execution_options=AROUND).first() is None:
        raise InvalidInput("student", "student.not_in_class")
    if lesson.subgroup_id is None:
        return
    member = select(SubgroupMember.id).where(
        SubgroupMember.student_id == record.student_id, SubgroupMember.subgroup_id == lesson.subgroup_id
    )
    if session.scalars(member.limit(1), execution_options=AROUND).first() is None:
        raise InvalidInput("student", "student.not_in_subgroup")


def subgroup_of_class(session: Session, record: Any) -> None:
    """The subgroup, where one is named, is a part of the class."""
    if record.subgroup is not None and record.subgroup.school_class_id != record.school_class_id:
        raise InvalidInput("subgroup", "subgroup.other_class")
