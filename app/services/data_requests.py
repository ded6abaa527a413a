"""Requests for a change of own data: asked and withdrawn by a guardian, shown to the class teacher and the office."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.emails import is_email, is_no_address
from app.domain.errors import Conflict, NotFound
from app.domain.phones import phone_number
from app.models import DataRequest, Guardian, Guardianship, SchoolClass, Staff, Student
from app.models.people import Enrollment
from app.services.mail import Button, write_mail
from app.services.start_away import enrolled_on
from app.services.start_class import standing
from app.session.actors import Actor
from app.session.engine import actor_of
from app.words import _

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
MAY_DECIDE = ("can_write", "data_decision")
DETAILS, MISSING, NOT_MINE = "details", "child_missing", "not_my_child"
NAMES = ("surname", "given_name", "patronymic")
MOST_IN_A_DAY = 10
MOST_SHOWN = 100
MOST_MEANT = 1000
SHOWN_FOR = timedelta(days=30)


@dataclass
class Asked:
    """A request as its decider sees it: what would change, and which students may be meant."""

    request: DataRequest
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # field, as it is, as it would be
    meant: Sequence[Student] = ()  # students of that name, for “a child is missing”
    may_accept: bool = True


def may_decide(actor: Actor, request: Any) -> bool:
    """The class teacher of one of the guardian's children, or the office; nobody about the own data."""
    if not actor.may(*MAY_DECIDE) or request.guardian_id in actor.own_guardian_ids:
        return False
    return actor.runs(request.school_id) or request.guardian_id in actor.guardian_ids


def may_accept(actor: Actor, request: Any) -> bool:
    """A child is linked by the office alone, and unlinked by it or the teacher of the child's class."""
    if not may_decide(actor, request) or actor.runs(request.school_id):
        return may_decide(actor, request)
    return request.kind == DETAILS or (request.kind == NOT_MINE and request.child_id in actor.student_ids)


def ask(session: Session, request: DataRequest, now: datetime, today: date, speaks: str) -> None:
    """Save the request of the session's person, and tell the class teachers. Raises InvalidInput, Conflict, NotFound.

    The caller commits.
    """
    actor = actor_of(session)
    if request.guardian_id not in actor.own_guardian_ids:
        raise NotFound
    if not is_standing(session, request.guardian_id, today):
        raise Conflict("data_request.right_ended")
    of_today = select(func.count()).where(
        DataRequest.guardian_id == request.guardian_id, DataRequest.created_at > now - timedelta(days=1)
    )
    if (session.scalar(of_today) or 0) >= MOST_IN_A_DAY:
        raise Conflict("data_request.too_many")
    if request.phone is not None:
        request.phone = phone_number(request.phone)
    alike = select(DataRequest.id).where(
        DataRequest.guardian_id == request.guardian_id,
        DataRequest.state == "waiting",
        DataRequest.kind == request.kind,
        DataRequest.child_id.is_not_distinct_from(request.child_id),
    )
    if request.kind != MISSING and session.scalars(alike).first() is not None:
        raise Conflict("data_request.stands")
    session.add(request)
    session.flush()
    for address in _class_teachers(session, request.guardian_id, today):
        write_mail(
            session, "request", school_id=request.school_id, to=address, language=speaks,
            subject=_("A family asks for a change of its data"),
            paragraphs=(_("A guardian of your class asks the school to change what it has about them. What it is "
                          "stands in the journal; you accept it with one click, or decline it with a word."),),
            button=Button(_("To the request"), "/requests/"),
        )  # fmt: skip
    log.info("data_request.made", request=request.id, kind=request.kind)


def withdraw(session: Session, request_id: int, now: datetime) -> None:
    """Take back an own request. Raises NotFound, Conflict. The caller commits."""
    query = select(DataRequest).where(DataRequest.id == request_id).with_for_update(of=DataRequest)
    request = session.scalars(query.execution_options(populate_existing=True)).first()
    if request is None or request.guardian_id not in actor_of(session).own_guardian_ids:
        raise NotFound
    if request.state != "waiting":
        raise Conflict("data_request.decided")
    request.state, request.decided_at = "withdrawn", now
    session.flush()


def waiting_count(session: Session) -> int:
    """How many requests wait for a decision of the session's person."""
    query = select(DataRequest.guardian_id, DataRequest.school_id).where(DataRequest.state == "waiting")
    actor = actor_of(session)
    return sum(may_decide(actor, row) for row in session.execute(query))


