"""The journal's save door: what was typed in a cell becomes marks and an absence, by the ordinary records and rules.

A change says what the person saw before (`was`); where something else stands there by now, nothing is saved, and the
answer tells what stands, who wrote it and when.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from app.domain.averages import Given, is_number
from app.domain.errors import InvalidInput, NotAllowed
from app.domain.journal_cells import Cell, changes, read_cell
from app.domain.marks import MarkScale
from app.models import Absence, Enrollment, Lesson, Mark, Scale, Student, SubgroupMember, Subject, WorkType
from app.records.checks import ASKED_ONCE
from app.records.unlocking import is_lesson_open
from app.services.debts import OPEN_IN_LESSON, know_open_debts
from app.services.history import record_history
from app.services.holidays import holiday_on
from app.services.journal import scale_of_subject
from app.services.scales import DEFAULT_SCALE
from app.session.engine import actor_of


@dataclass(frozen=True)
class Written:
    """A cell (or a lesson's text) as it stands: its text, its versions, and what each number in it weighs."""

    text: str
    versions: str
    hundredths: tuple[int, ...] = ()
    draft: bool = False


class Overtaken(Exception):
    """Somebody else wrote here meanwhile: how it stands now, and who did it when."""

    def __init__(self, now: Written, who: str = "", when: datetime | None = None) -> None:
        super().__init__("overtaken")
        self.now, self.who, self.when = now, who, when


@dataclass
class Place:
    """One cell, with all that stands in it."""

    lesson: Lesson
    student: Student
    marks: list[Mark] = field(default_factory=list)
    absence: Absence | None = None
    enrollments: set[Enrollment] = field(default_factory=set)
    subgroup_ids: set[int] = field(default_factory=set)

    @property
    def cell(self) -> Cell:
        return Cell(tuple(mark.value for mark in self.marks), self.absence.reason if self.absence else None)

    def written(self) -> Written:
        """The cell as the page shows it."""
        return Written(
            str(self.cell),
            versions(self.marks, self.absence),
            tuple(weight_of(self.lesson, mark) for mark in self.marks if is_number(mark.value)),
            any(mark.published_at is None for mark in self.marks),
        )


def versions(marks: Sequence[Any], absence: Any) -> str:
    """The rows of a cell and their versions in one word; empty for an empty cell."""
    if not marks and absence is None:
        return ""
    told = "/".join(f"{mark.id}.{mark.version}" for mark in marks)
    return f"{told};{absence.id}.{absence.version}" if absence is not None else told


def weight_of(lesson: Lesson, mark: Mark) -> int:
    """What the mark weighs in averages, in hundredths; 0 where it does not count (yet)."""
    weight = lesson.weight if lesson.weight is not None else mark.work_type.weight
    return Given(mark.value, weight, lesson.counts and mark.published_at is not None).hundredths


def write_cell(session: Session, lesson_id: int, student_id: int, typed: str, was: str) -> Written:
    """Let the cell hold what was typed. Raises Overtaken, InvalidInput, NotAllowed; the caller commits."""
    lesson, scale = _lesson_and_scale(session, lesson_id)
    _refuse_unless_open(session, lesson, "mark", "absence")
    place = _place(session, lesson, student_id)
    wanted = read_cell(typed, scale)
    if wanted == place.cell:  # also where two typed the same, or one request came twice
        return place.written()
    if versions(place.marks, place.absence) != was:
        raise Overtaken(place.written(), *_author(session, place))
    _refuse_unless_there(place)
    _know(session, place)
    front, gone, come = changes(place.cell.marks, wanted.marks)
    kept, old = place.marks[:front], place.marks[front : front + gone]
    for mark, value in zip(old, wanted.marks[front : front + come], strict=False):
        mark.value = value
    for mark in old[come:]:
        session.delete(mark)
    added = [
        Mark(lesson=lesson, student=place.student, value=value) for value in wanted.marks[front + gone : front + come]
    ]
    session.add_all(added)
    place.marks = [*kept, *old[:come], *added, *place.marks[front + gone :]]
    place.absence = _write_absence(session, place, wanted.reason)
    session.flush()
    place.marks.sort(key=lambda mark: mark.id)
    return place.written()


def _write_absence(session: Session, place: Place, reason: str | None) -> Absence | None:
    absence = place.absence
    if reason is None:
        if absence is not None:
            session.delete(absence)
        return None
    if absence is None:
        absence = Absence(lesson=place.lesson, student=place.student, reason=reason)
        session.add(absence)
    elif absence.reason != reason:
        absence.reason = reason
    return absence


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


def _lesson_and_scale(session: Session, lesson_id: int) -> tuple[Lesson, MarkScale]:
    """In one statement what the rules would else ask for one by one."""
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
    query = (
        _locked(lesson_id)
        .add_columns(WorkType, Scale, holiday.label("holiday"), OPEN_IN_LESSON.label("has_debts"))
        .outerjoin(Scale, scale_of_subject())
        .outerjoin(WorkType, WorkType.id == func.coalesce(Lesson.work_type_id, usual))
    )
    row = session.execute(query).first()
    if row is None:
        raise InvalidInput("lesson", "relation.unknown")
    lesson: Lesson = row.Lesson
    scale = row.Scale
    held = MarkScale(scale.lowest, scale.highest, tuple(scale.words.split())) if scale is not None else DEFAULT_SCALE
    known = session.info.setdefault(ASKED_ONCE, {})
    known["holiday", lesson.school_id, lesson.date] = row.holiday
    if row.WorkType is not None and lesson.work_type_id is None:
        known["work type", lesson.school_id] = row.WorkType
    if not row.has_debts:
        know_open_debts(session, lesson.id, ())
    known["scale", lesson.school_id, lesson.subject.scale_id] = held
    return lesson, held


def _place(session: Session, lesson: Lesson, student_id: int) -> Place:
    query = (
        select(Student, Mark, Absence, Enrollment, SubgroupMember.subgroup_id)
        .outerjoin(Mark, (Mark.student_id == Student.id) & (Mark.lesson_id == lesson.id))
        .outerjoin(Absence, (Absence.student_id == Student.id) & (Absence.lesson_id == lesson.id))
        .outerjoin(
            Enrollment,
            (Enrollment.student_id == Student.id) & (Enrollment.school_class_id == lesson.school_class_id),
        )
        .outerjoin(SubgroupMember, SubgroupMember.student_id == Student.id)
        .options(joinedload(Mark.work_type))
        .where(Student.id == student_id)
        .order_by(Mark.id)
        .execution_options(populate_existing=True)
    )
    rows = session.execute(query).unique().all()
    if not rows:
        raise InvalidInput("student", "student.not_yours")
    place = Place(lesson, rows[0].Student)
    place.marks = list(dict.fromkeys(row.Mark for row in rows if row.Mark is not None))
    place.absence = rows[0].Absence
    place.enrollments = {row.Enrollment for row in rows if row.Enrollment is not None}
    place.subgroup_ids = {row.subgroup_id for row in rows if row.subgroup_id is not None}
    return place


def _refuse_unless_open(session: Session, lesson: Lesson, *records: str) -> None:
    """Before anything else is looked at: the write rule says the same of the rows, in fewer words."""
    actor = actor_of(session)
    if not all(actor.may("can_write", record) for record in records):
        raise NotAllowed("not_allowed")
    if not actor.teaches(lesson):
        raise NotAllowed("not_allowed.row")
    if not is_lesson_open(actor, lesson):
        raise InvalidInput("lesson", "term.closed")


def _refuse_unless_there(place: Place) -> None:
    """The general rule says that the student is not in the class; here it is known why."""
    day = place.lesson.date
    if any(one.begins_on <= day and (one.ends_on is None or one.ends_on >= day) for one in place.enrollments):
        return
    later = [one.begins_on for one in place.enrollments if one.begins_on > day]
    if later:
        raise InvalidInput("student", "student.not_yet", day=f"{min(later):%d.%m.%Y}")
    gone = [one.ends_on for one in place.enrollments if one.ends_on is not None]
    if gone:
        raise InvalidInput("student", "student.left", day=f"{max(gone):%d.%m.%Y}")
    raise InvalidInput("student", "student.not_in_class")


def _know(session: Session, place: Place) -> None:
    """What was read for the cell, the record's own check need not ask for again."""
    known, lesson = session.info[ASKED_ONCE], place.lesson
    for key, is_in in (
        (("class", lesson.school_class_id, lesson.date), True),
        (("subgroup", lesson.subgroup_id), lesson.subgroup_id in place.subgroup_ids),
    ):
        known[key] = known.get(key, frozenset()) | ({place.student.id} if is_in else set())


def _author(session: Session, place: Place) -> tuple[str, datetime | None]:
    """Who wrote last what stands in the cell; nobody is known where it was emptied."""
    rows = [("mark", mark.id) for mark in place.marks]
    rows += [("absence", place.absence.id)] if place.absence is not None else []
    told = [one for record, key in rows for one in record_history(session, record, key, 1)]
    last = max(told, key=lambda one: one.happened_at, default=None)
    return (last.author, last.happened_at) if last is not None else ("", None)
