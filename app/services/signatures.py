"""Signing a child's week: who may, what is kept, and who of a class has signed which week."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.signatures import Differences, differences, digest, may_be_signed, seal
from app.domain.weeks import A_WEEK, monday_of
from app.models import Absence, BehaviourMark, Guardianship, Mark, Remark, Student, WeekSignature, WorkType
from app.models.people import Enrollment
from app.services.channels.reading import last_read
from app.services.start_away import enrolled_on, sorted_name
from app.session.engine import actor_of

log = structlog.get_logger()

MAY_SIGN = ("can_write", "week_signature")
MAY_READ = ("can_read", "week_signature")
WEEKS_SHOWN = 8


@dataclass(frozen=True)
class Signed:
    """How a week stands with the reader's signature."""

    content_hash: str  # of what stands there now
    signature: Any = None  # the one in force, or the last one
    since: Differences = field(default_factory=lambda: Differences((), (), ()))

    @property
    def is_in_force(self) -> bool:
        return self.signature is not None and not self.since


def signed_state(signatures: Sequence[Any], parts: Mapping[str, str]) -> Signed:
    """Signatures come newest first."""
    now = seal(parts)
    for one in signatures:
        if one.content_hash == now:
            return Signed(now, one)
    last = next(iter(signatures), None)
    return Signed(now, last, differences(last.parts, parts)) if last is not None else Signed(now)


def sign(
    session: Session, child: Any, monday: date, seen: str, parts: Mapping[str, str], means: str, today: date
) -> None:
    """Keep that the session's person signed what stands in the week now. The caller commits.

    Raises NotAllowed for who is no guardian of the child, InvalidInput for a week that is still going on, Conflict
    where the week is not any more what the person has seen.
    """
    actor = actor_of(session)
    if child.id not in actor.child_ids or not actor.may(*MAY_SIGN):
        raise NotAllowed
    if not may_be_signed(monday, today):
        raise InvalidInput("week", "signature.too_early", day=f"{monday + timedelta(days=4):%d.%m.%Y}")
    now = seal(parts)
    if seen != now:
        raise Conflict("signature.changed")
    mine = select(Guardianship.guardian_id).where(
        Guardianship.student_id == child.id, Guardianship.guardian_id.in_(actor.own_guardian_ids)
    )
    guardian_id = session.scalars(mine.order_by(Guardianship.guardian_id)).first()
    if guardian_id is None:
        raise NotAllowed
    already = select(WeekSignature.id).where(
        WeekSignature.student_id == child.id, WeekSignature.guardian_id == guardian_id,
        WeekSignature.monday == monday, WeekSignature.content_hash == now,
    )  # fmt: skip
    if session.scalars(already).first() is not None:
        return
    session.add(
        WeekSignature(
            guardian_id=guardian_id, student_id=child.id, monday=monday, content_hash=now, parts=dict(parts),
            means=means, signed_at=datetime.now(UTC),
        )
    )  # fmt: skip
    session.flush()
    log.info("week.signed", student=child.id, monday=str(monday), means=means)


@dataclass
class Line:
    """A student of the class: name, and for each week what its cell says."""

    id: int
    name: str
    cells: list[str] = field(default_factory=list)  # signed, changed, unsigned, nothing
    read_at: datetime | None = None  # when a guardian last said of a mail that it was read


def matrix(session: Session, class_id: int, today: date) -> tuple[list[date], list[Line]]:
    """The last weeks of a class, newest first, and who has a signature of which. Seven statements."""
    last = monday_of(today) if may_be_signed(monday_of(today), today) else monday_of(today) - A_WEEK
    mondays = [last - A_WEEK * number for number in range(WEEKS_SHOWN)]
    query = (
        select(Student.id, Student.surname, Student.given_name)
        .join(Enrollment, Enrollment.student_id == Student.id)
        .where(Enrollment.school_class_id == class_id, enrolled_on(today))
        .order_by(sorted_name(Student.surname), Student.given_name, Student.id)
    )
    students = {row.id: Line(row.id, f"{row.surname} {row.given_name}") for row in session.execute(query)}
    parts = parts_of_weeks(session, students.keys(), mondays[-1], last + timedelta(days=6))
    signed: dict[tuple[int, date], set[str]] = defaultdict(set)
    kept = select(WeekSignature.student_id, WeekSignature.monday, WeekSignature.content_hash).where(
        WeekSignature.student_id.in_(students.keys()), WeekSignature.monday.between(mondays[-1], last)
    )
    for row in session.execute(kept):
        signed[row.student_id, row.monday].add(row.content_hash)
    read = last_read(session, list(students))
    for line in students.values():
        line.read_at = read.get(line.id)
        line.cells = [_cell(signed.get((line.id, monday)), parts.get((line.id, monday), {})) for monday in mondays]
    return mondays, list(students.values())


def _cell(hashes: Collection[str] | None, parts: Mapping[str, str]) -> str:
    if hashes:
        return "signed" if seal(parts) in hashes else "changed"
    return "unsigned" if parts else "nothing"


def parts_of_weeks(
    session: Session, student_ids: Collection[int], first: date, last: date
) -> Mapping[tuple[int, date], Mapping[str, str]]:
    """(student, Monday) → what a guardian signs, as the week's own page has it. Four statements."""
    found: dict[tuple[int, date], dict[str, str]] = defaultdict(dict)
    row: Any
    marks = (
        select(Mark.id, Mark.student_id, Mark.lesson_id, Mark.given_on, Mark.value, Mark.work_type_id, Mark.comment)
        .join(WorkType, WorkType.id == Mark.work_type_id)
        .where(Mark.student_id.in_(student_ids), Mark.given_on.between(first, last))
        .where(Mark.published_at <= datetime.now(UTC))
    )
    for row in session.execute(marks):
        said = digest(row.value, row.work_type_id, row.comment or "")
        found[row.student_id, monday_of(row.given_on)][f"mark:{row.id}:{row.lesson_id}"] = said
    absences = select(Absence.student_id, Absence.lesson_id, Absence.missed_on, Absence.reason, Absence.comment).where(
        Absence.student_id.in_(student_ids), Absence.missed_on.between(first, last)
    )
    for row in session.execute(absences):
        said = digest(row.reason, row.comment or "")
        found[row.student_id, monday_of(row.missed_on)][f"absence:{row.lesson_id}:{row.lesson_id}"] = said
    remarks = select(Remark.id, Remark.student_id, Remark.given_on, Remark.kind, Remark.text).where(
        Remark.student_id.in_(student_ids), Remark.given_on.between(first, last)
    )
    for row in session.execute(remarks):
        found[row.student_id, monday_of(row.given_on)][f"remark:{row.id}:"] = digest(row.kind, row.text)
    behaviour = select(BehaviourMark.student_id, BehaviourMark.week, BehaviourMark.value, BehaviourMark.comment).where(
        BehaviourMark.student_id.in_(student_ids), BehaviourMark.week.between(first, last)
    )
    for row in session.execute(behaviour):
        found[row.student_id, row.week]["behaviour::"] = digest(row.value, row.comment or "")
    return found
