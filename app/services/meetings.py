"""Meetings: who comes. A family answers until the meeting begins, in the diary or by text; the class sees who does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, NotAllowed, NotFound
from app.models import Enrollment, Event, EventAnswer, Guardian, Guardianship, SchoolClass, Student
from app.services.start_away import enrolled_on, sorted_name
from app.services.start_class import standing
from app.session.engine import actor_of

log = structlog.get_logger()

MEETING = "meeting"
MAY_ANSWER = ("can_write", "event_answer")
MAY_READ = ("can_read", "event_answer")
MOST = 2000  # students on one page


@dataclass(frozen=True)
class Invitation:
    """A meeting that a child's family is invited to, and what the reader has answered; None: nothing yet."""

    event: Event
    comes: bool | None


def invitations_of(session: Session, child: Any, now: datetime) -> Sequence[Invitation]:
    """The coming meetings of the child's class and school, the next first. One statement."""
    own = actor_of(session).own_guardian_ids
    is_mine = (EventAnswer.event_id == Event.id) & (EventAnswer.student_id == child.id)
    query = (
        select(Event, EventAnswer.comes)
        .outerjoin(EventAnswer, is_mine & EventAnswer.guardian_id.in_(own))
        .where(Event.kind == MEETING, Event.starts_at > now, Event.school_id == child.school_id)
        .where(or_(Event.school_class_id.is_(None), Event.school_class_id == child.school_class_id))
        .order_by(Event.starts_at, Event.id)
        .limit(10)
    )
    return [Invitation(event, comes) for event, comes in session.execute(query).all()]


def answer_meeting(
    session: Session, event_id: int, student_id: int, comes: bool, way: str, now: datetime, today: date
) -> Event:
    """Keep the answer of the session's person for an own child; the meeting. The caller commits.

    Raises NotFound for what is no meeting of the child, NotAllowed for who is no guardian, Conflict once it has begun.
    """
    actor = actor_of(session)
    meeting = select(Event).where(Event.id == event_id, Event.kind == MEETING, Event.cancelled.is_(False))
    event = session.scalars(meeting).first()
    of_child = select(Enrollment.school_class_id).where(Enrollment.student_id == student_id, enrolled_on(today))
    if event is None or event.school_class_id not in (None, *session.scalars(of_child)):
        raise NotFound
    mine = select(Guardianship.guardian_id).where(
        Guardianship.student_id == student_id, Guardianship.guardian_id.in_(actor.own_guardian_ids)
    )
    guardian_id = session.scalars(mine.order_by(Guardianship.guardian_id)).first()
    if guardian_id is None or student_id not in actor.child_ids or not actor.may(*MAY_ANSWER):
        raise NotAllowed
    if event.starts_at <= now:
        raise Conflict("meeting.begun")
    given = select(EventAnswer).where(
        EventAnswer.event_id == event.id, EventAnswer.student_id == student_id, EventAnswer.guardian_id == guardian_id
    )
    answer = session.scalars(given.with_for_update(of=EventAnswer)).first()
    if answer is None:
        answer = EventAnswer(event_id=event.id, student_id=student_id, guardian_id=guardian_id)
        session.add(answer)
    answer.comes, answer.way, answer.answered_at = comes, way, now
    session.flush()
    log.info("meeting.answered", meeting=event.id, way=way)
    return event


@dataclass
class Line:
    """A student on the meeting's list, and what the guardians have answered."""

    name: str
    answers: list[tuple[str, EventAnswer]] = field(default_factory=list)
    phones: list[tuple[str, str]] = field(default_factory=list)  # guardian and number, where nobody has answered

    @property
    def comes(self) -> bool | None:
        """Whether anybody comes; None where nobody has answered."""
        return any(answer.comes for _name, answer in self.answers) if self.answers else None


@dataclass
class ClassList:
    """A class at the meeting."""

    name: str
    lines: list[Line] = field(default_factory=list)

    def count(self, comes: bool | None) -> int:
        return sum(line.comes is comes for line in self.lines)


def who_comes(session: Session, event: Event, today: date) -> Sequence[ClassList]:
    """The invited students whom the reader sees, class by class, with their answers. At most three statements."""
    query = (
        select(Student.id, Student.surname, Student.given_name, SchoolClass.id.label("class_id"))
        .add_columns(SchoolClass.name.label("class_name"))
        .join(Enrollment, Enrollment.student_id == Student.id)
        .join(SchoolClass, SchoolClass.id == Enrollment.school_class_id)
        .where(enrolled_on(today), Student.school_id == event.school_id)
        .order_by(
            SchoolClass.grade_level, SchoolClass.name, sorted_name(Student.surname), Student.given_name, Student.id
        )
        .limit(MOST)
    )
    if event.school_class_id is not None:
        query = query.where(Enrollment.school_class_id == event.school_class_id)
    classes: dict[int, ClassList] = {}
    lines: dict[int, Line] = {}
    for row in session.execute(query):
        lines[row.id] = Line(f"{row.surname} {row.given_name}")
        classes.setdefault(row.class_id, ClassList(row.class_name)).lines.append(lines[row.id])
    given = select(EventAnswer, Guardian).join(Guardian, Guardian.id == EventAnswer.guardian_id)
    for answer, guardian in session.execute(given.where(EventAnswer.event_id == event.id).order_by(EventAnswer.id)):
        if answer.student_id in lines:
            lines[answer.student_id].answers.append((str(guardian), answer))
    if actor_of(session).may("can_read", "guardian") and not event.cancelled:
        _add_phones(session, {key: line for key, line in lines.items() if not line.answers}, today)
    return list(classes.values())


def _add_phones(session: Session, silent: Mapping[int, Line], today: date) -> None:
    """Whom to call of the families that have not answered, as the reader sees them."""
    query = (
        select(Guardianship.student_id, Guardian)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(Guardianship.student_id.in_(silent), standing(today), Guardian.phone.is_not(None))
        .order_by(Guardian.surname, Guardian.given_name, Guardian.id)
    )
    for student_id, guardian in session.execute(query):
        silent[student_id].phones.append((str(guardian), guardian.phone or ""))
