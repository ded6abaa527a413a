"""The right block of a journal's page: which kinds of term marks it has, what is proposed, and its explanation."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.domain.marks import MarkScale
from app.domain.term_marks import Proposed, Rules
from app.models import SchoolClass, Student, Term, TermMark
from app.services.history import Told, record_history
from app.services.journal import Heading, TermMarkGiven
from app.services.proposals import EXAM, FINAL, TERM, YEAR, proposals_of_term, proposals_of_year, rules_for
from app.services.settings import rules_of

KINDS_OF_YEAR = ("half_year", YEAR, EXAM, FINAL)
GRADES_WITH_EXAMS = (9, 11)

AROUND = {"around_the_rule": True}  # the chain is seen by nobody; that the person sees the student is found first
GONE = text("""
SELECT r.record_id FROM revision r
JOIN revision_value student ON student.revision_id = r.id AND student.field = 'student_id'
JOIN revision_value subject ON subject.revision_id = r.id AND subject.field = 'subject_id'
JOIN revision_value term ON term.revision_id = r.id AND term.field = 'term_id'
JOIN revision_value kind ON kind.revision_id = r.id AND kind.field = 'kind'
WHERE r.school_id = :school AND r.record = 'term_mark' AND r.action = 'deleted' AND r.happened_at >= :first
  AND student.old = to_jsonb(CAST(:student AS bigint)) AND subject.old = to_jsonb(CAST(:subject AS bigint))
  AND term.old = to_jsonb(CAST(:term AS bigint)) AND kind.old = to_jsonb(CAST(:kind AS text))
ORDER BY r.id DESC LIMIT 5
""")

Proposals = Mapping[str, Mapping[int, Proposed]]  # kind → student → what is proposed


def kinds_of(of: Heading, term: Term, given: Mapping[int, Sequence[TermMarkGiven]]) -> list[str]:
    """The term's own; on the last term's page the year's, with exam and final where the class sits for one; and those
    that were given already."""
    there = {one.kind for marks in given.values() for one in marks if one.term_id == term.id}
    if term.id == of.terms[-1].id:
        there |= {YEAR, *((EXAM, FINAL) if _has_exams(of.school_class) else ())}
    return [TERM, *(kind for kind in KINDS_OF_YEAR if kind in there)]


def _has_exams(school_class: SchoolClass) -> bool:
    return school_class.grade_level in GRADES_WITH_EXAMS


def rules_here(session: Session, scale: MarkScale, term: Term) -> Rules:
    """How the school rounds in this term. One statement."""
    return rules_for(rules_of(session, {term.school_id})[term.school_id], scale, term)


def proposed_in(
    session: Session, of: Heading, term: Term, kinds: Sequence[str], pupil_ids: Collection[int],
    given: Mapping[int, Sequence[TermMarkGiven]], rules: Rules,
) -> Proposals:  # fmt: skip
    """What is proposed to each student, by kind; nothing for an exam. One statement, for the marks of the term."""
    made: dict[str, Mapping[int, Proposed]] = {}
    for kind in kinds:
        if kind == TERM:
            made[kind] = proposals_of_term(session, pupil_ids, of.subject.id, term, rules)
        elif kind != EXAM:
            made[kind] = proposals_of_year(given, of.terms, term, kind, rules)
    return made


def term_marks_of(session: Session, of: Heading, pupil_ids: Collection[int]) -> Sequence[TermMark]:
    """The year's term marks of these students in the subject, under the row rule. One statement."""
    query = select(TermMark).where(
        TermMark.student_id.in_(pupil_ids),
        TermMark.subject_id == of.subject.id,
        TermMark.term_id.in_([term.id for term in of.terms]),
    )
    return session.scalars(query.order_by(TermMark.id)).all()


def as_given(marks: Iterable[TermMark]) -> Mapping[int, Sequence[TermMarkGiven]]:
    """The same as the journal's page reads them, by student."""
    found: dict[int, list[TermMarkGiven]] = defaultdict(list)
    for mark in marks:
        found[mark.student_id].append(TermMarkGiven(mark.id, mark.version, mark.term_id, mark.kind, mark.value))
    return found


@dataclass(frozen=True)
class TermStory:
    """Whose term mark it is, the mark that stands, and the changes of it and of those taken away, the newest first."""

    name: str
    mark: TermMark | None
    steps: Sequence[Told]


def story_of(session: Session, of: Heading, term: Term, kind: str, student_id: int) -> TermStory | None:
    """The story of one term mark, under the row rule; None where the person sees no such student."""
    student = session.scalars(select(Student).where(Student.id == student_id)).first()
    if student is None:
        return None
    marks = term_marks_of(session, of, [student_id])
    mark = next((one for one in marks if (one.term_id, one.kind) == (term.id, kind)), None)
    given = {"school": term.school_id, "subject": of.subject.id, "term": term.id, "kind": kind}
    gone = session.scalars(GONE, given | {"student": student_id, "first": term.begins_on}, execution_options=AROUND)
    keys = [*([mark.id] if mark is not None else []), *gone]
    steps = [one for key in keys for one in record_history(session, "term_mark", key)]
    return TermStory(str(student), mark, [one for one in steps if one.action == "added" or "value" in one.fields])
