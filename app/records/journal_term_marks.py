"""The journal's right block as it is typed: a term mark by the ordinary record, and who may give it to whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from app.domain.errors import InvalidInput, NotAllowed
from app.domain.marks import mark_value
from app.models import Enrollment, Student, Subject, Term, TermMark
from app.records.journal import scale_of
from app.records.journal_cells import Overtaken
from app.records.journal_places import Written
from app.records.journal_rules import classes_in_term
from app.records.unlocking import is_open
from app.services.history import record_history
from app.session.actors import Actor
from app.session.engine import actor_of
from app.words.term_marks import KIND_WORDS


@dataclass(frozen=True)
class TermPlace:
    """Whose mark it is, in what, for which term, and of which kind."""

    student: int
    subject: int
    term: int
    kind: str


def groups_given(actor: Actor, term: Term, school_class_id: int, subject_id: int) -> frozenset[int | None]:
    """The subgroups of a class whose term marks the person gives now; None among them: those of the whole class."""
    if not actor.may("can_write", "term_mark") or not is_open(actor, term, {school_class_id}, subject_id):
        return frozenset()
    return frozenset(
        group for one, subject, group in actor.teachings if (one, subject) == (school_class_id, subject_id)
    )


def write_term_mark(session: Session, place: TermPlace, typed: str, was: str, reason: str) -> Written:
    """Let the term mark be what was typed; empty takes it away. Raises Overtaken, InvalidInput, NotAllowed; the caller
    commits."""
    if not actor_of(session).may("can_write", "term_mark"):
        raise NotAllowed("not_allowed")
    if place.kind not in KIND_WORDS:
        raise InvalidInput("kind", "choice", allowed=", ".join(KIND_WORDS))
    student, subject, term, given = _found(session, place)
    if not is_open(actor_of(session), term, classes_in_term(student, term), subject.id):
        raise InvalidInput("term", "term.closed")
    value = mark_value(typed, scale_of(session, subject)) if typed.strip() else ""
    stands = _written(given)
    if value == stands.text:
        return stands
    if stands.versions != was:
        raise Overtaken(stands, *_author(session, given))
    if given is None:
        given = TermMark(kind=place.kind, value=value, reason=reason.strip())
        given.student, given.subject, given.term = student, subject, term
        given.student_id, given.subject_id, given.term_id = student.id, subject.id, term.id
        session.add(given)
    elif value:
        given.value, given.reason = value, reason.strip()
    else:
        session.delete(given)
    session.flush()
    return _written(given if value else None)


def _found(session: Session, place: TermPlace) -> tuple[Student, Subject, Term, TermMark | None]:
    is_it = (
        (TermMark.student_id == Student.id)
        & (TermMark.subject_id == Subject.id)
        & (TermMark.term_id == Term.id)
        & (TermMark.kind == place.kind)
    )
    query = (
        select(Student, Subject, Term, TermMark)
        .join(Subject, Subject.school_id == Student.school_id)
        .join(Term, Term.school_id == Student.school_id)
        .outerjoin(TermMark, is_it)
        .outerjoin(Enrollment, Enrollment.student_id == Student.id)
        .options(contains_eager(Student.enrollments))
        .where(Student.id == place.student, Subject.id == place.subject, Term.id == place.term)
        .execution_options(populate_existing=True)
    )
    rows = session.execute(query).unique().all()
    if not rows:
        raise InvalidInput("student", "student.not_yours")
    student, subject, term, given = rows[0]
    return student, subject, term, given


def _written(given: TermMark | None) -> Written:
    return Written(given.value, version_of(given)) if given is not None else Written("", "")


def version_of(given: Any) -> str:
    """The row of a term mark and its version in one word."""
    return f"{given.id}.{given.version}"


def _author(session: Session, given: TermMark | None) -> tuple[str, datetime | None]:
    told = record_history(session, "term_mark", given.id, 1) if given is not None else []
    return (told[0].author, told[0].happened_at) if told else ("", None)
