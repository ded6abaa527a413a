"""One cell of the journal with all that stands in it and all that its rules ask for, read in one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from app.domain.averages import Given, is_number
from app.domain.errors import InvalidInput
from app.domain.journal_cells import Cell
from app.domain.marks import MarkScale
from app.models import Absence, Debt, Enrollment, Lesson, Mark, Scale, Student, SubgroupMember, Subject, WorkType
from app.records.checks import ASKED_ONCE
from app.services.debts import know_open_debts
from app.services.holidays import holiday_on
from app.services.journal import scale_of_subject
from app.services.scales import DEFAULT_SCALE


@dataclass(frozen=True)
class Written:
    """A cell (or a lesson's text) as it stands: its text, its versions, and what each number in it weighs."""

    text: str
    versions: str
    hundredths: tuple[int, ...] = ()
    draft: bool = False


@dataclass
class Place:
    """One cell, with all that stands in it."""

    lesson: Lesson
    scale: MarkScale
    student: Student
    marks: list[Mark] = field(default_factory=list)
    absence: Absence | None = None
    debts: list[Debt] = field(default_factory=list)  # open ones: each a dot, shown as one
    settled: list[Debt] = field(default_factory=list)  # that became a mark of this cell
    enrollments: set[Enrollment] = field(default_factory=set)
    subgroup_ids: set[int] = field(default_factory=set)

    @property
    def cell(self) -> Cell:
        reason = self.absence.reason if self.absence else None
        return Cell(tuple(mark.value for mark in self.marks), reason, bool(self.debts))

    def written(self) -> Written:
        """The cell as the page shows it."""
        return Written(
            str(self.cell),
            versions(self.marks, self.absence, [debt.id for debt in self.debts]),
            tuple(weight_of(self.lesson, mark) for mark in self.marks if is_number(mark.value)),
            any(mark.published_at is None for mark in self.marks),
        )


def versions(marks: Sequence[Any], absence: Any, debt_ids: Sequence[int] = ()) -> str:
    """The rows of a cell and their versions in one word; empty for an empty cell. The clock touches debts, too, when it
    reminds of them: nobody wrote in the cell then, so of them only the ids are told."""
    told = "/".join(f"{mark.id}.{mark.version}" for mark in marks)
    away = f";{absence.id}.{absence.version}" if absence is not None else ""
    return told + away + (f"|{','.join(str(key) for key in debt_ids)}" if debt_ids else "")


def stands(lesson_id: int, student_id: int, told: str) -> ColumnElement[bool]:
    """Whether just these rows stand in the cell, as a condition of a statement: the same word, made by the database."""

    def joined(table: Any, written: Any, between: str, *more: Any) -> Any:
        one = func.string_agg(written, aggregate_order_by(literal(between), table.id))
        return select(one).where(table.lesson_id == lesson_id, table.student_id == student_id, *more).scalar_subquery()

    marks = joined(Mark, func.concat(Mark.id, ".", Mark.version), "/")
    away = joined(Absence, func.concat(";", Absence.id, ".", Absence.version), "")
    debts = literal("|") + joined(Debt, func.concat(Debt.id), ",", Debt.state == "open")
    return func.concat(marks, away, debts) == told


def weight_of(lesson: Lesson, mark: Mark) -> int:
    """What the mark weighs in averages, in hundredths; 0 where it does not count (yet)."""
    weight = lesson.weight if lesson.weight is not None else mark.work_type.weight
    return Given(mark.value, weight, lesson.counts and mark.published_at is not None).hundredths


def locked_lesson(session: Session, lesson_id: int) -> Lesson:
    """The lesson, held until the end of the transaction against others who write in it. Raises InvalidInput."""
    lesson: Lesson | None = session.scalars(_locked(lesson_id)).first()
    if lesson is None:
        raise InvalidInput("lesson", "relation.unknown")
    return lesson


def _locked(lesson_id: int) -> Any:
    """Held so that marks which refer to it may still be added elsewhere."""
    return (
        select(Lesson)
        .options(contains_eager(Lesson.subject), joinedload(Lesson.term), joinedload(Lesson.school_class))
        .join(Subject, Subject.id == Lesson.subject_id)
        .where(Lesson.id == lesson_id)
        .with_for_update(of=Lesson, key_share=True)
        .execution_options(populate_existing=True)
    )


def place_of(session: Session, lesson_id: int, student_id: int) -> Place:
    """The cell; its lesson is held. Raises InvalidInput where the person sees no such lesson or student.

    Who waited here for another's save sees the lesson as it is now, but what stood in the cell before that save:
    whoever writes on asks at the end whether what stands is what they mean (`stands`).
    """
    rows = session.execute(_query(lesson_id, student_id)).unique().all()
    if not rows:
        raise InvalidInput("lesson", "relation.unknown")
    first = rows[0]
    scale = first.Scale
    held = MarkScale(scale.lowest, scale.highest, tuple(scale.words.split())) if scale is not None else DEFAULT_SCALE
    if first.Student is None:
        raise InvalidInput("student", "student.not_yours")
    marks, debts = _each(row.Mark for row in rows), _each(row.Debt for row in rows)
    place = Place(
        first.Lesson,
        held,
        first.Student,
        marks,
        first.Absence,
        [debt for debt in debts if debt.state == "open"],
        [debt for debt in debts if debt.state == "closed"],
        {row.Enrollment for row in rows if row.Enrollment is not None},
        {row.subgroup_id for row in rows if row.subgroup_id is not None},
    )
    _know(session, place, first)
    return place


def _each(found: Iterable[Any]) -> list[Any]:
    """Without the repetitions of a join, in their order."""
    return sorted({one for one in found if one is not None}, key=lambda one: one.id)


def _query(lesson_id: int, student_id: int) -> Any:
    usual_type = aliased(WorkType)
    usual = (
        select(usual_type.id)
        .where(usual_type.school_id == Lesson.school_id)
        .order_by(usual_type.is_default.desc(), usual_type.id)
        .limit(1)
        .correlate(Lesson)
        .scalar_subquery()
    )
    holiday = holiday_on(Lesson.school_id, Lesson.date).correlate(Lesson).scalar_subquery()

    def here(table: Any) -> ColumnElement[bool]:
        return (table.student_id == Student.id) & (table.lesson_id == Lesson.id)  # type: ignore[no-any-return]

    in_class = (Enrollment.student_id == Student.id) & (Enrollment.school_class_id == Lesson.school_class_id)
    return (
        _locked(lesson_id)
        .add_columns(WorkType, Scale, holiday.label("holiday"), Student, Mark, Absence, Debt, Enrollment)
        .add_columns(SubgroupMember.subgroup_id)
        .outerjoin(Scale, scale_of_subject())
        .outerjoin(WorkType, WorkType.id == func.coalesce(Lesson.work_type_id, usual))
        .outerjoin(Student, Student.id == student_id)
        .outerjoin(Mark, here(Mark))
        .outerjoin(Absence, here(Absence))
        .outerjoin(Debt, here(Debt) & Debt.state.in_(("open", "closed")))
        .outerjoin(Enrollment, in_class)
        .outerjoin(SubgroupMember, SubgroupMember.student_id == Student.id)
        .options(joinedload(Mark.work_type), joinedload(Debt.work_type))
    )


def _know(session: Session, place: Place, row: Any) -> None:
    """What was read for the cell, the records' own rules need not ask for again."""
    known, lesson = session.info.setdefault(ASKED_ONCE, {}), place.lesson
    known["holiday", lesson.school_id, lesson.date] = row.holiday
    known["scale", lesson.school_id, lesson.subject.scale_id] = place.scale
    if row.WorkType is not None and lesson.work_type_id is None:
        known["work type", lesson.school_id] = row.WorkType
    know_open_debts(session, lesson.id, place.debts)
    for key, is_in in (
        (("class", lesson.school_class_id, lesson.date), is_there(place)),
        (("subgroup", lesson.subgroup_id), lesson.subgroup_id in place.subgroup_ids),
    ):
        known[key] = known.get(key, frozenset()) - {place.student.id} | ({place.student.id} if is_in else set())


def is_there(place: Place) -> bool:
    """Whether the student is in the lesson's class on its day."""
    day = place.lesson.date
    return any(one.begins_on <= day and (one.ends_on is None or one.ends_on >= day) for one in place.enrollments)
