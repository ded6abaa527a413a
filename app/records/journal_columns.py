"""The column menu of the journal: what a lesson's marks are for, how much they weigh, and when families see them."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.models import Lesson, Mark, WorkType
from app.records.journal_rules import writes_lesson
from app.session.engine import actor_of

LIGHTEST, HEAVIEST = Decimal("0.01"), Decimal(10)


def may_set_column(session: Session, lesson: Lesson) -> bool:
    """Whether the person may use the lesson's column menu."""
    actor = actor_of(session)
    return actor.may("can_write", "lesson") and writes_lesson(actor, lesson)


def work_types_of(session: Session, school_id: int) -> list[WorkType]:
    """What marks may be for, as the school orders it."""
    query = select(WorkType).where(WorkType.school_id == school_id)
    return list(session.scalars(query.order_by(WorkType.is_default.desc(), WorkType.name)))


def set_column(session: Session, lesson: Lesson, typed: Mapping[str, str], zone: tzinfo) -> None:
    """Take the form of the menu. Marks that were for what the column was for follow it. Raises InvalidInput by field,
    Conflict where the column was changed since the form was shown; the caller commits."""
    if not may_set_column(session, lesson):
        raise NotAllowed("not_allowed.row")
    if typed.get("version") != str(lesson.version):
        raise Conflict("conflict.changed")
    known = {str(one.id): one for one in work_types_of(session, lesson.school_id)}
    chosen = typed.get("work_type", "")
    if chosen and chosen not in known:
        raise InvalidInput("work_type", "relation.unknown")
    _move_marks(session, lesson, known.get(chosen))
    lesson.work_type = known.get(chosen)
    lesson.work_type_id = known[chosen].id if chosen else None
    lesson.weight = _weight(typed.get("weight", ""))
    lesson.counts = "counts" in typed
    lesson.draft = "draft" in typed and "publish" not in typed
    lesson.publish_at = _moment(typed.get("publish_at", ""), zone) if lesson.draft else None
    session.flush()


def _move_marks(session: Session, lesson: Lesson, to: WorkType | None) -> None:
    if to is None or lesson.work_type_id is None or to.id == lesson.work_type_id:
        return
    theirs = select(Mark).where(Mark.lesson_id == lesson.id, Mark.work_type_id == lesson.work_type_id)
    for mark in session.scalars(theirs):
        mark.work_type, mark.work_type_id = to, to.id


def _weight(written: str) -> Decimal | None:
    text = written.strip().replace(",", ".")
    if not text:
        return None
    try:
        weight = Decimal(text)
    except InvalidOperation:
        weight = Decimal(0)
    if not weight.is_finite() or not LIGHTEST <= weight <= HEAVIEST or weight != round(weight, 2):
        raise InvalidInput("weight", "number", lowest="0,01", highest=HEAVIEST)
    return weight


def _moment(written: str, zone: tzinfo) -> datetime | None:
    if not written.strip():
        return None
    try:
        return datetime.fromisoformat(written.strip()).replace(tzinfo=zone)
    except ValueError:
        raise InvalidInput("publish_at", "wrong_type", allowed="2026-11-26T14:00") from None
