"""The journal's save door: what was typed in a cell becomes marks, an absence, a dot by the ordinary records and rules.

A change says what the person saw before (`was`); where something else stands there by now, nothing is saved, and the
answer tells what stands, who wrote it and when.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput, NotAllowed
from app.domain.journal_cells import Cell, changes, read_cell
from app.models import Absence, Debt, Lesson, Mark
from app.records.journal_places import Place, Written, is_there, place_of
from app.records.unlocking import is_lesson_open
from app.services.history import record_history, taken_away
from app.services.settings import school_day
from app.session.engine import actor_of

UNDONE_WITHIN = timedelta(hours=1)


class Overtaken(Exception):
    """Somebody else wrote here meanwhile: how it stands now, and who did it when."""

    def __init__(self, now: Written, who: str = "", when: datetime | None = None) -> None:
        super().__init__("overtaken")
        self.now, self.who, self.when = now, who, when


def write_cell(
    session: Session, lesson_id: int, student_id: int, typed: str, was: str, *, is_undo: bool = False
) -> Written:
    """Let the cell hold what was typed. Where this takes back what was done before, a dot is for what it was for.
    Raises Overtaken, InvalidInput, NotAllowed; the caller commits."""
    place = place_of(session, lesson_id, student_id)
    _refuse_unless_open(session, place.lesson, "mark", "absence")
    wanted = read_cell(typed, place.scale)
    stood = place.written()
    if wanted == place.cell:  # also where two typed the same, or one request came twice
        return stood
    if stood.versions != was:
        raise Overtaken(stood, *_author(session, place))
    _refuse_unless_there(place)
    _write(session, place, wanted, is_undo)
    session.flush()
    place.marks.sort(key=lambda mark: mark.id)
    place.debts = [debt for debt in place.debts if debt.state == "open"]  # one may have become the mark
    return place.written()


def _write(session: Session, place: Place, wanted: Cell, is_undo: bool) -> None:
    front, gone, come = changes(place.cell.marks, wanted.marks)
    kept, old = place.marks[:front], place.marks[front : front + gone]
    for mark, value in zip(old, wanted.marks[front : front + come], strict=False):
        mark.value = value
    for mark in old[come:]:
        session.delete(mark)
    added = [
        Mark(lesson=place.lesson, student=place.student, value=value)
        for value in wanted.marks[front + gone : front + come]
    ]
    session.add_all(added)
    place.marks = [*kept, *old[:come], *added, *place.marks[front + gone :]]
    place.absence = _write_absence(session, place, wanted.reason)
    if wanted.dot != bool(place.debts):
        if wanted.dot:
            place.debts = _set_dot(session, place, old[come:], is_undo)
        else:
            place.debts = _take_dot(session, place, added)


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


def _set_dot(session: Session, place: Place, old: Sequence[Mark], is_undo: bool) -> list[Debt]:
    """A new debt, beside the mark where there is one; where its mark was taken away again, the debt that it was."""
    ends = place.lesson.term.ends_on
    if ends < school_day(session, place.lesson.school_id):
        raise InvalidInput("text", "debt.term_over", last=f"{ends:%d.%m.%Y}")
    gone = {mark.id for mark in old}
    again = [debt for debt in place.settled if debt.became_id in gone]
    for debt in again:
        debt.state, debt.became, debt.became_id, debt.settled_on = "open", None, None, None
    if again:
        return again
    debt = Debt(lesson=place.lesson, student=place.student, mark=place.marks[-1] if place.marks else None)
    if is_undo:
        _as_it_was(session, place, debt)
    session.add(debt)
    return [debt]


def _as_it_was(session: Session, place: Place, debt: Debt) -> None:
    """The debt that was deleted here a short time ago, in all that it said."""
    since = datetime.now(UTC) - UNDONE_WITHIN
    lesson, student = place.lesson, place.student
    was = taken_away(session, lesson.school_id, "debt", since, lesson_id=lesson.id, student_id=student.id)
    if was.keys() >= {"task", "work_type_id", "due"}:
        debt.task, debt.work_type_id, debt.due = was["task"], was["work_type_id"], date.fromisoformat(was["due"])


def _take_dot(session: Session, place: Place, added: Sequence[Mark]) -> list[Debt]:
    """A mark that is entered over the dot is for the work that is owed, and the debt becomes it; else the dot goes."""
    if added:
        added[0].work_type, added[0].work_type_id = place.debts[0].work_type, place.debts[0].work_type_id
        return place.debts
    for debt in place.debts:
        session.delete(debt)
    return []


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
    if is_there(place):
        return
    day = place.lesson.date
    later = [one.begins_on for one in place.enrollments if one.begins_on > day]
    if later:
        raise InvalidInput("student", "student.not_yet", day=f"{min(later):%d.%m.%Y}")
    gone = [one.ends_on for one in place.enrollments if one.ends_on is not None]
    if gone:
        raise InvalidInput("student", "student.left", day=f"{max(gone):%d.%m.%Y}")
    raise InvalidInput("student", "student.not_in_class")


def _author(session: Session, place: Place) -> tuple[str, datetime | None]:
    """Who wrote last what stands in the cell; nobody is known where it was emptied."""
    rows = [("mark", mark.id) for mark in place.marks]
    rows += [("absence", place.absence.id)] if place.absence is not None else []
    rows += [("debt", debt.id) for debt in place.debts]
    told = [one for record, key in rows for one in record_history(session, record, key, 1)]
    last = max(told, key=lambda one: one.happened_at, default=None)
    return (last.author, last.happened_at) if last is not None else ("", None)
