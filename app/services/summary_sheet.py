"""The class's summary sheet: the term marks of every student in every subject, for each term and for the year."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.term_marks import mean_of_marks
from app.models import ChainHead, Enrollment, SchoolClass, Student, Subject, Teaching, Term, TermMark
from app.services.settings import school_day
from app.services.start_away import sorted_name
from app.session.keys_in_sql import among

AROUND = {"around_the_rule": True}  # the chain's head tells nothing of anybody
OF_YEAR = ("half_year", "year", "exam", "final")


@dataclass(frozen=True)
class Column:
    """A term's own marks, or a kind of marks of the whole year (`term` is None then)."""

    kind: str
    term: Term | None = None

    @cached_property
    def key(self) -> str:
        return f"{self.kind}-{self.term.id}" if self.term is not None else self.kind


@dataclass(frozen=True)
class Row:
    """One student; `left` where they are no longer in the class."""

    id: int
    name: str
    left: bool


@dataclass(frozen=True)
class Head:
    """How the chain of the school's history ends: whoever holds it on paper sees whether the end was cut off."""

    number: int
    hash: str
    at: datetime


@dataclass(frozen=True)
class Summary:
    """All of it; marks by (student, subject, column key)."""

    school_class: SchoolClass
    students: Sequence[Row]
    subjects: Sequence[Subject]
    columns: Sequence[Column]
    marks: Mapping[tuple[int, int, str], str]
    head: Head

    def mark(self, student: int, subject: int, column: Column) -> str:
        """The mark, or "" where none is given."""
        return self.marks.get((student, subject, column.key), "")

    def line(self, student: int, column: Column) -> list[str]:
        """The student's marks of a column, in the order of the subjects."""
        key, given = column.key, self.marks.get
        return [given((student, subject, key), "") for subject in self._subject_ids]

    @cached_property
    def _subject_ids(self) -> list[int]:
        return [subject.id for subject in self.subjects]

    def mean_of_student(self, student: int, column: Column) -> Decimal | None:
        return mean_of_marks(self.line(student, column))

    def mean_of_subject(self, subject: int, column: Column) -> Decimal | None:
        return mean_of_marks([self.mark(student.id, subject, column) for student in self.students])


def summary_of(session: Session, school_class: SchoolClass) -> Summary:
    """The sheet of a class that the person was found to see. Five statements, whatever it holds."""
    terms = session.scalars(
        select(Term).where(Term.academic_year_id == school_class.academic_year_id).order_by(Term.begins_on, Term.id)
    ).all()
    students = _students(session, school_class)
    found = session.execute(
        select(TermMark.student_id, TermMark.subject_id, TermMark.term_id, TermMark.kind, TermMark.value)
        .where(TermMark.student_id == among([row.id for row in students]))
        .where(TermMark.term_id == among([term.id for term in terms]))
        .order_by(TermMark.id)
    ).all()
    kinds = {kind for _student, _subject, _term, kind, _value in found}
    columns = [Column("term", term) for term in terms] + [Column(kind) for kind in OF_YEAR if kind in kinds | {"year"}]
    keys = {column.term.id: column.key for column in columns if column.term is not None}
    marks = {
        (student, subject, keys[term] if kind == "term" else kind): value
        for student, subject, term, kind, value in found
    }
    subjects = _subjects(session, school_class, {subject for _student, subject, _term, _kind, _value in found})
    return Summary(school_class, students, subjects, columns, marks, head_of(session, school_class.school_id))


def _students(session: Session, school_class: SchoolClass) -> Sequence[Row]:
    today = school_day(session, school_class.school_id)
    query = (
        select(Student.id, Student.surname, Student.given_name, Student.patronymic, Enrollment.ends_on)
        .join(Enrollment, Enrollment.student_id == Student.id)
        .where(Enrollment.school_class_id == school_class.id)
        .order_by(sorted_name(Student.surname), Student.given_name, Student.id, Enrollment.begins_on)
    )
    found: dict[int, Row] = {}
    for row in session.execute(query):
        left = row.ends_on is not None and row.ends_on < today
        found[row.id] = Row(row.id, f"{row.surname} {row.given_name}", left)
    return list(found.values())


def _subjects(session: Session, school_class: SchoolClass, marked: set[int]) -> Sequence[Subject]:
    """Those that the class is taught, and those that a mark is given in."""
    taught = select(Teaching.subject_id).where(Teaching.school_class_id == school_class.id)
    query = select(Subject).where(Subject.id.in_(taught) | Subject.id.in_(marked)).order_by(Subject.name)
    return session.scalars(query).all()


def head_of(session: Session, school_id: int) -> Head:
    """The chain's end now."""
    query = select(ChainHead.number, ChainHead.hash).where(ChainHead.school_id == school_id)
    found = session.execute(query, execution_options=AROUND).one_or_none()
    number, digest = (found.number, found.hash) if found is not None else (0, bytes(32))
    return Head(number, digest.hex(), datetime.now(UTC))
