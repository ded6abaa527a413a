"""Invitations: who of a class has an account, letters with codes for those who have none, and codes that are dead.

A code is told once, in the letter that is made in the same act; what is lost is made anew, and the old code dies by it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from app.domain.codes import new_code, sealed
from app.domain.emails import NO_ADDRESS
from app.domain.errors import NotAllowed
from app.models import AccountContact, Guardian, Guardianship, Invitation, SchoolClass, SecondFactor, Staff, Student
from app.models.people import Enrollment
from app.services.settings import rules_of
from app.services.start_away import enrolled_on, sorted_name
from app.session.engine import actor_of

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
MAY_INVITE = ("can_write", "invitation")
GUARDIAN, STUDENT = "guardian", "student"
JOIN, RETURN = "join", "return"
WHAT = "invitation"  # the door of the codes


@dataclass
class Invited:
    """One guardian or student of a class: how the person stands, and what may be done."""

    kind: str
    id: int
    name: str
    children: list[str] = field(default_factory=list)  # of a guardian: those in the class
    is_barred: bool = False  # a court's order: no code, by no way
    account: Any = None  # row of id, username, last_login, first_name, last_name
    is_reachable: bool = False  # recovers the password alone, by a confirmed address or phone
    is_kept_out: bool = False  # staff, or with a second factor: no letter opens such an account
    letter: Any = None  # the newest invitation: created_at, expires_at, used_at, revoked_at, made_by

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.id}"

    @property
    def has_signed_in(self) -> bool:
        return self.account is not None and self.account.last_login is not None

    @property
    def may_join(self) -> bool:
        return self.account is None and not self.is_barred

    @property
    def may_return(self) -> bool:
        """Whether a letter may give the account a new password: only where nothing else can."""
        return self.account is not None and not (self.is_barred or self.is_reachable or self.is_kept_out)

    def waits(self, now: datetime) -> bool:
        """Whether a letter is under way that still opens."""
        row = self.letter
        return row is not None and row.used_at is None and row.revoked_at is None and row.expires_at > now


@dataclass(frozen=True)
class Letter:
    """What stands on one piece of paper."""

    invited: Invited
    purpose: str
    code: str
    expires_at: datetime


def ask(session: Session, school_class: SchoolClass) -> None:
    """Raise NotAllowed unless the person invites into this class: its teacher, or who runs the school."""
    actor = actor_of(session)
    if not actor.may(*MAY_INVITE) or not (actor.leads(school_class.id) or actor.runs(school_class.school_id)):
        raise NotAllowed


def people_of(session: Session, school_class: SchoolClass, now: datetime) -> list[Invited]:
    """Every student of the class and every guardian beside one, in the order of the class list."""
    today = rules_of(session, {school_class.school_id})[school_class.school_id].today(now)
    students = session.scalars(
        select(Student)
        .join(Enrollment, (Enrollment.student_id == Student.id) & enrolled_on(today))
        .where(Enrollment.school_class_id == school_class.id)
        .order_by(sorted_name(Student.surname), Student.given_name, Student.id)
    ).unique().all()  # fmt: skip
    people: dict[str, Invited] = {}
    users: dict[str, int | None] = {}
    beside = _guardians_beside(session, [student.id for student in students], today)
    for student in students:
        one = Invited(STUDENT, student.id, str(student))
        people[one.key], users[one.key] = one, student.user_id
        for guardian, barred in beside.get(student.id, ()):
            known = people.get(f"{GUARDIAN}-{guardian.id}")
            if known is None:
                known = Invited(GUARDIAN, guardian.id, str(guardian), is_barred=True)
                people[known.key], users[known.key] = known, guardian.user_id
            if not barred:
                known.is_barred = False
                known.children.append(str(student))
    _add_accounts(session, people, users)
    _add_letters(session, people)
    return list(people.values())


def _guardians_beside(session: Session, student_ids: Sequence[int], today: Any) -> dict[int, list[tuple[Any, bool]]]:
    query = (
        select(Guardian, Guardianship.student_id, Guardianship.barred)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .where(
            Guardianship.student_id.in_(student_ids),
            or_(Guardianship.begins_on.is_(None), Guardianship.begins_on <= today),
            or_(Guardianship.ends_on.is_(None), Guardianship.ends_on >= today),
        )
        .order_by(sorted_name(Guardian.surname), Guardian.given_name, Guardian.id)
    )
    found: dict[int, list[tuple[Any, bool]]] = {}
    for guardian, student_id, barred in session.execute(query):
        found.setdefault(student_id, []).append((guardian, barred))
    return found


def _add_accounts(session: Session, people: dict[str, Invited], users: dict[str, int | None]) -> None:
    keys = {user_id for user_id in users.values() if user_id is not None}
    if not keys:
        return
    columns = (User.id, User.username, User.last_login, User.first_name, User.last_name, User.email)
    accounts = {row.id: row for row in session.execute(select(*columns).where(User.id.in_(keys)))}
    reachable = reachable_accounts(session, keys)
    kept_out = kept_out_accounts(session, keys)
    for key, user_id in users.items():
        if user_id is not None:
            people[key].account = accounts.get(user_id)
            people[key].is_reachable = user_id in reachable
            people[key].is_kept_out = user_id in kept_out


def reachable_accounts(session: Session, user_ids: Collection[int]) -> set[int]:
    """Those of the accounts that have a way to recover the password alone."""
    contacts = select(AccountContact.user_id).where(
        AccountContact.user_id.in_(user_ids), AccountContact.confirmed_at.is_not(None)
    )
    addresses = select(User.id).where(User.id.in_(user_ids), ~User.email.endswith(NO_ADDRESS))
    phones = select(Guardian.user_id).where(
        Guardian.user_id.in_(user_ids), Guardian.phone.is_not(None), Guardian.phone_confirmed_at.is_not(None)
    )
    return _keys(session, contacts, addresses, phones)


def kept_out_accounts(session: Session, user_ids: Collection[int]) -> set[int]:
    """Those whose password no letter of a class teacher gives anew: they reach further than one family."""
    staff = select(Staff.user_id).where(Staff.user_id.in_(user_ids))
    factor = select(SecondFactor.user_id).where(
        SecondFactor.user_id.in_(user_ids), SecondFactor.confirmed_at.is_not(None)
    )
    return _keys(session, staff, factor)


def _keys(session: Session, *queries: Any) -> set[int]:
    return {key for query in queries for key in session.scalars(query, execution_options=AROUND)}


def _add_letters(session: Session, people: dict[str, Invited]) -> None:
    ids = {kind: [one.id for one in people.values() if one.kind == kind] for kind in (GUARDIAN, STUDENT)}
    query = (
        select(
            Invitation.guardian_id, Invitation.student_id, Invitation.created_at, Invitation.expires_at,
            Invitation.used_at, Invitation.revoked_at, User.last_name.label("made_by"),
        )
        .outerjoin(User, User.id == Invitation.made_by_user_id)
        .where(or_(Invitation.guardian_id.in_(ids[GUARDIAN]), Invitation.student_id.in_(ids[STUDENT])))
        .order_by(Invitation.id)
    )  # fmt: skip
    for row in session.execute(query, execution_options=AROUND):
        kind, number = (GUARDIAN, row.guardian_id) if row.guardian_id is not None else (STUDENT, row.student_id)
        people[f"{kind}-{number}"].letter = row


def make_letters(
    session: Session, school_class: SchoolClass, chosen: Collection[str] | None, key: str, now: datetime
) -> list[Letter]:
    """New codes for the people chosen by their keys; None: for all without account and without a letter under way.

    What was under way for them dies. People of other classes and those who may have none are passed over.
    Raises NotAllowed; the caller commits.
    """
    ask(session, school_class)
    locked = select(SchoolClass.id).where(SchoolClass.id == school_class.id).with_for_update()
    session.execute(locked, execution_options=AROUND)  # two at once would make two letters for one person
    people = people_of(session, school_class, now)
    if chosen is None:
        wanted = [one for one in people if one.may_join and not one.waits(now)]
    else:
        wanted = [one for one in people if one.key in chosen and (one.may_join or one.may_return)]
    expires_at = now + rules_of(session, {school_class.school_id})[school_class.school_id].span("invitation_days")
    letters = [Letter(one, JOIN if one.account is None else RETURN, new_code(), expires_at) for one in wanted]
    if not letters:
        return []
    actor = actor_of(session)
    _kill(session, wanted, actor.user_id, now)
    rows = [_row(letter, school_class, key) | {"made_by_user_id": actor.user_id} for letter in letters]
    # Persons write no invitations: these are made by the system on their word, which was asked for above.
    session.execute(insert(Invitation).values(rows), execution_options=AROUND)
    log.info("invitations.made", by=actor.user_id, school_class=school_class.id, count=len(letters))
    return letters


def _row(letter: Letter, school_class: SchoolClass, key: str) -> dict[str, Any]:
    one = letter.invited
    return {
        "code_hash": sealed(key, WHAT, letter.code),
        "purpose": letter.purpose,
        "school_id": school_class.school_id,
        "school_class_id": school_class.id,
        "guardian_id": one.id if one.kind == GUARDIAN else None,
        "student_id": one.id if one.kind == STUDENT else None,
        "expires_at": letter.expires_at,
    }


def revoke(session: Session, school_class: SchoolClass, chosen: Collection[str], now: datetime) -> int:
    """Kill the letters under way of these people of the class; how many. Raises NotAllowed; the caller commits."""
    ask(session, school_class)
    wanted = [one for one in people_of(session, school_class, now) if one.key in chosen]
    killed = _kill(session, wanted, actor_of(session).user_id, now)
    log.info("invitations.revoked", by=actor_of(session).user_id, school_class=school_class.id, count=killed)
    return killed


def _kill(session: Session, people: Sequence[Invited], user_id: int | None, now: datetime) -> int:
    ids = {kind: [one.id for one in people if one.kind == kind] for kind in (GUARDIAN, STUDENT)}
    dead = (
        update(Invitation)
        .where(
            or_(Invitation.guardian_id.in_(ids[GUARDIAN]), Invitation.student_id.in_(ids[STUDENT])),
            Invitation.used_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now, revoked_by_user_id=user_id)
    )
    options = AROUND | {"synchronize_session": False}
    return session.execute(dead, execution_options=options).rowcount  # type: ignore[attr-defined,no-any-return]
