"""What the marks propose for a term, a half-year, a year, and as final mark: for one student or a whole class."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.domain.marks import MarkScale
from app.domain.term_marks import Proposed, Rules, Work, final, proposal, yearly
from app.models import Enrollment, Lesson, Mark, Term, TermMark, WorkType
from app.services.plain import plain
from app.services.settings import SchoolRules
from app.session.keys_in_sql import among

HALF_YEAR, YEAR, EXAM, FINAL, TERM = "half_year", "year", "exam", "final", "term"
WEIGHT = func.coalesce(Lesson.weight, WorkType.weight)  # a column of the journal may weigh otherwise
PARTS_OF_YEAR = ("quarter", "trimester", "half_year")


def rules_for(rules: SchoolRules, scale: MarkScale, term: Term) -> Rules:
    """How the school rounds, on this scale and for a term of this length."""
    least = "least_marks_half_year" if term.kind in (HALF_YEAR, YEAR) else "least_marks_term"
    thresholds = (rules.decimal("threshold_5"), rules.decimal("threshold_4"), rules.decimal("threshold_3"))
    return Rules(thresholds, rules.number(least), scale.lowest, scale.highest)


def students_of(school_class_id: int, term: Term) -> Select[int]:
    """Those who are in the class at any time of the term."""
    return select(Enrollment.student_id).where(
        Enrollment.school_class_id == school_class_id,
        Enrollment.begins_on <= term.ends_on,
        Enrollment.ends_on.is_(None) | (Enrollment.ends_on >= term.begins_on),
    )


def works_of(
    session: Session, students: Select[int] | Collection[int], term_id: int, subject_id: int | None = None
) -> Mapping[tuple[int, int], list[Work]]:
    """(student, subject) → the published marks of the term, oldest first; of one subject or of all. One statement."""
    query = (
        select(Mark.student_id, Lesson.subject_id, Mark.value, WorkType.kind, Lesson.counts, WEIGHT.label("weight"))
        .join(Lesson, Lesson.id == Mark.lesson_id)
        .join(WorkType, WorkType.id == Mark.work_type_id)
        .where(_is_one_of(students), Lesson.term_id == term_id, Mark.published_at.is_not(None))
        .order_by(Mark.given_on, Mark.id)
    )
    if subject_id is not None:
        query = query.where(Lesson.subject_id == subject_id)
    found: dict[tuple[int, int], list[Work]] = defaultdict(list)
    for row in plain(session.execute(query)):
        found[row.student_id, row.subject_id].append(Work(row.value, row.kind, row.weight, row.counts))
    return found


def _is_one_of(students: Select[int] | Collection[int]) -> ColumnElement[bool]:
    if isinstance(students, Select):
        return Mark.student_id.in_(students)
    return Mark.student_id == among(students)  # type: ignore[no-any-return]


def proposals_of_term(
    session: Session, students: Select[int] | Collection[int], subject_id: int, term: Term, rules: Rules
) -> Mapping[int, Proposed]:
    """Student → what the marks of the term propose in the subject; who has no mark is not in it. One statement."""
    return {
        student: Proposed(made.value, made, works=works)
        for (student, _subject), works in works_of(session, students, term.id, subject_id).items()
        for made in (proposal(works, rules),)
    }


def proposals(
    session: Session, students: Select[int] | Collection[int], subject_id: int, term: Term, kind: str, rules: Rules
) -> Mapping[int, Proposed]:
    """Student → the proposal of this kind; an exam's mark is what the exam gave, and nothing is proposed."""
    if kind == TERM:
        return proposals_of_term(session, students, subject_id, term, rules)
    if kind == EXAM:
        return {}
    terms = _terms_of_year(session, term)
    given = _term_marks(session, students, subject_id, [one.id for one in terms])
    return proposals_of_year(given, terms, term, kind, rules)


def proposals_of_year(
    given: Mapping[int, Sequence[Any]], terms: Sequence[Term], term: Term, kind: str, rules: Rules
) -> Mapping[int, Proposed]:
    """Student → the half-year's, year's or final proposal, by the term marks given (`term_id`, `kind`, `value`)."""
    if kind == FINAL:
        return {student: _final(marks, rules) for student, marks in given.items()}
    meant = _half_of(terms, term) if kind == HALF_YEAR else [one.id for one in terms if one.kind in PARTS_OF_YEAR]
    return {student: _mean_of_terms(marks, meant, rules) for student, marks in given.items()}


def _terms_of_year(session: Session, term: Term) -> Sequence[Term]:
    query = select(Term).where(Term.academic_year_id == term.academic_year_id)
    return session.scalars(query.order_by(Term.begins_on, Term.id)).all()


def _term_marks(
    session: Session, students: Select[int] | Collection[int], subject_id: int, term_ids: Iterable[int]
) -> dict[int, list[Any]]:
    query = select(TermMark.student_id, TermMark.term_id, TermMark.kind, TermMark.value).where(
        TermMark.student_id.in_(students), TermMark.subject_id == subject_id, TermMark.term_id.in_(term_ids)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query.order_by(TermMark.id)):
        found[row.student_id].append(row)
    return found


def _half_of(terms: Sequence[Term], term: Term) -> list[int]:
    """The terms of the half of the year that the term lies in."""
    parts = [one for one in terms if one.kind in PARTS_OF_YEAR]
    middle = (len(parts) + 1) // 2
    first, second = [one.id for one in parts[:middle]], [one.id for one in parts[middle:]]
    return second if term.id in second else first


def _mean_of_terms(marks: Iterable[Any], term_ids: Sequence[int], rules: Rules) -> Proposed:
    by_term = {row.term_id: row.value for row in marks if row.kind == TERM}
    values = tuple(by_term[key] for key in term_ids if key in by_term)
    return Proposed(yearly(values, rules), by_terms=values)


def _final(marks: Iterable[Any], rules: Rules) -> Proposed:
    found = {row.kind: row.value for row in marks}
    year, exam = found.get(YEAR, ""), found.get(EXAM, "")
    return Proposed(final(year, exam, rules), by_terms=tuple(one for one in (year, exam) if one))
