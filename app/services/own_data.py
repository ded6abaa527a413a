"""Own data: what the school has about a person beside what the account has, and what of it is missing or differs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.emails import is_no_address
from app.domain.masking import masked
from app.models import AccountContact, DataRequest, Guardian, Guardianship, School, SchoolClass, Staff, Student
from app.models.people import Enrollment
from app.services.contacts import EMAIL, PHONE
from app.services.start_away import enrolled_on
from app.services.start_class import standing
from app.session.actors import Actor

AROUND = {"around_the_rule": True}
SAME, DIFFERS, NOT_AT_SCHOOL, NOT_IN_ACCOUNT, NOWHERE = (
    "same", "differs", "not_at_school", "not_in_account", "nowhere",
)  # fmt: skip
DECIDED_SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class Datum:
    """One datum: what the school has (masked unless it is proved to be the person's own), and what the account has."""

    name: str
    at_school: str
    in_account: str
    verdict: str

    @property
    def is_well(self) -> bool:
        return self.verdict == SAME


@dataclass
class OwnChild:
    """A child that the school links to the person today."""

    id: int
    name: str
    school_class: str = ""
    class_teacher: str = ""


@dataclass
class OwnRecord:
    """What one school has about the person: as a guardian, or as a student."""

    person: Any
    school: str
    is_guardian: bool
    data: list[Datum] = field(default_factory=list)
    children: list[OwnChild] = field(default_factory=list)
    requests: list[DataRequest] = field(default_factory=list)

    @property
    def whom_to_see(self) -> list[str]:
        """The class teachers; nobody: then it is the office."""
        return list(dict.fromkeys(child.class_teacher for child in self.children if child.class_teacher))

    @property
    def waits(self) -> bool:
        """Whether a change of details waits for the school."""
        return any(one.state == "waiting" and one.kind == "details" for one in self.requests)

    @property
    def is_well(self) -> bool:
        return bool(self.children) and all(datum.is_well for datum in self.data)


def own_records(session: Session, actor: Actor, now: datetime, today: date) -> list[OwnRecord]:
    """What each school has about the person of the session."""
    contacts = _contacts(session, actor.user_id)
    account = session.execute(
        select(User.last_name, User.first_name, User.email).where(User.id == actor.user_id)
    ).first()
    people: list[tuple[Any, bool]] = [
        *((one, True) for one in _people(session, Guardian, actor.own_guardian_ids)),
        *((one, False) for one in _people(session, Student, actor.own_student_ids)),
    ]
    schools = _schools(session, {person.school_id for person, _ in people})
    children = _children(session, actor.own_guardian_ids, actor.own_student_ids, today)
    requests = _requests(session, actor.own_guardian_ids, now)
    found = []
    for person, is_guardian in people:
        one = OwnRecord(person, schools.get(person.school_id, ""), is_guardian)
        one.children = children.get((is_guardian, person.id), [])
        one.data = [_name(person, account)]
        if is_guardian:
            emails = contacts[EMAIL] | (
                {account.email.lower()} if account and not is_no_address(account.email) else set()
            )
            one.data.append(_contact("phone", person.phone or "", contacts[PHONE]))
            one.data.append(_contact("email", person.email or "", emails))
            one.requests = [each for each in requests if each.guardian_id == person.id]
        found.append(one)
    return found


def _people(session: Session, model: Any, ids: Collection[int]) -> Sequence[Any]:
    return session.scalars(select(model).where(model.id.in_(ids)).order_by(model.id)).all() if ids else []


def _schools(session: Session, ids: Collection[int]) -> dict[int, str]:
    return {row.id: row.name for row in session.execute(select(School.id, School.name).where(School.id.in_(ids)))}


def _contacts(session: Session, user_id: int | None) -> dict[str, set[str]]:
    """The confirmed contacts of the account; it is asked for one's own only."""
    query = select(AccountContact.kind, AccountContact.address).where(
        AccountContact.user_id == user_id, AccountContact.confirmed_at.is_not(None)
    )
    found: dict[str, set[str]] = {EMAIL: set(), PHONE: set()}
    for kind, address in session.execute(query, execution_options=AROUND):
        found[kind].add(address)
    return found


def _name(person: Any, account: Any) -> Datum:
    """Surname and given name; the account keeps no patronymic."""
    in_account = f"{account.last_name} {account.first_name}".strip() if account else ""
    is_same = is_same_name(in_account, person)
    return Datum("name", str(person), in_account, SAME if is_same else DIFFERS)


def is_same_name(written: str, person: Any) -> bool:
    """Whether this is the person's name as the school has it, with or without the patronymic."""
    return _plain(written) in (_plain(f"{person.surname} {person.given_name}"), _plain(str(person)))


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("ё", "е").split())


def _contact(name: str, at_school: str, proved: Collection[str]) -> Datum:
    in_account = ", ".join(sorted(proved))
    if at_school.lower() in proved:
        return Datum(name, at_school, in_account, SAME)
    if not at_school and not proved:
        return Datum(name, "", "", NOWHERE)
    if not at_school:
        return Datum(name, "", in_account, NOT_AT_SCHOOL)
    return Datum(name, masked(at_school), in_account, DIFFERS if proved else NOT_IN_ACCOUNT)


def _children(
    session: Session, guardian_ids: Collection[int], student_ids: Collection[int], today: date
) -> dict[tuple[bool, int], list[OwnChild]]:
    """By who the person is: the children whom the school links to them today, with class and its teacher."""
    query = (
        select(
            Student.id,
            Student.surname,
            Student.given_name,
            SchoolClass.name.label("school_class"),
            Staff.surname.label("teacher_surname"),
            Staff.given_name.label("teacher_name"),
            Staff.patronymic.label("teacher_patronymic"),
            Guardianship.guardian_id,
        )
        .outerjoin(
            Guardianship,
            (Guardianship.student_id == Student.id) & Guardianship.guardian_id.in_(guardian_ids) & standing(today),
        )
        .outerjoin(Enrollment, (Enrollment.student_id == Student.id) & enrolled_on(today))
        .outerjoin(SchoolClass, SchoolClass.id == Enrollment.school_class_id)
        .outerjoin(Staff, Staff.id == SchoolClass.class_teacher_id)
        .where(or_(Guardianship.id.is_not(None), Student.id.in_(student_ids)))
        .order_by(Student.surname, Student.given_name, Student.id, Enrollment.begins_on)
    )
    found: dict[tuple[bool, int], list[OwnChild]] = {}
    for row in session.execute(query):
        teacher = " ".join(filter(None, (row.teacher_surname, row.teacher_name, row.teacher_patronymic)))
        child = OwnChild(row.id, f"{row.surname} {row.given_name}", row.school_class or "", teacher)
        key = (True, row.guardian_id) if row.guardian_id is not None else (False, row.id)
        if all(known.id != child.id for known in found.setdefault(key, [])):
            found[key].append(child)
    return found


def _requests(session: Session, guardian_ids: Collection[int], now: datetime) -> Sequence[DataRequest]:
    """What the guardian asked for: what waits, and what was decided of late."""
    if not guardian_ids:
        return []
    query = (
        select(DataRequest)
        .where(DataRequest.guardian_id.in_(guardian_ids))
        .where(or_(DataRequest.state == "waiting", DataRequest.decided_at > now - DECIDED_SHOWN))
        .order_by(DataRequest.id.desc())
        .limit(30)
    )
    return session.scalars(query).all()
