"""A whole sheet of term marks is saved at once: nothing, where one line is wrong, and each line says what is."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, SchoolError
from app.domain.marks import mark_value
from app.models import TermMark
from app.records.late_changes import term_is_past
from app.records.term_marks import KEPT, value_without_marks
from app.services.term_mark_sheet import Line, Sheet
from app.session.reasons import FIELD, give_reason


@dataclass(frozen=True)
class Typed:
    """What stands in one line of the form; `version` is that of the mark that was shown, 0 for none."""

    value: str
    reason: str
    version: int


def give(session: Session, sheet: Sheet, typed: Mapping[int, Typed], why: str) -> dict[int, SchoolError]:
    """Put what was typed into the session, flushed; student → what is wrong in the line, and then nothing was done.

    Student 0 stands for the sheet as a whole.
    """
    wrong: dict[int, SchoolError] = {}
    give_reason(session, why)
    changed = [(line, typed[line.student.id]) for line in sheet.lines if _differs(line, typed.get(line.student.id))]
    for line, given in changed:
        try:
            _check_line(sheet, line, given)
        except SchoolError as refused:
            wrong[line.student.id] = refused
    corrected = [line.given for line, _typed in changed if line.given is not None]
    if corrected and not why.strip() and term_is_past(session, corrected[0]):
        wrong[0] = InvalidInput(FIELD, "change_reason.required")
    if wrong:
        return wrong
    session.info[KEPT] = {
        (line.student.id, sheet.subject.id, sheet.term.id, sheet.kind): _proposed(sheet, line) for line in sheet.lines
    }
    for line, given in changed:
        _put(session, sheet, line, given)
    session.flush()
    return {}


def _proposed(sheet: Sheet, line: Line) -> str:
    return line.proposed.value if line.proposed is not None else value_without_marks(sheet.kind)


def _differs(line: Line, typed: Typed | None) -> bool:
    if typed is None:
        return False
    if line.given is None:
        return bool(typed.value.strip())
    is_stale = typed.version != line.given.version  # the conflict is told, whatever was typed
    if is_stale and typed.value.strip() == line.given.value:
        return False
    return (typed.value.strip(), typed.reason.strip()) != (line.given.value, line.given.reason)


def _check_line(sheet: Sheet, line: Line, typed: Typed) -> None:
    newest = line.given.version if line.given is not None else 0
    if typed.version != newest:
        raise Conflict("term_mark.changed", value=line.given.value if line.given is not None else "—")
    if not typed.value.strip():
        return
    value, proposed = mark_value(typed.value, sheet.scale), _proposed(sheet, line)
    decides_anew = line.given is None or line.given.value != value
    if decides_anew and proposed and value != proposed and not typed.reason.strip():
        raise InvalidInput("reason", "term_mark.differs", proposed=proposed, given=value)
    if len(typed.reason) > 500:
        raise InvalidInput("reason", "text.too_long", limit=500, given=len(typed.reason))


def _put(session: Session, sheet: Sheet, line: Line, typed: Typed) -> None:
    if line.given is None:
        mark = TermMark(kind=sheet.kind, value=typed.value.strip(), reason=typed.reason.strip())
        mark.student, mark.subject, mark.term = line.student, sheet.subject, sheet.term
        mark.student_id, mark.subject_id, mark.term_id = line.student.id, sheet.subject.id, sheet.term.id
        session.add(mark)
    elif not typed.value.strip():
        session.delete(line.given)
    else:
        line.given.value, line.given.reason = typed.value.strip(), typed.reason.strip()