def lately_of(session: Session, now: datetime) -> Sequence[DataRequest]:
    """What the session's person asked for that waits, or was decided in the last two weeks."""
    query = (
        select(DataRequest)
        .where(DataRequest.guardian_id.in_(actor_of(session).own_guardian_ids), DataRequest.state != "withdrawn")
        .where(or_(DataRequest.state == "waiting", DataRequest.decided_at > now - timedelta(days=14)))
        .order_by(DataRequest.id.desc())
        .limit(5)
    )
    return session.scalars(query).all()


def asked_of(session: Session, now: datetime) -> list[Asked]:
    """What waits for the session's person, the oldest first, and then what was decided of late."""
    actor = actor_of(session)
    query = (
        select(DataRequest)
        .where(or_(DataRequest.state == "waiting", DataRequest.decided_at > now - SHOWN_FOR))
        .order_by(DataRequest.state != "waiting", DataRequest.id)
        .limit(MOST_SHOWN)
    )
    requests = [one for one in session.scalars(query) if may_decide(actor, one)]
    _load(session, requests)
    students = _of_these_names(session, requests)
    return [Asked(one, _changes(one), students.get(one.id, ()), may_accept(actor, one)) for one in requests]


def _load(session: Session, requests: Sequence[DataRequest]) -> None:
    """Guardians and children of all of them, in two statements instead of one each."""
    held = session.info.setdefault("held", {})
    for model, ids in (
        (Guardian, {one.guardian_id for one in requests}),
        (Student, {one.child_id for one in requests if one.child_id}),
    ):
        if ids:
            held |= {(model, row.id): row for row in session.scalars(select(model).where(model.id.in_(ids)))}


def _changes(request: DataRequest) -> list[tuple[str, str, str]]:
    wanted = [(name, getattr(request, name)) for name in (*NAMES, "phone", "email")]
    return [(name, getattr(request.guardian, name) or "", value) for name, value in wanted if value is not None]


def _of_these_names(session: Session, requests: Sequence[DataRequest]) -> dict[int, list[Student]]:
    """For each “a child is missing” that waits: the school's students of that name whom the person sees."""
    asked = [one for one in requests if one.kind == MISSING and one.state == "waiting" and one.child_name]
    words = {one.id: set(_words(one.child_name or "")) for one in asked}
    if not asked:
        return {}
    query = (
        select(Student)
        .where(Student.school_id.in_({one.school_id for one in asked}))
        .where(_plain(Student.surname).in_(set().union(*words.values())))
        .order_by(Student.surname, Student.given_name, Student.id)
        .limit(MOST_MEANT)
    )
    students = session.scalars(query).all()
    return {one.id: [each for each in students if _may_be(each, one, words[one.id])][:10] for one in asked}


def _may_be(student: Student, request: DataRequest, words: set[str]) -> bool:
    is_named = set(_words(student.surname)) | set(_words(student.given_name)) <= words
    is_born = request.child_born_on is None or student.born_on in (None, request.child_born_on)
    return student.school_id == request.school_id and is_named and is_born


def _words(name: str) -> list[str]:
    return name.lower().replace("ё", "е").split()


def _plain(column: Any) -> Any:
    return func.replace(func.lower(column), "ё", "е")


def is_standing(session: Session, guardian_id: int, today: date) -> bool:
    """Whether the school links a child to the guardian on that day."""
    query = select(Guardianship.id).where(Guardianship.guardian_id == guardian_id, standing(today)).limit(1)
    return session.scalars(query, execution_options=AROUND).first() is not None


def _class_teachers(session: Session, guardian_id: int, today: date) -> list[str]:
    """The addresses of the teachers of the classes of the guardian's children."""
    query = (
        select(Staff.email, User.email.label("of_account"))
        .join(SchoolClass, SchoolClass.class_teacher_id == Staff.id)
        .join(Enrollment, (Enrollment.school_class_id == SchoolClass.id) & enrolled_on(today))
        .join(Guardianship, (Guardianship.student_id == Enrollment.student_id) & standing(today))
        .outerjoin(User, (User.id == Staff.user_id) & User.active)
        .where(Guardianship.guardian_id == guardian_id)
    )
    return sendable(row.of_account or row.email for row in session.execute(query, execution_options=AROUND))


def sendable(addresses: Iterable[str | None]) -> list[str]:
    """Those to which a mail can go, each once."""
    return sorted({one.lower() for one in addresses if one and is_email(one) and not is_no_address(one)})
