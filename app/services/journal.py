"""One journal as it is read: a class (or a subgroup of it) in a subject for a term, in four statements.

The lessons are read under the row rule. Students and entries are then read around it, for those lessons alone: the
journal is one book, and who left the class keeps the line in it (docs/decisions/0019). Who may open it is the page's
affair.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, and_, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from app.models import (
    Absence,
    AbsenceNotice,
    Debt,
    Enrollment,
    Homework,
    Lesson,
    Mark,
    Scale,
    SchoolClass,
    Staff,
    Student,
    Subgroup,
    SubgroupMember,
    Subject,
    Term,
    TermMark,
    WorkType,
)
from app.services.finder import folded
from app.services.holidays import holiday_on
from app.services.plain import plain
from app.session.keys_in_sql import among

AROUND = {"around_the_rule": True}


@dataclass(frozen=True)
class Heading:
    """What a journal is of."""

    school_class: SchoolClass
    subject: Subject
    subgroup: Subgroup | None
    scale: Scale | None
    terms: Sequence[Term]

    def term(self, key: int) -> Term | None:
        """The term of the year with this key."""
        return next((term for term in self.terms if term.id == key), None)

    def term_on(self, day: date) -> Term:
        """The term of the day; else the last one that has begun, else the first."""
        begun = [term for term in self.terms if term.begins_on <= day]
        holding = [term for term in begun if term.ends_on >= day]
        return (holding or begun or list(self.terms))[-1 if begun else 0]


@dataclass
class Pupil:
    """A line of the journal: one student, when they were in the class, and in which of its subgroups."""

    id: int
    surname: str
    given_name: str
    patronymic: str
    times: set[tuple[date, date | None]] = field(default_factory=set)
    subgroup_ids: set[int] = field(default_factory=set)

    def is_there(self, first: date, last: date) -> bool:
        """Whether one stay in the class covers all of these days."""
        return any(begin <= first and (end is None or end >= last) for begin, end in self.times)

    def away_on(self, day: date) -> tuple[str, date] | None:
        """Why the student is not in the class on that day: has not come yet, or has left, and when."""
        if any(first <= day and (last is None or last >= day) for first, last in self.times):
            return None
        later = [first for first, _last in self.times if first > day]
        if later:
            return "not_yet", min(later)
        return "left", max(last for _first, last in self.times if last is not None)


class Entry(NamedTuple):
    """One row in a cell: a mark or an absence (`value` is its reason). A row of the database answers a name 20 times as
    slowly, and a page asks ten thousand times."""

    record: str
    id: int
    place: int  # the lesson
    student_id: int
    value: str
    version: int
    work_type_id: int
    draft: bool
    told: bool  # with a comment


@dataclass(frozen=True)
class TermMarkGiven:
    """One term mark, as the page shows it and the year's proposals read it."""

    id: int
    version: int
    term_id: int
    kind: str
    value: str


@dataclass
class Entries:
    """What stands in the cells, by (lesson, student), and the year's term marks in the subject, by student.

    `weights`: work type → what its marks weigh, in hundredths, where the lesson does not say otherwise. Two small
    tables that two thousand marks need not be joined with.
    """

    marks: dict[tuple[int, int], list[Entry]] = field(default_factory=lambda: defaultdict(list))
    absences: dict[tuple[int, int], Entry] = field(default_factory=dict)
    debts: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))  # ids of open ones
    announced: set[tuple[int, int]] = field(default_factory=set)  # the family reported it, and nobody answered yet
    term_marks: dict[int, list[TermMarkGiven]] = field(default_factory=lambda: defaultdict(list))
    weights: dict[int, int] = field(default_factory=dict)


def heading(session: Session, class_id: int, subject_id: int, subgroup_id: int | None) -> Heading | None:
    """The class, the subject and the terms of the class's year; None where the person sees no such journal."""
    query = (
        select(SchoolClass, Subject, Term, Scale, Subgroup)
        .join(Subject, Subject.school_id == SchoolClass.school_id)
        .join(Term, Term.academic_year_id == SchoolClass.academic_year_id)
        .outerjoin(Scale, scale_of_subject())
        .outerjoin(Subgroup, (Subgroup.id == subgroup_id) & (Subgroup.school_class_id == SchoolClass.id))
        .where(SchoolClass.id == class_id, Subject.id == subject_id)
        .order_by(Term.begins_on, Term.id, Scale.id)
    )
    rows = session.execute(query).all()
    if not rows or (subgroup_id is not None and rows[0].Subgroup is None):
        return None
    terms = list(dict.fromkeys(row.Term for row in rows))
    return Heading(rows[0].SchoolClass, rows[0].Subject, rows[0].Subgroup, rows[0].Scale, terms)


def scale_of_subject() -> ColumnElement[bool]:
    """The subject's own scale, else the school's default."""
    is_usual = and_(Subject.scale_id.is_(None), Scale.is_default, Scale.school_id == Subject.school_id)
    return or_(Scale.id == Subject.scale_id, is_usual)


def lessons_of_journal(session: Session, of: Heading, term_id: int) -> Sequence[Any]:
    """The columns in their order, each with work type, teacher and homework; one row for each piece of homework."""
    holiday = holiday_on(Lesson.school_id, Lesson.date).correlate(Lesson).scalar_subquery()
    query = lesson_columns().add_columns(holiday.label("holiday")).where(
        Lesson.school_class_id == of.school_class.id, Lesson.subject_id == of.subject.id, Lesson.term_id == term_id
    )  # fmt: skip
    if of.subgroup is not None:
        query = query.where(or_(Lesson.subgroup_id == of.subgroup.id, Lesson.subgroup_id.is_(None)))
    found = session.execute(query.order_by(Lesson.date, Lesson.period, Lesson.id, Homework.id))
    return plain(found)


