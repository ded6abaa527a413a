"""The sheet on which a teacher gives one class its term marks in a subject: students, proposals, what was decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.domain.errors import NotFound
from app.domain.marks import MarkScale
from app.domain.term_marks import Proposed, Rules, WhatIf, what_if
from app.models import AcademicYear, Enrollment, SchoolClass, Student, SubgroupMember, Subject, Teaching, Term, TermMark
from app.services.proposals import proposals, rules_for
from app.services.scales import scale_of_subject
from app.services.settings import rules_of
from app.services.start_away import sorted_name
from app.session.actors import Actor


@dataclass(frozen=True)
class Line:
    """One student of the sheet; `given` is the mark that stands."""

    student: Student
    proposed: Proposed | None
    given: TermMark | None
    ways: Sequence[WhatIf]


@dataclass(frozen=True)
class Sheet:
    """One class, subject, term and kind of mark."""

    school_class: SchoolClass
    subject: Subject
    term: Term
    kind: str
    scale: MarkScale
    rules: Rules
    lines: Sequence[Line]


@dataclass(frozen=True)
class Place:
    """A sheet that the teacher may open."""

    school_class: SchoolClass
    subject: Subject


def places_of(session: Session, actor: Actor) -> Sequence[Place]:
    """The classes and subjects that the person teaches now, class by class. One statement."""
    query = (
        select(SchoolClass, Subject)
        .join(Teaching, Teaching.school_class_id == SchoolClass.id)
        .join(Subject, Subject.id == Teaching.subject_id)
        .where(Teaching.teacher_id.in_(actor.staff_ids))
        .order_by(SchoolClass.grade_level, SchoolClass.name, Subject.name)
        .distinct()
    )
    taught = {(school_class, subject) for school_class, subject, _part in actor.teachings}
    return [Place(*row) for row in session.execute(query) if (row[0].id, row[1].id) in taught]


def terms_of(session: Session, school_ids: Collection[int], today: date) -> Sequence[Term]:
    """The terms of the academic years that contain the day, else of the newest year. One statement."""
    current = select(AcademicYear.id).where(
        AcademicYear.school_id.in_(school_ids), AcademicYear.begins_on <= today, AcademicYear.ends_on >= today
    )
    newest = (
        select(AcademicYear.id)
        .where(AcademicYear.school_id.in_(school_ids))
        .order_by(AcademicYear.begins_on.desc())
        .limit(1)
    )
    query = select(Term).where(
        Term.academic_year_id.in_(current) | (~current.exists() & Term.academic_year_id.in_(newest))
    )
    return session.scalars(query.order_by(Term.begins_on, Term.id)).all()


def sheet_of(session: Session, actor: Actor, class_id: int, subject_id: int, term_id: int, kind: str) -> Sheet:
    """The sheet. Raises NotFound, alike for a foreign class and for none."""
    groups = {part for one, subject, part in actor.teachings if (one, subject) == (class_id, subject_id)}
    school_class = session.scalars(select(SchoolClass).where(SchoolClass.id == class_id)).first() if groups else None
    subject = session.get(Subject, subject_id) if school_class is not None else None
    term = session.get(Term, term_id) if subject is not None else None
    if school_class is None or subject is None or term is None:
        raise NotFound
    if term.academic_year_id != school_class.academic_year_id:
        raise NotFound
    students = _students(session, school_class, term, groups)
    ids = [student.id for student in students]
    scale = scale_of_subject(session, subject)
    rules = rules_for(rules_of(session, {term.school_id})[term.school_id], scale, term)
    proposed = proposals(session, ids, subject_id, term, kind, rules)
    given = _given(session, ids, subject_id, term_id, kind)
    lines = [_line(student, proposed.get(student.id), given.get(student.id), rules) for student in students]
    return Sheet(school_class, subject, term, kind, scale, rules, lines)


def _line(student: Student, proposed: Proposed | None, given: TermMark | None, rules: Rules) -> Line:
    ways = what_if(proposed.works, rules) if proposed is not None and proposed.works else ()
    return Line(student, proposed, given, ways)


def _students(session: Session, school_class: SchoolClass, term: Term, groups: set[int | None]) -> Sequence[Student]:
    """Those of the class in the term; of a teacher of subgroups only theirs."""
    query = (
        select(Student)
        .join(Enrollment, Enrollment.student_id == Student.id)
        .where(
            Enrollment.school_class_id == school_class.id,
            Enrollment.begins_on <= term.ends_on,
            Enrollment.ends_on.is_(None) | (Enrollment.ends_on >= term.begins_on),
        )
        .options(selectinload(Student.enrollments))
        .order_by(sorted_name(Student.surname), Student.given_name, Student.id)
    )
    if None not in groups:
        members = select(SubgroupMember.student_id).where(SubgroupMember.subgroup_id.in_(groups))
        query = query.where(Student.id.in_(members))
    return list(dict.fromkeys(session.scalars(query)))


def _given(session: Session, students: Collection[int], subject_id: int, term_id: int, kind: str) -> Mapping[int, Any]:
    query = (
        select(TermMark)
        .where(
            TermMark.student_id.in_(students),
            TermMark.subject_id == subject_id,
            TermMark.term_id == term_id,
            TermMark.kind == kind,
        )
        .options(joinedload(TermMark.student), joinedload(TermMark.subject), joinedload(TermMark.term))
    )
    return {mark.student_id: mark for mark in session.scalars(query)}
