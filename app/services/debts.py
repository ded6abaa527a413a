"""Debts: a mark that is entered for one settles it, the clock lets it expire or reminds of it, and lists tell it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.models import Debt, Enrollment, Lesson, Mark, SchoolClass, Staff, Student, Subject, Term, WorkType
from app.services.settings import rules_of
from app.services.start_away import enrolled_on, sorted_name
from app.session.engine import actor_of
from app.session.owners import related

BATCH = 200
MOST_SHOWN = 500
KEPT = "open_debts"  # in a session's info: lesson → its open debts


def settle(session: Session, mark: Mark) -> None:
    """Let the open debt that this new mark is entered for become it: of its work type, else one that stands alone."""
    if mark not in session.new or not actor_of(session).may("can_write", "debt"):
        return
    lesson, student = related(session, mark, "lesson"), related(session, mark, "student")
    if lesson is None or student is None:
        return
    found = [debt for debt in _open_in(session, lesson.id) if debt.student_id == student.id and debt.state == "open"]
    same_work = [debt for debt in found if debt.work_type_id == mark.work_type_id]
    alone = [debt for debt in found if debt.mark_id is None]
    debt = next(iter(same_work or alone), None)
    if debt is not None:
        rules = rules_of(session, {debt.school_id})[debt.school_id]
        debt.state, debt.became, debt.settled_on = "closed", mark, rules.today(datetime.now(UTC))


def know_open_debts(session: Session, lesson_id: int, debts: Sequence[Debt]) -> None:
    """Tell the session the open debts of a lesson, where a page has asked for them already."""
    session.info.setdefault(KEPT, {})[lesson_id] = debts


def _open_in(session: Session, lesson_id: int) -> Sequence[Debt]:
    """Asked once for a lesson: a whole column is often entered by one session."""
    kept: dict[int, Sequence[Debt]] = session.info.setdefault(KEPT, {})
    if lesson_id not in kept:
        query = select(Debt).where(Debt.lesson_id == lesson_id, Debt.state == "open").order_by(Debt.id)
        with session.no_autoflush:
            kept[lesson_id] = session.scalars(query).all()
    return kept[lesson_id]


def schools_with_debts(session: Session) -> Sequence[int]:
    """Schools in which a debt is open."""
    return session.scalars(select(Debt.school_id).where(Debt.state == "open").distinct()).all()


def expire(session: Session, school_id: int) -> int:
    """Let the school's debts expire whose day, or whose term, is over; how many, at most a batch."""
    today = rules_of(session, {school_id})[school_id].today(datetime.now(UTC))
    over = select(Lesson.id).join(Term, Term.id == Lesson.term_id).where((Term.ends_on < today) | Term.closed)
    found = _locked(session, school_id, (Debt.due < today) | Debt.lesson_id.in_(over))
    for debt in found:
        debt.state, debt.settled_on = "expired", today
    return len(found)


def remind(session: Session, school_id: int) -> int:
    """Tell families once of debts whose last day is near: the change makes the notice. How many, at most a batch."""
    rules = rules_of(session, {school_id})[school_id]
    ahead, now = rules.number("debt_reminder_days"), datetime.now(UTC)
    today = rules.today(now)
    if not ahead:
        return 0
    is_near = Debt.due.between(today, today + timedelta(days=ahead))
    found = _locked(session, school_id, is_near & Debt.reminded_at.is_(None))
    for debt in found:
        debt.reminded_at = now
    return len(found)


def _locked(session: Session, school_id: int, which: Any) -> Sequence[Debt]:
    query = select(Debt).where(Debt.school_id == school_id, Debt.state == "open", which).order_by(Debt.id).limit(BATCH)
    return session.scalars(query.with_for_update(skip_locked=True)).all()


@dataclass(frozen=True)
class Wanted:
    """Which open debts are listed; nothing chosen: all that the person sees."""

    class_ids: Collection[int] | None = None
    teacher_ids: Collection[int] | None = None
    student_ids: Collection[int] | None = None


def open_debts(session: Session, wanted: Wanted, today: date, most: int = MOST_SHOWN) -> Sequence[Any]:
    """Rows of open debts, class by class and student by student, the nearest first. One statement."""
    query: Select[*tuple[Any, ...]] = (
        select(
            Debt.id, Debt.task, Debt.due, Debt.student_id, Debt.lesson_id, Student.surname, Student.given_name,
            SchoolClass.id.label("class_id"), SchoolClass.name.label("school_class"), Lesson.date,
            Subject.name.label("subject"), WorkType.name.label("work_type"), Mark.value.label("mark"),
            Staff.surname.label("teacher"),
        )
        .join(Student, Student.id == Debt.student_id)
        .join(Lesson, Lesson.id == Debt.lesson_id)
        .join(SchoolClass, SchoolClass.id == Lesson.school_class_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .join(WorkType, WorkType.id == Debt.work_type_id)
        .outerjoin(Mark, Mark.id == Debt.mark_id)
        .outerjoin(Staff, Staff.id == Lesson.teacher_id)
        .where(Debt.state == "open", Debt.due >= today)
        .order_by(
            SchoolClass.grade_level, SchoolClass.name, sorted_name(Student.surname), Student.given_name, Debt.due,
            Debt.id,
        )
        .limit(most)
    )  # fmt: skip
    if wanted.class_ids is not None:
        members = select(Enrollment.student_id).where(
            Enrollment.school_class_id.in_(wanted.class_ids), enrolled_on(today)
        )
        query = query.where(Debt.student_id.in_(members))
    if wanted.teacher_ids is not None:
        query = query.where(Lesson.teacher_id.in_(wanted.teacher_ids))
    if wanted.student_ids is not None:
        query = query.where(Debt.student_id.in_(wanted.student_ids))
    return session.execute(query).all()
