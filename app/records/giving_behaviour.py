"""The week's behaviour as a class teacher gives it on the class's page: all lines of the form in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput
from app.models import BehaviourMark, Lesson, Remark
from app.records.behaviour import BEHAVIOUR
from app.records.journal import REMARKS
from app.services.behaviour import Line

LONGEST_COMMENT = 500
LONGEST_REMARK = 1000


class WrongLine(Exception):
    """A line that cannot be saved: the student's, and why."""

    def __init__(self, student_id: int, why: Conflict | InvalidInput) -> None:
        super().__init__(student_id)
        self.student_id, self.why = student_id, why


def give_behaviour(session: Session, lines: Sequence[Line], monday: date, typed: Mapping[str, str]) -> int:
    """Save what differs; how many lines that were. The caller commits. Raises WrongLine: nothing is saved then.

    What is chosen for the rest holds for all lines that were and are left empty.
    """
    rest = typed.get("rest", "")
    if rest in BEHAVIOUR:
        open_keys = [f"value-{line.pupil.id}" for line in lines if line.mark is None]
        typed = dict(typed) | {key: rest for key in open_keys if key in typed and not typed[key].strip()}
    return sum(_give(session, line, monday, typed) for line in lines if f"value-{line.pupil.id}" in typed)


def _give(session: Session, line: Line, monday: date, typed: Mapping[str, str]) -> bool:
    key, stands = line.pupil.id, line.mark
    value, comment = typed[f"value-{key}"].strip(), typed.get(f"comment-{key}", "").strip()
    if (value, comment) == ((stands.value, stands.comment) if stands is not None else ("", "")):
        return False
    if typed.get(f"version-{key}", "0") != str(stands.version if stands is not None else 0):
        raise WrongLine(key, Conflict("conflict.changed"))
    if value not in ("", *BEHAVIOUR) or (comment and not value):
        raise WrongLine(key, InvalidInput("value", "behaviour.value"))
    if len(comment) > LONGEST_COMMENT:
        raise WrongLine(key, InvalidInput("comment", "text.too_long", limit=LONGEST_COMMENT, given=len(comment)))
    if stands is None:
        session.add(BehaviourMark(student_id=key, week=monday, value=value, comment=comment))
    elif value:
        stands.value, stands.comment = value, comment
    else:
        session.delete(stands)
    session.flush()
    return True


def write_remark(session: Session, lesson: Lesson, typed: Mapping[str, str]) -> Remark:
    """A remark or praise in a lesson. The caller commits. Raises InvalidInput by field."""
    student, text, kind = typed.get("student", ""), typed.get("text", "").strip(), typed.get("kind", "")
    if not student.isascii() or not student.isdigit() or len(student) > 18:
        raise InvalidInput("student", "required" if not student else "relation.unknown")
    if kind not in REMARKS.choices["kind"]:
        raise InvalidInput("kind", "choice", allowed=", ".join(map(str, REMARKS.choices["kind"].values())))
    if not text:
        raise InvalidInput("text", "text.empty")
    if len(text) > LONGEST_REMARK:
        raise InvalidInput("text", "text.too_long", limit=LONGEST_REMARK, given=len(text))
    remark = Remark(
        lesson=lesson, student_id=int(student), kind=kind, text=text, to_guardians="to_guardians" in typed
    )  # fmt: skip
    session.add(remark)
    session.flush()
    return remark
