"""Changing what stands in the journal: free for some days after the lesson, with a reason from then on."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.domain.settings import setting_in_force
from app.domain.slots import zone_of
from app.models import Term
from app.services.settings import number_and_day
from app.session.actors import Actor
from app.session.engine import actor_of

WINDOW = "free_edit_days"


def lesson_is_past(session: Session, record: Any) -> bool:
    """Whether the lesson of this mark or absence lies beyond the school's days of free correction."""
    lesson = record.lesson
    return lesson is not None and _is_past(session, lesson.school_id, lesson.date, lesson.term)


def term_is_past(session: Session, record: Any) -> bool:
    """The same for a term mark, counted from the term's last day."""
    term = record.term
    return term is not None and _is_past(session, term.school_id, term.ends_on, term)


def _is_past(session: Session, school_id: int, day: date, term: Term) -> bool:
    if term is not None and term.closed:
        return True
    now = datetime.now(UTC)
    if day >= now.date():  # nobody's calendar is a day ahead of it by more than the window allows
        return False
    known = actor_of(session).correcting.get(school_id)  # it came with the person's keys: saving costs nothing more
    if known is None:
        days, today = number_and_day(session, school_id, WINDOW, now)
    else:
        value: Any = setting_in_force(WINDOW, known[0] or None)
        days, today = int(value), now.astimezone(zone_of(known[1])).date()
    return today > day + timedelta(days=days)


def lessons_own_teacher(actor: Actor, record: Any) -> int | None:
    """The lesson's teacher, where another person writes in it: both names are kept."""
    lesson = record.lesson
    if lesson is None or lesson.teacher_id in actor.staff_ids:
        return None
    return int(lesson.teacher_id)
