"""What stands around the lessons of a week: remarks, the own signature, the class teacher, and why a day is empty."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, select
from sqlalchemy.orm import Session

from app.models import (
    AcademicYear,
    BehaviourMark,
    Enrollment,
    Holiday,
    Lesson,
    Remark,
    School,
    SchoolClass,
    Staff,
    Student,
    Subject,
    TimetableEntry,
    WeekSignature,
)
from app.services.plain import plain

HOLIDAY, NO_CLASS, NO_YEAR, OUTSIDE_YEAR, NO_TIMETABLE, NO_LESSONS = (
    "holiday", "no_class", "no_year", "outside_year", "no_timetable", "no_lessons",
)  # fmt: skip


@dataclass
class Frame:
    """Remarks of the week and the reader's own signatures, newest first; the year and the class teacher."""

    remarks: list[Any] = field(default_factory=list)
    signatures: list[Any] = field(default_factory=list)
    year: tuple[date, date] | None = None  # the academic year of the week, or the nearest one
    class_teacher: str = ""
    behaviour: Any = None  # a row of behaviour, behaviour_comment: the class teacher's mark for the week


@dataclass(frozen=True)
class Reasons:
    """Why a day has no lessons."""

    rows: Sequence[Any]
    year: tuple[date, date] | None
    class_teacher: str

    def on(self, day: date) -> tuple[str, str]:
        """The reason, and the name of the holiday where it is one."""
        rests = [row.holiday for row in self.rows if row.holiday and row.rests_from <= day <= row.rests_until]
        years = {(row.year_from, row.year_until) for row in self.rows if row.year_from is not None}
        if rests:
            return HOLIDAY, rests[0]
        if not years:
            return NO_YEAR, ""
        if not any(first <= day <= last for first, last in years):
            return OUTSIDE_YEAR, ""
        if not any(_is_in_class(row, day, day) for row in self.rows):
            return NO_CLASS, ""
        return (NO_LESSONS if any(row.has_timetable for row in self.rows) else NO_TIMETABLE), ""


def frame_of(session: Session, child: Any, monday: date, reads: Callable[[str], bool]) -> Frame:
    """Remarks that the reader may see, and the reader's own signatures of the week. One statement."""
    given = {"child": child.id, "monday": monday, "sunday": monday + timedelta(days=6)}
    rows = plain(session.execute(_around_the_week(), given))
    remarks = {row.id: row for row in rows if row.id is not None and reads("remark")}
    signatures = {row.signature_id: row for row in rows if row.signature_id is not None}
    return Frame(list(remarks.values()), list(signatures.values()))


@cache
def _around_the_week() -> Select[*tuple[Any, ...]]:
    monday: Any = bindparam("monday")
    return (
        select(
            Remark.id, Remark.kind, Remark.text, Remark.given_on, Subject.name.label("subject"),
            WeekSignature.id.label("signature_id"), WeekSignature.content_hash, WeekSignature.parts,
            WeekSignature.means, WeekSignature.signed_at,
        )
        .select_from(Student)
        .outerjoin(
            Remark,
            and_(Remark.student_id == Student.id, Remark.given_on.between(monday, bindparam("sunday"))),
        )
        .outerjoin(Lesson, Lesson.id == Remark.lesson_id)
        .outerjoin(Subject, Subject.id == Lesson.subject_id)
        .outerjoin(WeekSignature, and_(WeekSignature.student_id == Student.id, WeekSignature.monday == monday))
        .where(Student.id == bindparam("child"))
        .order_by(Remark.given_on, Remark.id, WeekSignature.id.desc())
    )  # fmt: skip


def reasons_of(session: Session, child: Any, first: date, last: date) -> Reasons:
    """One statement for holidays, years, classes, their teachers, the timetable and the behaviour of the week."""
    given = {"child": child.id, "school": child.school_id, "first": first, "last": last}
    rows = plain(session.execute(_why_empty(), given))
    years = sorted({(row.year_from, row.year_until) for row in rows if row.year_from is not None})
    year = next((one for one in years if one[0] <= last and one[1] >= first), years[-1] if years else None)
    leads = [row for row in rows if row.surname and _is_in_class(row, first, last)]
    name = " ".join(filter(None, (leads[-1].surname, leads[-1].given_name, leads[-1].patronymic))) if leads else ""
    return Reasons(rows, year, name)


@cache
def _why_empty() -> Select[*tuple[Any, ...]]:
    given: Iterator[Any] = map(bindparam, ("child", "first", "last"))
    child, first, last = given
    timetable = select(TimetableEntry.id).where(TimetableEntry.school_id == bindparam("school")).exists()
    return (
        select(
            Holiday.name.label("holiday"), Holiday.begins_on.label("rests_from"), Holiday.ends_on.label("rests_until"),
            AcademicYear.begins_on.label("year_from"), AcademicYear.ends_on.label("year_until"),
            Enrollment.begins_on.label("class_from"), Enrollment.ends_on.label("class_until"),
            Staff.surname, Staff.given_name, Staff.patronymic, timetable.label("has_timetable"),
            BehaviourMark.value.label("behaviour"), BehaviourMark.comment.label("behaviour_comment"),
        )
        .select_from(School)
        .join(Student, and_(Student.school_id == School.id, Student.id == child))
        .outerjoin(
            Holiday,
            and_(Holiday.school_id == School.id, Holiday.begins_on <= last, Holiday.ends_on >= first),
        )
        .outerjoin(AcademicYear, AcademicYear.school_id == School.id)
        .outerjoin(Enrollment, Enrollment.student_id == Student.id)
        .outerjoin(SchoolClass, SchoolClass.id == Enrollment.school_class_id)
        .outerjoin(Staff, Staff.id == SchoolClass.class_teacher_id)
        .outerjoin(BehaviourMark, (BehaviourMark.student_id == Student.id) & (BehaviourMark.week == first))
    )  # fmt: skip


def _is_in_class(row: Any, first: date, last: date) -> bool:
    return row.class_from is not None and row.class_from <= last and (row.class_until or first) >= first
