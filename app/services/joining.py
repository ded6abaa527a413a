"""Joining by an invitation: the code opens once, for one person, and all of it happens or nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from app.domain.codes import read_code, sealed
from app.domain.emails import no_address
from app.domain.errors import InvalidInput
from app.models import AccountContact, Guardian, Guardianship, Invitation, School, Student
from app.models.people import Enrollment
from app.services.contacts import CONFIRM, Contact, is_taken, send_proof
from app.services.invitations import GUARDIAN, JOIN, RETURN, STUDENT, WHAT, kept_out_accounts
from app.services.one_time import settle
from app.services.settings import rules_of
from app.services.start_away import enrolled_on

log = structlog.get_logger()

AROUND = {"around_the_rule": True}


@dataclass(frozen=True)
class Opened:
    """What a living code opens."""

    invitation: Invitation
    person: Any  # the guardian or the student
    kind: str
    school: str
    children: list[str]
    shortest_password: int
    login: str  # of the account that there is, where the code gives a new password

    @property
    def is_return(self) -> bool:
        return self.invitation.purpose == RETURN


def opened(session: Session, typed: str, key: str, now: datetime, *, lock: bool = False) -> Opened | None:
    """What the code opens now; None for every other code, whatever is the matter with it."""
    query = select(Invitation).where(Invitation.code_hash == sealed(key, WHAT, read_code(typed)))
    invitation = session.scalars(query.with_for_update() if lock else query).first()
    if invitation is None or invitation.used_at or invitation.revoked_at or invitation.expires_at <= now:
        return None
    kind = GUARDIAN if invitation.guardian_id is not None else STUDENT
    table, number = (Guardian, invitation.guardian_id) if kind == GUARDIAN else (Student, invitation.student_id)
    wanted = select(table).where(table.id == number)
    person: Any = session.scalars(wanted.with_for_update() if lock else wanted).first()
    rules = rules_of(session, {invitation.school_id})[invitation.school_id]
    children = _children(session, kind, number, rules.today(now))
    if person is None or not children:
        return None
    login = ""
    if invitation.purpose == JOIN:
        if person.user_id is not None:
            return None
    else:
        account = session.execute(
            select(User.id, User.username).where(User.id == person.user_id, User.active.is_(True))
        ).first()
        if account is None or account.id in kept_out_accounts(session, {account.id}):
            return None
        login = account.username
    school = session.get_one(School, invitation.school_id).name
    return Opened(invitation, person, kind, school, children, rules.number("shortest_password"), login)


def _children(session: Session, kind: str, number: int | None, today: Any) -> list[str]:
    """Whom the person may follow today; nobody where a court has barred it, or the child has left."""
    attends = exists().where(Enrollment.student_id == Student.id).where(enrolled_on(today))
    query = select(Student).where(attends).order_by(Student.surname, Student.given_name, Student.id)
    if kind == STUDENT:
        query = query.where(Student.id == number)
    else:
        query = query.join(Guardianship, Guardianship.student_id == Student.id).where(
            Guardianship.guardian_id == number,
            Guardianship.barred.is_(False),
            or_(Guardianship.begins_on.is_(None), Guardianship.begins_on <= today),
            or_(Guardianship.ends_on.is_(None), Guardianship.ends_on >= today),
        )
    return [str(student) for student in session.scalars(query)]


def join(
    session: Session, door: Opened, name: tuple[str, str], contact: Contact, password_hash: str, key: str, now: datetime
) -> tuple[int, str]:
    """The account, tied to the person of the code, and the key of the proof that was sent; the caller commits.

    Raises InvalidInput on `contact` where an account has it already.
    """
    if is_taken(session, contact, None):
        raise InvalidInput("contact", "contact.taken")
    user = User(
        last_name=name[0], first_name=name[1], username=contact.address, password=password_hash, active=True,
        email=no_address(f"invited-{door.invitation.id}"),
    )  # fmt: skip
    session.add(user)
    session.flush()
    _tie(session, door, user, now)
    kept = AccountContact(user_id=user.id, kind=contact.kind, address=contact.address)
    session.add(kept)
    session.flush()
    proof = send_proof(session, key, contact, CONFIRM, now, user=user.id, contact_id=kept.id)
    log.info("joined", account=user.id, invitation=door.invitation.id)
    return user.id, proof


def attach(session: Session, door: Opened, user_id: int, now: datetime) -> bool:
    """Tie a guardian's code to the account that the person has already; whether that could be. The caller commits."""
    if door.kind != GUARDIAN or door.is_return:
        return False
    is_student = select(Student.id).where(Student.user_id == user_id).limit(1)
    user = session.scalars(select(User).where(User.id == user_id, User.active.is_(True))).first()
    if user is None or session.scalars(is_student).first() is not None:
        return False
    _tie(session, door, user, now)
    log.info("joined.attached", account=user_id, invitation=door.invitation.id)
    return True


def come_back(session: Session, door: Opened, password_hash: str, now: datetime) -> int:
    """A new password for the account of the code's person; the account. The caller commits."""
    user = session.scalars(select(User).where(User.id == door.person.user_id)).one()
    user.password = password_hash
    settle(session, user.id)
    _use(door.invitation, user.id, now)
    session.flush()
    log.info("joined.returned", account=user.id, invitation=door.invitation.id)
    return int(user.id)


def _tie(session: Session, door: Opened, user: Any, now: datetime) -> None:
    role = session.scalars(select(Role).where(func.lower(Role.name) == door.kind)).first()
    if role is None:
        log.error("joined.without_role", role=door.kind)
        raise InvalidInput("code", "invitation.dead")
    if role not in user.roles:
        user.roles.append(role)
    door.person.user_id = user.id
    _use(door.invitation, user.id, now)
    session.flush()


def _use(invitation: Invitation, user_id: int, now: datetime) -> None:
    invitation.used_at, invitation.used_by_user_id = now, user_id
