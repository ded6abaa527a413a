"""One child's week, as a family reads it: lessons with topic, homework, marks and absences."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, and_, any_, bindparam, or_, select
from sqlalchemy.orm import Session

from app.domain.signatures import digest
from app.models import (
    Absence,
    Enrollment,
    Homework,
    HomeworkDone,
    Lesson,
    Mark,
    Staff,
    SubgroupMember,
    WorkType,
)
from app.services.diary_frame import Frame, frame_of, reasons_of
from app.services.homework import files_told, is_for
from app.services.plain import plain
from app.services.proposals import WEIGHT
from app.services.start_lessons import LOOKS_AHEAD, all_lesson_lines

Reads = Callable[[str], bool]


@dataclass
class DiaryLesson:
    """A lesson with what concerns the child in it."""

    row: Any
    marks: list[Any] = field(default_factory=list)  # rows of mark_id, value, comment, work_type, weight
    absence: str = ""
    absence_comment: str = ""
    is_announced: bool = False  # the family told of the absence itself
    given: list[Any] = field(default_factory=list)  # homework of this lesson
    due: list[Any] = field(default_factory=list)  # homework for this lesson, given before

    @property
    def teacher(self) -> str:
        return short_name(self.row.teacher_surname, self.row.teacher_name, self.row.teacher_patronymic)


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
    frame: Frame = field(default_factory=Frame)

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

    @property
    def pages(self) -> tuple[list[DiaryDay], list[DiaryDay]]:
        """The two pages of the paper diary."""
        return self.days[:3], self.days[3:]

    @property
    def lessons(self) -> dict[int, DiaryLesson]:
        return {lesson.row.id: lesson for day in self.days for lesson in day.lessons}

    @property
    def parts(self) -> dict[str, str]:
        """What a guardian signs: each own entry of the child with a digest of what it says."""
        found: dict[str, str] = {}
        for key, lesson in self.lessons.items():
            for mark in lesson.marks:
                found[f"mark:{mark.mark_id}:{key}"] = digest(mark.value, mark.work_type_id, mark.comment or "")
            if lesson.absence:
                found[f"absence:{key}:{key}"] = digest(lesson.absence, lesson.absence_comment)
        for day in self.days:
            for remark in day.remarks:
                found[f"remark:{remark.id}:"] = digest(remark.kind, remark.text)
        if self.frame.behaviour is not None:
            row = self.frame.behaviour
            found["behaviour::"] = digest(row.behaviour, row.behaviour_comment or "")
        return found


def short_name(surname: str, given_name: str, patronymic: str) -> str:
    """Surname with initials: Иванова О. П."""
    return f"{surname}{''.join(f' {name[:1]}.' for name in (given_name, patronymic) if name)}"


def diary_week(session: Session, child: Any, monday: date, reads: Reads) -> DiaryWeek:
    """The week of the child from that Monday. `reads(record)`: whether the person may read it. Four statements."""
    sunday = monday + timedelta(days=6)
    days = {monday + timedelta(days=number): DiaryDay(monday + timedelta(days=number)) for number in range(7)}
    by_id = _lessons(session, child, monday, sunday, reads) if reads("lesson") else {}
    for lesson in by_id.values():
        days[lesson.row.date].lessons.append(lesson)
    if by_id and reads("homework"):
        _add_homework(session, child, list(by_id.values()), monday, sunday)
    week = DiaryWeek(monday, list(days.values()), frame_of(session, child, monday, reads))
    for remark in week.frame.remarks:
        days[remark.given_on].remarks.append(remark)
    reasons = reasons_of(session, child, monday, sunday)
    week.frame.year, week.frame.class_teacher = reasons.year, reasons.class_teacher
    if reads("behaviour_mark"):
        week.frame.behaviour = next((row for row in reasons.rows if row.behaviour), None)
    for day in week.days:
        if not day.lessons:
            day.why, day.holiday = reasons.on(day.date)
    if not (week.days[-1].lessons or week.days[-1].remarks):
        week.days.pop()
    return week


def next_day(session: Session, child: Any, today: date, reads: Reads) -> DiaryDay | None:
    """The next day after today that has lessons, with what is due on it; None where none is planned. Two statements."""
    if not reads("lesson"):
        return None
    found = _lessons(session, child, today + timedelta(days=1), today + LOOKS_AHEAD, reads)
    first = min((one.row.date for one in found.values() if one.row.state != "cancelled"), default=None)
    if first is None:
        return None
    lessons = [lesson for lesson in found.values() if lesson.row.date == first]
    if reads("homework"):
        _add_homework(session, child, lessons, first, first)
    return DiaryDay(first, lessons)


def _lessons(session: Session, child: Any, first: date, last: date, reads: Reads) -> dict[int, DiaryLesson]:
    """Of the classes and subgroups in which the child was on each day, with its own marks and absences."""
    given = {"child": child.id, "first": first, "last": last, "now": datetime.now(UTC)}
    found: dict[int, DiaryLesson] = {}
    for row in plain(session.execute(_lessons_of_child(), given)):
        lesson = found.setdefault(row.id, DiaryLesson(row))
        if row.mark_id is not None and reads("mark") and all(row.mark_id != one.mark_id for one in lesson.marks):
            lesson.marks.append(row)
        if row.reason is not None and reads("absence"):
            lesson.absence, lesson.absence_comment = row.reason, row.absence_comment or ""
            lesson.is_announced = row.absence_notice_id is not None
    return found


@cache
def _lessons_of_child() -> Select[*tuple[Any, ...]]:
    child: Any = bindparam("child")
    in_group = select(SubgroupMember.id).where(
        SubgroupMember.subgroup_id == Lesson.subgroup_id, SubgroupMember.student_id == child
    )
    is_published = Mark.published_at <= bindparam("now")
    return (
        all_lesson_lines()
        .add_columns(
            Staff.surname.label("teacher_surname"), Staff.given_name.label("teacher_name"),
            Staff.patronymic.label("teacher_patronymic"), Lesson.subject_id, Mark.id.label("mark_id"), Mark.value,
            Mark.comment, Mark.work_type_id, WorkType.name.label("work_type"), WEIGHT.label("weight"), Absence.reason,
            Absence.comment.label("absence_comment"), Absence.absence_notice_id,
        )
        .join(
            Enrollment,
            and_(
                Enrollment.student_id == child,
                Enrollment.school_class_id == Lesson.school_class_id,
                Enrollment.begins_on <= Lesson.date,
                or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= Lesson.date),
            ),
        )
        .join(Staff, Staff.id == Lesson.teacher_id)
        .outerjoin(Mark, (Mark.lesson_id == Lesson.id) & (Mark.student_id == child) & is_published)
        .outerjoin(WorkType, WorkType.id == Mark.work_type_id)
        .outerjoin(Absence, (Absence.lesson_id == Lesson.id) & (Absence.student_id == child))
        .where(Lesson.date >= bindparam("first"), Lesson.date <= bindparam("last"))
        .where(or_(Lesson.subgroup_id.is_(None), in_group.exists()))
        .order_by(Mark.id)
    )  # fmt: skip


def _add_homework(session: Session, child: Any, lessons: Sequence[DiaryLesson], first: date, last: date) -> None:
    """What these lessons gave, and what is due in them: by its day and subject, where the same class gave it."""
    classes = sorted({lesson.row.school_class_id for lesson in lessons})
    given = {"child": child.id, "classes": classes, "first": first, "last": last}
    groups = child.subgroup_ids | {lesson.row.subgroup_id for lesson in lessons}  # as they were in the lessons shown
    found = plain(session.execute(_homework_of_classes(), given))
    works = [work for work in found if is_for(work, child.id, groups)]
    for lesson in lessons:
        row = lesson.row
        lesson.due = [
            work for work in works
            if work.due == row.date and work.lesson_id != row.id
            and (work.subject_id, work.school_class_id) == (row.subject_id, row.school_class_id)
            and (work.taught_group is None or row.subgroup_id in (None, work.taught_group))
        ]  # fmt: skip
    shown = {work.id for lesson in lessons for work in lesson.due}  # on its day, and not once more where it was given
    for lesson in lessons:
        lesson.given = [work for work in works if work.lesson_id == lesson.row.id and work.id not in shown]


@cache
def _homework_of_classes() -> Select[*tuple[Any, ...]]:
    given: Iterator[Any] = map(bindparam, ("child", "first", "last"))
    child, first, last = given
    return (
        select(
            Homework.id, Homework.text, Homework.bring, Homework.mandatory, Homework.independent, Homework.minutes,
            Homework.due, Homework.lesson_id, Homework.subgroup_id, Homework.students, Homework.revised_at,
            Lesson.subject_id, Lesson.subgroup_id.label("taught_group"), Lesson.school_class_id, Lesson.date,
            files_told(), HomeworkDone.id.is_not(None).label("done"),
        )
        .join(Lesson, Lesson.id == Homework.lesson_id)
        .outerjoin(HomeworkDone, (HomeworkDone.homework_id == Homework.id) & (HomeworkDone.student_id == child))
        .where(Homework.school_class_id == any_(bindparam("classes", type_=ARRAY(BigInteger))))
        .where(or_(Lesson.date.between(first, last), Homework.due.between(first, last)))
        .order_by(Homework.id)
    )  # fmt: skip
