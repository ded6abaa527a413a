"""Accounts of staff, who get no letters: tied one by one, or made for all who have none, with a sheet of passwords."""

import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.codes import new_paper_code
from app.domain.emails import no_address
from app.domain.translit import latin
from app.models import AcademicYear, SchoolClass, Staff, Teaching
from app.services.one_time import require_change
from app.services.start_away import sorted_name

MAY_TIE = ("can_write", "staff")
MOST_AT_ONCE = 300
TEACHER, CLASS_TEACHER = "teacher", "class teacher"  # roles that are proposed for what somebody does at the school


def staff_to_tie(session: Session, user_id: int | None) -> Sequence[Staff]:
    """The members of staff without an account whom the person sees, and who the account is already."""
    free = or_(Staff.user_id.is_(None), Staff.user_id == user_id) if user_id is not None else Staff.user_id.is_(None)
    return session.scalars(
        select(Staff).where(free).order_by(sorted_name(Staff.surname), Staff.given_name, Staff.id)
    ).all()


def tie(session: Session, user_id: int, staff_id: int) -> bool:
    """Make the account this member of staff, and no other whom the person sees; 0: nobody. Whether anything changed.

    The caller commits.
    """
    members = staff_to_tie(session, user_id)
    leaves = [member for member in members if member.user_id == user_id and member.id != staff_id]
    comes = [member for member in members if member.id == staff_id and member.user_id is None]
    for member in leaves:
        member.user_id = None
    session.flush()  # an account is one member of a school's staff: the former place is free first
    for member in comes:
        member.user_id = user_id
    session.flush()
    return bool(leaves or comes)


@dataclass(frozen=True)
class Candidate:
    """A member of staff without an account, with the login and the roles that are proposed."""

    staff: Staff
    username: str
    roles: tuple[Any, ...]

    @property
    def name(self) -> str:
        return str(self.staff)


@dataclass(frozen=True)
class Slip:
    """What stands on one piece of paper."""

    name: str
    position: str
    username: str
    password: str


def candidates(session: Session, roles: Sequence[Any], today: date) -> list[Candidate]:
    """Everybody of the staff without an account whom the person sees; roles only of those that they may give."""
    members = staff_to_tie(session, None)
    by_name = {role.name: role for role in roles}
    in_force = or_(Teaching.ends_on.is_(None), Teaching.ends_on >= today)
    teaching = set(session.scalars(select(Teaching.teacher_id).where(in_force)))
    this_year = select(AcademicYear.id).where(AcademicYear.ends_on >= today)
    led = select(SchoolClass.class_teacher_id).where(SchoolClass.academic_year_id.in_(this_year))
    leading = set(session.scalars(led))
    names = _free_names(session, members)
    found = []
    for member in members:
        wanted = [TEACHER] * (member.id in teaching) + [CLASS_TEACHER] * (member.id in leading)
        proposed = tuple(by_name[name] for name in wanted if name in by_name)
        found.append(Candidate(member, names[member.id], proposed))
    return found


def _free_names(session: Session, members: Sequence[Staff]) -> dict[int, str]:
    """A login for each that nobody has: surname and initial in Latin letters, with a number where needed."""
    if not members:
        return {}
    wanted = {member.id: _login(member) for member in members}
    query = select(func.lower(User.username)).where(
        or_(*(func.lower(User.username).startswith(name, autoescape=True) for name in {*wanted.values()}))
    )
    taken = set(session.scalars(query))
    for key, name in wanted.items():
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name}{number}"
        taken.add(free)
        wanted[key] = free
    return wanted


def _login(member: Staff) -> str:
    surname, initial = (
        re.sub(r"[^a-z0-9-]", "", latin(part).lower()) for part in (member.surname, member.given_name[:1])
    )
    return ".".join(part[:40] for part in (surname or "staff", initial[:1]) if part)


def make_accounts(
    session: Session,
    chosen: Mapping[int, Collection[int]],
    roles: Sequence[Any],
    by_user_id: int | None,
    hashed: Any,
    today: date,
    *,
    is_demo: bool,
) -> list[Slip]:
    """An account for each member of staff that was chosen and has none yet, with these roles; the slips to print.

    Two requests at once make none twice: the members are locked. Raises nothing; the caller commits.
    """
    free = select(Staff.id).where(Staff.id.in_(chosen), Staff.user_id.is_(None)).order_by(Staff.id)
    locked = set(session.scalars(free.with_for_update(of=Staff)))
    wanted = [one for one in candidates(session, roles, today) if one.staff.id in locked][:MOST_AT_ONCE]
    passwords = [new_paper_code() for _one in wanted]
    with ThreadPoolExecutor(max_workers=4) as pool:  # each hash is meant to take its time
        hashes = list(pool.map(hashed, passwords))
    may_give: dict[int, Role] = {role.id: role for role in roles}
    slips = []
    for one, password, kept in zip(wanted, passwords, hashes, strict=True):
        user = User(
            last_name=one.staff.surname, first_name=one.staff.given_name, username=one.username, password=kept,
            active=True, email=no_address(one.username), created_by_fk=by_user_id,
            roles=[may_give[key] for key in chosen[one.staff.id] if key in may_give],
        )  # fmt: skip
        session.add(user)
        session.flush()
        one.staff.user_id = user.id
        require_change(session, user.id, by_user_id, is_demo=is_demo)
        slips.append(Slip(one.name, one.staff.position, one.username, password))
    session.flush()
    return slips
