"""Checks that several records share; each raises InvalidInput on the field that is wrong."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.phones import phone_number
from app.models import AcademicYear, Enrollment, Lesson, SubgroupMember, Term
from app.services.holidays import holiday_on

ASKED_ONCE = "asked_once"  # in a session's info
Answer = TypeVar("Answer")
AROUND = {"around_the_rule": True}  # a rule of the school holds also where the writer sees only a part of it


def once(session: Session, key: tuple[Any, ...], ask: Callable[[], Answer]) -> Answer:
    """What `ask` answers; a session that imports asks it once for each key, for its rows change nothing of it."""
    kept = session.info.get(ASKED_ONCE)
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    return kept[key]  # type: ignore[no-any-return]


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
    term = once(session, ("term", school_id, day), lambda: _term_of(session, school_id, day))
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


def _term_of(session: Session, school_id: int, day: date) -> Term | None:
    query = select(Term).where(Term.school_id == school_id, Term.begins_on <= day, Term.ends_on >= day)
    return session.scalars(query.order_by(Term.begins_on.desc(), Term.id), execution_options=AROUND).first()


def of_the_lesson(session: Session, record: Any) -> None:
    """The lesson was not cancelled, its day is no holiday, the student is in its class (and subgroup) on that day."""
    lesson: Lesson = record.lesson
    if lesson.state == "cancelled":
        raise InvalidInput("lesson", "lesson.cancelled")
    holiday = once(session, ("holiday", lesson.school_id, lesson.date), lambda: _holiday(session, lesson))
    if holiday is not None:
        raise InvalidInput("lesson", "lesson.holiday", name=holiday)
    class_key = ("class", lesson.school_class_id, lesson.date)
    if not _is_among(session, class_key, lambda: students_of_class(lesson), record.student_id):
        raise InvalidInput("student", "student.not_in_class")
    if lesson.subgroup_id is None:
        return
    group_key = ("subgroup", lesson.subgroup_id)
    if not _is_among(session, group_key, lambda: students_of_subgroup(lesson.subgroup_id), record.student_id):
        raise InvalidInput("student", "student.not_in_subgroup")


def _holiday(session: Session, lesson: Lesson) -> str | None:
    return session.scalars(holiday_on(lesson.school_id, lesson.date), execution_options=AROUND).first()


def students_of_class(lesson: Lesson) -> Select[int]:
    """Those who are in the lesson's class on its day."""
    return select(Enrollment.student_id).where(
        Enrollment.school_class_id == lesson.school_class_id,
        Enrollment.begins_on <= lesson.date,
        or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= lesson.date),
    )


def students_of_subgroup(subgroup_id: int | None) -> Select[int]:
    """Its members."""
    return select(SubgroupMember.student_id).where(SubgroupMember.subgroup_id == subgroup_id)


def _is_among(session: Session, key: tuple[Any, ...], students: Callable[[], Select[int]], student_id: int) -> bool:
    """One student is asked for by name; many, when a session imports, are asked for together."""
    if ASKED_ONCE in session.info:
        all_of_them = once(session, key, lambda: frozenset(session.scalars(students(), execution_options=AROUND).all()))
        return student_id in all_of_them
    query = students()
    one = query.where(query.selected_columns.student_id == student_id).limit(1)
    return session.scalars(one, execution_options=AROUND).first() is not None


def subgroup_of_class(session: Session, record: Any) -> None:
    """The subgroup, where one is named, is a part of the class."""
    if record.subgroup is not None and record.subgroup.school_class_id != record.school_class_id:
        raise InvalidInput("subgroup", "subgroup.other_class")
