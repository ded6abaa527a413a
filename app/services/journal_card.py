"""The story of one cell: its marks and absence with what they are for, who wrote them, and every change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import Absence, AbsenceNotice, Debt, Lesson, Mark, Student, WorkType
from app.services.history import Told, record_history
from app.session.engine import actor_of

VALUES = {"mark": "value", "absence": "reason"}
AROUND = {"around_the_rule": True}  # the chain is seen by nobody; that the person sees the cell is found first
CLOSES_WITHIN = timedelta(days=60)  # after its term a lesson is not written in any more

GONE = text("""
SELECT r.record, r.record_id FROM revision r
JOIN revision_value lesson ON lesson.revision_id = r.id AND lesson.field = 'lesson_id'
JOIN revision_value student ON student.revision_id = r.id AND student.field = 'student_id'
WHERE r.school_id = :school AND r.record IN ('mark', 'absence') AND r.action = 'deleted'
  AND r.happened_at BETWEEN :first AND :last
  AND lesson.old = to_jsonb(CAST(:lesson AS bigint)) AND student.old = to_jsonb(CAST(:student AS bigint))
ORDER BY r.id DESC LIMIT 10
""")


@dataclass(frozen=True)
class Step:
    """One change: from what to what, by whom and when."""

    old: str
    new: str
    who: str
    when: datetime


@dataclass(frozen=True)
class Entry:
    """One mark or absence of the cell."""

    record: str
    id: int
    value: str
    work_type: str
    weight: Decimal | None  # none: it counts in no average
    is_draft: bool
    comment: str
    steps: Sequence[Step]  # the newest first


@dataclass(frozen=True)
class Owed:
    """One dot of the cell: what is owed until when."""

    id: int
    work_type: str
    task: str
    due: date


@dataclass(frozen=True)
class Card:
    """What is told of a cell."""

    name: str
    entries: Sequence[Entry]
    owed: Sequence[Owed]
    notice: AbsenceNotice | None = None  # that the family has sent and nobody answered yet


def card_of(session: Session, lesson: Lesson, student_id: int) -> Card | None:
    """The cell's card, under the row rule; None where the person sees no such student."""
    student = session.scalars(select(Student).where(Student.id == student_id)).first()
    if student is None:
        return None
    marks = select(Mark, WorkType).join(WorkType, WorkType.id == Mark.work_type_id)
    here = (Mark.lesson_id == lesson.id) & (Mark.student_id == student_id)
    entries = [_mark(session, lesson, *row) for row in session.execute(marks.where(here).order_by(Mark.id))]
    absences = select(Absence).where(Absence.lesson_id == lesson.id, Absence.student_id == student_id)
    for absence in session.scalars(absences):
        steps = _steps(session, "absence", absence.id)
        entries.append(
            Entry("absence", absence.id, absence.reason, "", None, False, absence.comment or "", steps)
        )  # fmt: skip
    owed = select(Debt.id, WorkType.name, Debt.task, Debt.due).join(WorkType, WorkType.id == Debt.work_type_id)
    there = (Debt.lesson_id == lesson.id) & (Debt.student_id == student_id) & (Debt.state == "open")
    dots = [Owed(*row) for row in session.execute(owed.where(there).order_by(Debt.due, Debt.id))]
    gone = _gone(session, lesson, student_id)
    return Card(str(student), entries + gone, dots, _notice_sent(session, lesson, student_id))


def _notice_sent(session: Session, lesson: Lesson, student_id: int) -> AbsenceNotice | None:
    if not actor_of(session).may("can_read", "absence_notice"):
        return None
    query = select(AbsenceNotice).where(
        AbsenceNotice.student_id == student_id, AbsenceNotice.state == "sent",
        AbsenceNotice.begins_on <= lesson.date, AbsenceNotice.ends_on >= lesson.date,
    )  # fmt: skip
    return session.scalars(query.order_by(AbsenceNotice.id)).first()


def _gone(session: Session, lesson: Lesson, student_id: int) -> list[Entry]:
    """What stood in the cell and was taken away, as the chain has it."""
    span = {"first": lesson.date - timedelta(days=1), "last": lesson.term.ends_on + CLOSES_WITHIN}
    given = {"school": lesson.school_id, "lesson": lesson.id, "student": student_id, **span}
    rows = session.execute(GONE, given, execution_options=AROUND).all()
    return [Entry(row.record, 0, "", "", None, False, "", _steps(session, row.record, row.record_id)) for row in rows]


def _mark(session: Session, lesson: Lesson, mark: Mark, work_type: WorkType) -> Entry:
    weight = lesson.weight if lesson.weight is not None else work_type.weight
    return Entry(
        "mark",
        mark.id,
        mark.value,
        work_type.name,
        weight if lesson.counts else None,
        mark.published_at is None,
        mark.comment or "",
        _steps(session, "mark", mark.id),
    )


def _steps(session: Session, record: str, key: int) -> list[Step]:
    told = record_history(session, record, key)
    return [_step(one, VALUES[record]) for one in told if one.action == "added" or VALUES[record] in one.fields]


def _step(told: Told, field: str) -> Step:
    old, new = told.fields.get(field, (None, None))
    return Step(_words(old), _words(new), told.author, told.happened_at)


def _words(value: Any) -> str:
    return "" if value is None else str(value)
