"""A closed term takes nothing, except where the head has opened it for a time."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from app.domain.errors import InvalidInput
from app.models import Term, TermUnlock
from app.session.actors import Actor

KEPT = "unlocks"  # in a session's info: a list asks for each of its rows


def is_open(actor: Actor, term: Term | None, school_class_ids: set[int], subject_id: int | None) -> bool:
    """Whether the term takes entries of this person in one of these classes and the subject now."""
    if term is None or not term.closed:
        return term is not None
    now = datetime.now(UTC)
    return any(
        one.opens_at <= now < one.closes_at
        and (one.staff_id is None or one.staff_id in actor.staff_ids)
        and (one.school_class_id is None or one.school_class_id in school_class_ids)
        and (one.subject_id is None or one.subject_id == subject_id)
        for one in _unlocks_of(term)
    )


def _unlocks_of(term: Term) -> list[TermUnlock]:
    session = object_session(term)
    if session is None:
        return []
    kept = session.info.setdefault(KEPT, {})
    if term.id not in kept:
        query = select(TermUnlock).where(TermUnlock.term_id == term.id, TermUnlock.closes_at > datetime.now(UTC))
        with session.no_autoflush:
            kept[term.id] = list(session.scalars(query))
    found: list[TermUnlock] = kept[term.id]
    return found


def forget_unlocks(session: Session) -> None:
    """Ask anew from here on: an unlock was made or ended."""
    session.info.pop(KEPT, None)


def is_lesson_open(actor: Actor, lesson: Any) -> bool:
    """The same for what is written in a lesson."""
    return is_open(actor, lesson.term, {lesson.school_class_id}, lesson.subject_id)


def check_unlock(session: Session, unlock: TermUnlock) -> None:
    """A reason in words, for a term that is closed, and for no longer than a month."""
    if not unlock.reason.strip():
        raise InvalidInput("reason", "text.empty")
    if (unlock.closes_at - unlock.opens_at).days > 31:
        raise InvalidInput("closes_at", "unlock.too_long", days=31)
    if unlock in session.new and not unlock.term.closed:
        raise InvalidInput("term", "unlock.not_closed")
