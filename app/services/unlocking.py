"""The head opens a closed term for a time: who, for whom, why, until when; each is a link of the chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.errors import InvalidInput, NotFound
from app.models import AcademicYear, SchoolClass, Staff, Subject, Term, TermUnlock
from app.session.engine import actor_of

MAY_UNLOCK = ("can_write", "term_unlock")
CHOSEN = {"term": Term, "staff": Staff, "school_class": SchoolClass, "subject": Subject}
LOOKS_BACK = timedelta(days=60)


@dataclass(frozen=True)
class Choices:
    """What may be chosen: closed terms of this and the last years, staff, classes, subjects; key → words."""

    term: Sequence[tuple[int, str]]
    staff: Sequence[tuple[int, str]]
    school_class: Sequence[tuple[int, str]]
    subject: Sequence[tuple[int, str]]


def choices(session: Session, school_ids: frozenset[int]) -> Choices:
    """Four statements."""

    def of(query: Any) -> list[tuple[int, str]]:
        return [(row.id, str(row)) for row in session.scalars(query)]

    terms = select(Term).join(AcademicYear).where(Term.school_id.in_(school_ids), Term.closed.is_(True))
    newest = (
        select(AcademicYear.id).where(AcademicYear.school_id.in_(school_ids)).order_by(AcademicYear.begins_on.desc())
    )
    years = newest.limit(2).scalar_subquery()
    classes = select(SchoolClass).where(SchoolClass.academic_year_id.in_(years))
    rows = session.scalars(terms.options(joinedload(Term.academic_year)).order_by(Term.begins_on.desc()).limit(20))
    return Choices(
        [(row.id, f"{row.name} · {row.academic_year.name}") for row in rows],
        of(select(Staff).where(Staff.school_id.in_(school_ids)).order_by(Staff.surname, Staff.given_name)),
        of(classes.order_by(SchoolClass.grade_level, SchoolClass.name)),
        of(select(Subject).where(Subject.school_id.in_(school_ids)).order_by(Subject.name)),
    )


def unlocks(session: Session, school_ids: frozenset[int]) -> Sequence[TermUnlock]:
    """Those in force and those of the last weeks, the newest first."""
    query = (
        select(TermUnlock)
        .where(TermUnlock.school_id.in_(school_ids), TermUnlock.closes_at > datetime.now(UTC) - LOOKS_BACK)
        .options(*(joinedload(getattr(TermUnlock, name)) for name in (*CHOSEN, "opened_by")))
        .order_by(TermUnlock.closes_at.desc(), TermUnlock.id.desc())
    )
    return session.scalars(query).all()


def open_for(session: Session, staff_ids: frozenset[int]) -> Sequence[TermUnlock]:
    """What is open now for these teachers, the first to close first."""
    now = datetime.now(UTC)
    query = select(TermUnlock).where(
        TermUnlock.opens_at <= now, TermUnlock.closes_at > now,
        or_(TermUnlock.staff_id.is_(None), TermUnlock.staff_id.in_(staff_ids)),
    )  # fmt: skip
    names = (joinedload(TermUnlock.term), joinedload(TermUnlock.school_class), joinedload(TermUnlock.subject))
    return session.scalars(query.options(*names).order_by(TermUnlock.closes_at)).all()


def unlock(session: Session, chosen: Mapping[str, int | None], reason: str, until: datetime) -> TermUnlock:
    """Open the term; flushed, so that every rule has judged it. Raises InvalidInput by the field."""
    now = datetime.now(UTC)
    if chosen.get("term") is None:
        raise InvalidInput("term", "required")
    if until <= now:
        raise InvalidInput("closes_at", "unlock.past")
    keys = {f"{name}_id": key for name, key in chosen.items()}
    for name, key in chosen.items():
        if key is not None and session.get(CHOSEN[name], key) is None:
            raise InvalidInput(name, "relation.unknown")
    term = session.get_one(Term, chosen["term"])
    by = actor_of(session).staff_of_school.get(term.school_id)
    made = TermUnlock(**keys, reason=reason.strip(), opens_at=now, closes_at=until, opened_by_id=by)
    session.add(made)
    session.flush()
    return made


def close(session: Session, key: int) -> None:
    """End an unlock now. Raises NotFound, alike for a foreign one and one that is over."""
    row = session.scalars(select(TermUnlock).where(TermUnlock.id == key).with_for_update()).first()
    now = datetime.now(UTC)
    if row is None or row.closes_at <= now:
        raise NotFound
    row.closes_at = now
    session.flush()