def lesson_columns() -> Any:
    """A lesson as a column of the journal needs it."""
    return (
        select(
            Lesson.id,
            Lesson.date,
            Lesson.period,
            Lesson.school_class_id,
            Lesson.subject_id,
            Lesson.subgroup_id,
            Lesson.teacher_id,
            Lesson.topic,
            Lesson.state,
            Lesson.weight,
            Lesson.counts,
            Lesson.draft,
            Lesson.publish_at,
            WorkType.name.label("work_type"),
            WorkType.short_name.label("work_type_short"),
            WorkType.weight.label("work_type_weight"),
            Subgroup.name.label("subgroup"),
            Staff.surname.label("teacher"),
            Homework.id.label("homework_id"),
            Homework.text.label("homework"),
            Homework.bring.label("homework_bring"),
            Homework.due.label("homework_due"),
            Homework.minutes.label("homework_minutes"),
            func.cardinality(Homework.students).label("homework_named"),
        )
        .outerjoin(WorkType, WorkType.id == Lesson.work_type_id)
        .outerjoin(Subgroup, Subgroup.id == Lesson.subgroup_id)
        .outerjoin(Staff, Staff.id == Lesson.teacher_id)
        .outerjoin(Homework, Homework.lesson_id == Lesson.id)
    )


def pupils_of(session: Session, class_id: int, first: date, last: date) -> list[Pupil]:
    """Who was in the class on any day from the first to the last, surname first, ё as е."""
    query = (
        select(
            Student.id,
            Student.surname,
            Student.given_name,
            Student.patronymic,
            Enrollment.begins_on,
            Enrollment.ends_on,
            SubgroupMember.subgroup_id,
        )
        .join(Enrollment, Enrollment.student_id == Student.id)
        .outerjoin(SubgroupMember, SubgroupMember.student_id == Student.id)
        .where(Enrollment.school_class_id == class_id, Enrollment.begins_on <= last)
        .where(or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= first))
    )
    found: dict[int, Pupil] = {}
    for row in session.execute(query, execution_options=AROUND):
        pupil = found.setdefault(row.id, Pupil(row.id, row.surname, row.given_name, row.patronymic))
        pupil.times.add((row.begins_on, row.ends_on))
        if row.subgroup_id is not None:
            pupil.subgroup_ids.add(row.subgroup_id)
    return sorted(found.values(), key=_place)


def _place(pupil: Pupil) -> tuple[str, ...]:
    return (folded(pupil.surname), folded(pupil.given_name), folded(pupil.patronymic), f"{pupil.id:020}")


def entries_of(
    session: Session,
    lesson_ids: Collection[int],
    pupil_ids: Collection[int],
    subject_id: int,
    term_ids: Collection[int],
) -> Entries:
    """What stands in these lessons, and the term marks of the subject in these terms. One statement."""
    these = among(lesson_ids)
    mark = select(
        literal("mark").label("record"), Mark.id, Mark.lesson_id.label("place"), Mark.student_id, Mark.value,
        Mark.version, Mark.work_type_id, Mark.published_at.is_(None).label("draft"),
        Mark.comment.is_not(None).label("told"),
    ).where(Mark.lesson_id == these)  # fmt: skip
    absence = select(
        literal("absence"), Absence.id, Absence.lesson_id, Absence.student_id, Absence.reason, Absence.version, null(),
        literal(False), Absence.comment.is_not(None),
    ).where(Absence.lesson_id == these)  # fmt: skip
    term_mark = (
        select(
            TermMark.kind, TermMark.id, TermMark.term_id, TermMark.student_id, TermMark.value, TermMark.version, null(),
            literal(False), literal(False),
        )
        .where(TermMark.subject_id == subject_id, TermMark.student_id == among(pupil_ids))
        .where(TermMark.term_id == among(term_ids))
    )  # fmt: skip
    debt = select(
        literal("debt"), Debt.id, Debt.lesson_id, Debt.student_id, literal("."), Debt.version, null(), literal(False),
        literal(False),
    ).where(Debt.lesson_id == these, Debt.state == "open")  # fmt: skip
    sent = (
        select(
            literal("notice"), AbsenceNotice.id, Lesson.id, AbsenceNotice.student_id, AbsenceNotice.reason,
            AbsenceNotice.version, null(), literal(False), literal(False),
        )
        .join(Lesson, Lesson.date.between(AbsenceNotice.begins_on, AbsenceNotice.ends_on))
        .where(AbsenceNotice.state == "sent", AbsenceNotice.student_id == among(pupil_ids), Lesson.id == these)
    )  # fmt: skip
    subject = select(Subject.school_id).where(Subject.id == subject_id).scalar_subquery()
    work_type = select(
        literal("work_type"), WorkType.id, cast(WorkType.weight * 100, Integer), null(), null(), null(), null(), null(),
        null(),
    ).where(WorkType.school_id == subject)  # fmt: skip
    entries = Entries()
    all_of_it: Any = union_all(mark, absence, debt, sent, term_mark, work_type).order_by("id")
    for row in map(Entry._make, session.execute(all_of_it, execution_options=AROUND).all()):
        if row.record == "mark":
            entries.marks[row.place, row.student_id].append(row)
        elif row.record == "absence":
            entries.absences[row.place, row.student_id] = row
        elif row.record == "work_type":
            entries.weights[row.id] = row.place
        elif row.record == "notice":
            entries.announced.add((row.place, row.student_id))
        elif row.record == "debt":
            entries.debts[row.place, row.student_id].append(row.id)
        else:
            given = TermMarkGiven(row.id, row.version, row.place, row.record, row.value)
            entries.term_marks[row.student_id].append(given)
    return entries
