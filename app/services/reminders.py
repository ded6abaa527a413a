"""What the clock reminds families of: a week to sign, the lessons of the next day, planned control works, meetings.

Debts that are due are reminded of by their own records (app/services/debts.py). A reminder stands in the diary's news;
by SMS it goes to who chose that in the subscription.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import any_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from app.models import (
    Guardian,
    Guardianship,
    Homework,
    Lesson,
    Reminder,
    SmsSubscription,
    Student,
    SubgroupMember,
    Subject,
    WeekSignature,
    WorkType,
)
from app.models.people import Enrollment
from app.services.invitations_to_meetings import invite
from app.services.settings import rules_of
from app.services.signatures import parts_of_weeks
from app.services.start_away import enrolled_on

GivenIn = aliased(Lesson)
BATCH = 500
EVENING = time(17, 0)  # of the day before, in the school's zone
TESTS_AHEAD = timedelta(days=3)
LONGEST = 500


def remind(session: Session, school_id: int, now: datetime) -> int:
    """All reminders of this moment that were not given yet; how many. Running it again gives none."""
    rules = rules_of(session, {school_id})[school_id]
    here = now.astimezone(rules.zone)
    made = 0
    if rules.values["remind_to_sign"] and here.isoweekday() == 1:
        made += _to_sign(session, school_id, here.date() - timedelta(days=7))
    if rules.values["remind_of_lessons"] and here.time() >= EVENING:
        made += _of_lessons(session, school_id, here.date() + timedelta(days=1))
        made += _of_tests(session, school_id, here.date() + timedelta(days=1))
    return made + invite(session, school_id, now, rules.zone)


def _to_sign(session: Session, school_id: int, monday: date) -> int:
    """Students in whose last week something stands that no guardian has signed, though one has an account or SMS."""
    has_reader = exists().where(
        Guardianship.student_id == Student.id, Guardianship.guardian_id == Guardian.id, Guardian.user_id.is_not(None),
        Guardianship.barred.is_(False),
    )  # fmt: skip
    has_phone = exists().where(SmsSubscription.student_id == Student.id, SmsSubscription.status == "active")
    is_signed = exists().where(WeekSignature.student_id == Student.id, WeekSignature.monday == monday)
    query = select(Student.id).where(
        Student.school_id == school_id, has_reader | has_phone, ~is_signed, ~_is_reminded("sign", monday)
    )
    students = session.scalars(query.order_by(Student.id)).all()
    parts = parts_of_weeks(session, students, monday, monday + timedelta(days=6)) if students else {}
    return _add(session, "sign", monday, {one: "" for one in students if parts.get((one, monday))})


def _of_lessons(session: Session, school_id: int, day: date) -> int:
    """The lessons of the next day in their order, with a star where homework is due."""
    due = exists().where(
        Homework.school_class_id == Lesson.school_class_id,
        Homework.due == day,
        Homework.lesson_id == GivenIn.id,
        GivenIn.subject_id == Lesson.subject_id,
        or_(Homework.students.is_(None), Enrollment.student_id == any_(Homework.students)),
    )
    rows = _of_day(session, school_id, day, "day", due.label("due"))
    texts: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        texts[row.student_id].append(f"{row.subject}{'*' if row.due else ''}")
    return _add(session, "day", day, {student: ", ".join(dict.fromkeys(said)) for student, said in texts.items()})


def _of_tests(session: Session, school_id: int, first: date) -> int:
    """Control works of the coming days, each day once."""
    made = 0
    for number in range(TESTS_AHEAD.days):
        day = first + timedelta(days=number)
        rows = _of_day(session, school_id, day, "test", WorkType.name.label("work"), only_tests=True)
        texts: dict[int, list[str]] = defaultdict(list)
        for row in rows:
            texts[row.student_id].append(f"{row.subject} ({row.work})")
        made += _add(session, "test", day, {student: ", ".join(said) for student, said in texts.items()})
    return made


def _of_day(
    session: Session, school_id: int, day: date, kind: str, more: Any, *, only_tests: bool = False
) -> Sequence[Any]:
    in_group = exists().where(
        SubgroupMember.subgroup_id == Lesson.subgroup_id, SubgroupMember.student_id == Enrollment.student_id
    )
    query = (
        select(Enrollment.student_id, Subject.short_name.label("subject"), more)
        .join(Lesson, Lesson.school_class_id == Enrollment.school_class_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .outerjoin(WorkType, WorkType.id == Lesson.work_type_id)
        .join(Student, Student.id == Enrollment.student_id)
        .where(Lesson.school_id == school_id, Lesson.date == day, Lesson.state != "cancelled", enrolled_on(day))
        .where(or_(Lesson.subgroup_id.is_(None), in_group), ~_is_reminded(kind, day))
        .order_by(Enrollment.student_id, Lesson.period, Lesson.id)
    )
    return session.execute(query.where(WorkType.kind == "test") if only_tests else query).all()


def _is_reminded(kind: str, day: date) -> Any:
    return exists().where(Reminder.student_id == Student.id, Reminder.kind == kind, Reminder.about_on == day)


def _add(session: Session, kind: str, day: date, texts: Mapping[int, str]) -> int:
    for batch in _batches(sorted(texts)):
        session.add_all(
            Reminder(student_id=student, kind=kind, about_on=day, text=texts[student][:LONGEST]) for student in batch
        )
        session.flush()
    return len(texts)


def _batches(students: Sequence[int]) -> Iterable[Collection[int]]:
    return (students[at : at + BATCH] for at in range(0, len(students), BATCH))
