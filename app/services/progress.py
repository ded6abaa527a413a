"""A student's progress in a term, subject by subject: marks with their story, means, what-if, debts, term marks."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app.domain.averages import Averages, Given, averages
from app.domain.marks import MarkScale
from app.domain.story import Seen
from app.domain.term_marks import WhatIf, Work, proposal, what_if
from app.models import (
    Absence,
    Enrollment,
    Lesson,
    Mark,
    SchoolClass,
    Staff,
    Student,
    SubgroupMember,
    Subject,
    Teaching,
    Term,
    TermMark,
    WorkType,
)
from app.services.debts import Wanted, open_debts
from app.services.filling import LastFilled, last_filled
from app.services.plain import plain
from app.services.proposals import WEIGHT, rules_for
from app.services.scales import scales_of
from app.services.settings import SchoolRules, rules_of
from app.services.story import stories

NONE = Averages(0, None, None)


@dataclass
class SubjectLine:
    """One subject of the term."""

    subject: Subject
    marks: list[Any] = field(default_factory=list)
    absences: Counter[str] = field(default_factory=Counter)
    debts: list[Any] = field(default_factory=list)
    term_marks: dict[tuple[int, str], str] = field(default_factory=dict)  # (term, kind) → value
    averages: Averages = NONE
    ways: Sequence[WhatIf] = ()
    proposed: str = ""
    filled: LastFilled | None = None


@dataclass(frozen=True)
class Progress:
    """All subjects of one student in one term."""

    student: Student
    term: Term | None
    terms: Sequence[Term]
    lines: Sequence[SubjectLine]
    stories: Mapping[int, Sequence[Seen]]
    years: Sequence[Term] = ()  # one term of each year that the student was in


def progress_of(session: Session, student: Student, term_id: int | None, today: date) -> Progress:
    """Of a student that the person was found to see. About a dozen statements, whatever there is."""
    classes = _classes(session, student.id)
    terms, term = _terms(session, classes, term_id, today)
    if term is None:
        return Progress(student, None, terms, (), {})
    of_year = [one for one in terms if one.academic_year_id == term.academic_year_id]
    class_ids = [row.id for row in classes if row.academic_year_id == term.academic_year_id]
    rules = rules_of(session, {student.school_id})[student.school_id]
    lines = _lines(session, student.id, term, of_year, class_ids, today)
    scales = scales_of(session, [line.subject for line in lines.values()])
    for line in lines.values():
        _reckon(line, scales[line.subject.id], term, rules)
    seen = stories(session, "mark", [mark.id for line in lines.values() for mark in line.marks])
    in_order = sorted(lines.values(), key=lambda line: line.subject.name)
    years = {one.academic_year_id: one for one in terms}  # the last term of each year
    return Progress(student, term, of_year, in_order, seen, list(years.values()))


def terms_of(session: Session, student_id: int, term_id: int | None, today: date) -> tuple[Sequence[Term], Term | None]:
    """All terms of the student's years, and the one that was asked for, else the present one. Two statements."""
    return _terms(session, _classes(session, student_id), term_id, today)


def _classes(session: Session, student_id: int) -> Sequence[Any]:
    return session.execute(
        select(SchoolClass.id, SchoolClass.academic_year_id)
        .join(Enrollment, Enrollment.school_class_id == SchoolClass.id)
        .where(Enrollment.student_id == student_id)
        .order_by(Enrollment.begins_on)
    ).all()


def _terms(
    session: Session, classes: Sequence[Any], term_id: int | None, today: date
) -> tuple[Sequence[Term], Term | None]:
    years = [row.academic_year_id for row in classes]
    query = select(Term).where(Term.academic_year_id.in_(years)).order_by(Term.begins_on, Term.id)
    terms = session.scalars(query).all()
    return terms, _chosen(terms, term_id, today)


def _chosen(terms: Sequence[Term], term_id: int | None, today: date) -> Term | None:
    """The term that was asked for, else today's, else the last that has begun."""
    named = next((one for one in terms if one.id == term_id), None)
    begun = [one for one in terms if one.begins_on <= today]
    return named or next((one for one in begun if today <= one.ends_on), None) or (begun or [None])[-1]  # type: ignore[list-item]


def _lines(
    session: Session, student_id: int, term: Term, terms: Sequence[Term], class_ids: Collection[int], today: date
) -> dict[int, SubjectLine]:
    marks = _marks(session, student_id, term.id)
    absences = session.execute(
        select(Lesson.subject_id, Absence.reason)
        .join(Lesson, Lesson.id == Absence.lesson_id)
        .where(Absence.student_id == student_id, Lesson.term_id == term.id)
    ).all()
    given = session.execute(
        select(TermMark.subject_id, TermMark.term_id, TermMark.kind, TermMark.value).where(
            TermMark.student_id == student_id, TermMark.term_id.in_([one.id for one in terms])
        )
    ).all()
    groups = session.scalars(select(SubgroupMember.subgroup_id).where(SubgroupMember.student_id == student_id)).all()
    filled = last_filled(session, class_ids, groups, min(today, term.ends_on))
    taught = set(session.scalars(select(Teaching.subject_id).where(Teaching.school_class_id.in_(class_ids))))
    known = taught | set(filled) | {row.subject_id for row in (*marks, *absences, *given)}
    subjects = session.scalars(select(Subject).where(Subject.id.in_(known)))
    lines = {one.id: SubjectLine(one, filled=filled.get(one.id)) for one in subjects}
    for mark in marks:
        lines[mark.subject_id].marks.append(mark)
    for absence in absences:
        lines[absence.subject_id].absences[absence.reason] += 1
    for one in given:
        lines[one.subject_id].term_marks[one.term_id, one.kind] = one.value
    by_name: dict[str, list[Any]] = defaultdict(list)
    for debt in open_debts(session, Wanted(student_ids=[student_id]), today):
        by_name[debt.subject].append(debt)
    for line in lines.values():
        line.debts = by_name.get(line.subject.name, [])
    return lines


def _marks(session: Session, student_id: int, term_id: int) -> Sequence[Any]:
    """The published marks of the term, oldest first."""
    return plain(session.execute(_marks_of_term(), {"student": student_id, "term": term_id}))


@cache
def _marks_of_term() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Mark.id, Mark.value, Mark.comment, Mark.given_on, Lesson.subject_id, Lesson.topic,
            Staff.surname.label("teacher"),
            WorkType.name.label("work_type"), WorkType.kind, WEIGHT.label("weight"),
            Lesson.counts,
        )
        .join(Lesson, Lesson.id == Mark.lesson_id)
        .join(WorkType, WorkType.id == Mark.work_type_id)
        .join(Staff, Staff.id == Lesson.teacher_id)
        .where(Mark.student_id == bindparam("student"), Lesson.term_id == bindparam("term"))
        .where(Mark.published_at.is_not(None))
        .order_by(Mark.given_on, Mark.id)
    )  # fmt: skip


def _reckon(line: SubjectLine, scale: MarkScale, term: Term, rules: SchoolRules) -> None:
    works = [Work(mark.value, mark.kind, mark.weight, mark.counts) for mark in line.marks]
    line.averages = averages(Given(one.value, one.weight, one.counts) for one in works)
    if works and not any(key == (term.id, "term") for key in line.term_marks):
        line.ways = what_if(works, rules_for(rules, scale, term), most=5)
        line.proposed = proposal(works, rules_for(rules, scale, term)).value
