"""One child's week, as a family reads it: lessons with topic, homework, marks and absences, and why a day is empty."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.models import (
    Absence,
    AcademicYear,
    Enrollment,
    Holiday,
    Homework,
    Lesson,
    Mark,
    Remark,
    School,
    Staff,
    Student,
    SubgroupMember,
    Subject,
    TimetableEntry,
    WorkType,
)
from app.services.start_lessons import lesson_lines

SCHOOL_DAYS = 6
HOLIDAY, NO_CLASS, NO_YEAR, OUTSIDE_YEAR, NO_TIMETABLE, NO_LESSONS = (
    "holiday", "no_class", "no_year", "outside_year", "no_timetable", "no_lessons",
)  # fmt: skip


@dataclass
class DiaryLesson:
    """A lesson with what concerns the child in it."""

    row: Any
    marks: list[Any] = field(default_factory=list)  # rows of mark_id, value, comment, work_type
    absence: str = ""
    absence_comment: str = ""
    given: list[Any] = field(default_factory=list)  # homework of this lesson
    due: list[Any] = field(default_factory=list)  # homework for this lesson, given before

    @property
    def teacher(self) -> str:
        row = self.row
        initials = "".join(f" {name[:1]}." for name in (row.teacher_name, row.teacher_patronymic) if name)
        return f"{row.teacher_surname}{initials}"


@dataclass
class DiaryDay:
    """One day of the week; `why` says why it has no lesson."""

    date: date
    lessons: list[DiaryLesson] = field(default_factory=list)
    remarks: list[Any] = field(default_factory=list)
    why: str = ""
    holiday: str = ""


@dataclass
class DiaryWeek:
    """Monday to Saturday, and Sunday where there is something on it."""

    monday: date
    days: list[DiaryDay]
    year: tuple[date, date] | None = None  # the academic year of the week, or the nearest one

    @property
    def is_empty(self) -> bool:
        return not any(day.lessons or day.remarks for day in self.days)

    @property
    def reasons(self) -> list[DiaryDay]:
        """Of an empty week: the days on which the reason changes."""
        found: list[DiaryDay] = []
        for day in self.days:
            if not found or (day.why, day.holiday) != (found[-1].why, found[-1].holiday):
                found.append(day)
        return found


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def diary_week(session: Session, child: Any, monday: date, reads: Callable[[str], bool]) -> DiaryWeek:
    """The week of the child from that Monday. `reads(record)`: whether the person may read it. Four statements."""
    sunday = monday + timedelta(days=6)
    days = {monday + timedelta(days=number): DiaryDay(monday + timedelta(days=number)) for number in range(7)}
    by_id = _lessons(session, child, monday, sunday, reads) if reads("lesson") else {}
    for lesson in by_id.values():
        days[lesson.row.date].lessons.append(lesson)
    if by_id and reads("homework"):
        _add_homework(session, list(by_id.values()), monday, sunday)
    if reads("remark"):
        for remark in _remarks(session, child, monday, sunday):
            days[remark.given_on].remarks.append(remark)
    week = DiaryWeek(monday, list(days.values()))
    _say_why(session, child, week)
    if not (week.days[-1].lessons or week.days[-1].remarks):
        week.days.pop()
    return week


def _lessons(
    session: Session, child: Any, monday: date, sunday: date, reads: Callable[[str], bool]
) -> dict[int, DiaryLesson]:
    """Of the classes and subgroups in which the child was on each day, with its own marks and absences."""
    in_group = select(SubgroupMember.id).where(
        SubgroupMember.subgroup_id == Lesson.subgroup_id, SubgroupMember.student_id == child.id
    )
    is_published = Mark.published_at <= datetime.now(UTC)
    query = (
        lesson_lines(monday, sunday)
        .add_columns(
            Staff.surname.label("teacher_surname"),
            Staff.given_name.label("teacher_name"),
            Staff.patronymic.label("teacher_patronymic"),
            Lesson.subject_id,
            Mark.id.label("mark_id"),
            Mark.value,
            Mark.comment,
            WorkType.name.label("work_type"),
            Absence.reason,
            Absence.comment.label("absence_comment"),
        )
        .join(
            Enrollment,
            and_(
                Enrollment.student_id == child.id,
                Enrollment.school_class_id == Lesson.school_class_id,
                Enrollment.begins_on <= Lesson.date,
                or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= Lesson.date),
            ),
        )
        .join(Staff, Staff.id == Lesson.teacher_id)
        .outerjoin(Mark, (Mark.lesson_id == Lesson.id) & (Mark.student_id == child.id) & is_published)
        .outerjoin(WorkType, WorkType.id == Mark.work_type_id)
        .outerjoin(Absence, (Absence.lesson_id == Lesson.id) & (Absence.student_id == child.id))
        .where(or_(Lesson.subgroup_id.is_(None), in_group.exists()))
        .order_by(Mark.id)
    )
    found: dict[int, DiaryLesson] = {}
    for row in session.execute(query):
        lesson = found.setdefault(row.id, DiaryLesson(row))
        if row.mark_id is not None and reads("mark") and all(row.mark_id != one.mark_id for one in lesson.marks):
            lesson.marks.append(row)
        if row.reason is not None and reads("absence"):
            lesson.absence, lesson.absence_comment = row.reason, row.absence_comment or ""
    return found


def _add_homework(session: Session, lessons: Sequence[DiaryLesson], monday: date, sunday: date) -> None:
    """What these lessons gave, and what is due in them: by its day and subject, where the same class gave it."""
    classes = {lesson.row.school_class_id for lesson in lessons}
    query = (
        select(
            Homework.id, Homework.text, Homework.mandatory, Homework.due, Homework.lesson_id,
            Lesson.subject_id, Lesson.subgroup_id, Lesson.school_class_id, Lesson.date,
        )
        .join(Lesson, Lesson.id == Homework.lesson_id)
        .where(Homework.school_class_id.in_(classes))
        .where(or_(Lesson.date.between(monday, sunday), Homework.due.between(monday, sunday)))
        .order_by(Homework.id)
    )  # fmt: skip
    works = session.execute(query).all()
    for lesson in lessons:
        row = lesson.row
        lesson.given = [work for work in works if work.lesson_id == row.id]
        lesson.due = [
            work for work in works
            if work.due == row.date and work.lesson_id != row.id
            and (work.subject_id, work.school_class_id, work.subgroup_id)
            == (row.subject_id, row.school_class_id, row.subgroup_id)
        ]  # fmt: skip


def _remarks(session: Session, child: Any, monday: date, sunday: date) -> Sequence[Any]:
    """Remarks and praise of the week that the reader may see."""
    query = (
        select(Remark.id, Remark.kind, Remark.text, Remark.given_on, Subject.name.label("subject"))
        .outerjoin(Lesson, Lesson.id == Remark.lesson_id)
        .outerjoin(Subject, Subject.id == Lesson.subject_id)
        .where(Remark.student_id == child.id, Remark.given_on.between(monday, sunday))
        .order_by(Remark.given_on, Remark.id)
    )
    return session.execute(query).all()


def _say_why(session: Session, child: Any, week: DiaryWeek) -> None:
    """Why days are empty: one statement for holidays, years, classes and the timetable."""
    first, last = week.days[0].date, week.days[-1].date
    timetable = select(TimetableEntry.id).where(TimetableEntry.school_id == child.school_id).exists()
    query = (
        select(
            Holiday.name.label("holiday"), Holiday.begins_on.label("rests_from"), Holiday.ends_on.label("rests_until"),
            AcademicYear.begins_on.label("year_from"), AcademicYear.ends_on.label("year_until"),
            Enrollment.begins_on.label("class_from"), Enrollment.ends_on.label("class_until"),
            timetable.label("has_timetable"),
        )
        .select_from(School)
        .join(Student, and_(Student.school_id == School.id, Student.id == child.id))
        .outerjoin(
            Holiday,
            and_(Holiday.school_id == School.id, Holiday.begins_on <= last, Holiday.ends_on >= first),
        )
        .outerjoin(AcademicYear, AcademicYear.school_id == School.id)
        .outerjoin(Enrollment, Enrollment.student_id == Student.id)
    )  # fmt: skip
    rows = session.execute(query).all()
    years = sorted({(row.year_from, row.year_until) for row in rows if row.year_from is not None})
    week.year = next((year for year in years if year[0] <= last and year[1] >= first), years[-1] if years else None)
    for day in week.days:
        if not day.lessons:
            _say(day, rows, years)


def _say(day: DiaryDay, rows: Sequence[Any], years: Sequence[tuple[date, date]]) -> None:
    rests = next((row.holiday for row in rows if row.holiday and row.rests_from <= day.date <= row.rests_until), None)
    in_class = any(
        row.class_from is not None and row.class_from <= day.date and (row.class_until or day.date) >= day.date
        for row in rows
    )
    if rests is not None:
        day.why, day.holiday = HOLIDAY, rests
    elif not years:
        day.why = NO_YEAR
    elif not any(year[0] <= day.date <= year[1] for year in years):
        day.why = OUTSIDE_YEAR
    elif not in_class:
        day.why = NO_CLASS
    elif not any(row.has_timetable for row in rows):
        day.why = NO_TIMETABLE
    else:
        day.why = NO_LESSONS
