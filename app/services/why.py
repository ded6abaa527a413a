"""Why somebody sees a record or not: the row rule is asked as that person, with all breadths and with each alone.

Nothing here decides who sees what; it only tells what app/session decides, and names the roles and relations behind it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from app.models import Enrollment, Guardian, Guardianship, SchoolClass, Staff, Student, Table, Teaching
from app.services.account_reach import HELD, granting
from app.session.actors import ALL, BREADTHS, LED, OWN, SCHOOL, TAUGHT, Actor
from app.session.engine import transaction
from app.session.keys import Found, actor_with, load_keys
from app.session.rows import sees

AROUND = {"around_the_rule": True}


@dataclass(frozen=True)
class Person:
    """An account as it acts today, with each role's rights."""

    id: int
    name: str
    username: str
    active: bool
    found: Found
    actor: Actor
    roles: Mapping[str, frozenset[tuple[str, str]]]  # role → its rights

    def with_breadths(self, *breadths: str) -> Actor:
        return actor_with(self.found, self.id, self.name, frozenset(breadths))

    def roles_with(self, permission: str, view: str) -> list[str]:
        return [name for name, rights in self.roles.items() if (permission, view) in rights]


@dataclass(frozen=True)
class Verdict:
    """Whether the person sees a row, may read and write it, and by what."""

    may_read: bool  # a role grants to read records of this kind
    sees: bool  # the row rule shows this row
    writes: bool
    breadths: tuple[str, ...]  # those that they have, of which each alone shows it
    needs_several: bool  # no single one does, together they do
    by_belonging: bool  # shown to whoever belongs to the school
    would: tuple[str, ...]  # where it is not seen: breadths that they lack and that would show it

    @property
    def opens(self) -> bool:
        return self.may_read and self.sees


def people_of(session: Session, user_ids: Collection[int], today: date) -> list[Person]:
    """The accounts of these numbers, surname first; one statement for each and two for all."""
    users = session.scalars(
        select(User).where(User.id.in_(user_ids)).order_by(User.last_name, User.first_name, User.id),
        execution_options=AROUND,
    ).all()
    roles = _roles_of(session, user_ids)
    people = []
    for user in users:
        name, found = f"{user.last_name} {user.first_name}".strip(), load_keys(session, user.id, today)
        actor = actor_with(found, user.id, name)
        people.append(Person(user.id, name, user.username, bool(user.active), found, actor, roles.get(user.id, {})))
    return people


def _roles_of(session: Session, user_ids: Collection[int]) -> dict[int, dict[str, frozenset[tuple[str, str]]]]:
    query = (
        select(HELD.c.user_id, Role.name, Permission.name.label("permission"), ViewMenu.name.label("view"))
        .select_from(HELD)
        .join(Role, Role.id == HELD.c.role_id)
        .outerjoin(assoc_permissionview_role, assoc_permissionview_role.c.role_id == Role.id)
        .outerjoin(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .outerjoin(Permission, Permission.id == PermissionView.permission_id)
        .outerjoin(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(HELD.c.user_id.in_(user_ids))
        .order_by(Role.name)
    )
    found: dict[int, dict[str, set[tuple[str, str]]]] = {}
    for row in session.execute(query, execution_options=AROUND):
        rights = found.setdefault(row.user_id, {}).setdefault(row.name, set())
        if row.permission is not None:
            rights.add((row.permission, row.view))
    return {key: {name: frozenset(rights) for name, rights in roles.items()} for key, roles in found.items()}


def verdict(session: Session, person: Person, declared: Any, row: Table) -> Verdict:
    """Ask the rule as that person; `row` was found by whoever wants to know."""
    actor, name = person.actor, declared.name
    with transaction(session.get_bind(), actor) as theirs:  # type: ignore[arg-type]
        own = theirs.get(type(row), row.id)
        writes = own is not None and actor.may("can_write", name) and bool(declared.writes(actor, own))
        theirs.rollback()
    has = [breadth for breadth in BREADTHS if actor.may("can_see", breadth)]
    alone = [breadth for breadth in BREADTHS if sees(person.with_breadths(breadth), row)]
    by_belonging = sees(person.with_breadths(), row)
    shows = tuple(breadth for breadth in alone if breadth in has)
    return Verdict(
        may_read=actor.may("can_read", name),
        sees=own is not None,
        writes=writes,
        breadths=() if by_belonging else shows,
        needs_several=own is not None and not shows and not by_belonging,
        by_belonging=by_belonging and own is not None,
        would=tuple(each for each in alone if each not in (*has, ALL)) if own is None else (),
    )


@dataclass(frozen=True)
class Relation:
    """What somebody is at the school, as far as the asker may know it; `kind` is the breadth that it counts for."""

    kind: str
    what: str  # staff, teaches, leads, guardian, student
    names: Mapping[str, str]
    has_ended: bool = False
    is_barred: bool = False
    class_id: int | None = None
    student_id: int | None = None


def relations_of(session: Session, user_ids: Collection[int], today: date) -> dict[int, list[Relation]]:
    """Each account's relations, under the asker's own row rule; ended and barred ones too, marked. Five statements."""
    found: dict[int, list[Relation]] = {key: [] for key in user_ids}
    owners: dict[int, int] = {}  # member of staff → account
    for post in session.scalars(select(Staff).where(Staff.user_id.in_(user_ids))):
        owners[post.id] = post.user_id or 0
        found[owners[post.id]].append(Relation(SCHOOL, "staff", {"position": post.position}))
    for led in session.scalars(select(SchoolClass).where(SchoolClass.class_teacher_id.in_(owners))):
        found[owners[led.class_teacher_id or 0]].append(Relation(LED, "leads", {"class": led.name}, class_id=led.id))
    taught = select(Teaching).options(joinedload(Teaching.subject), joinedload(Teaching.school_class))
    order = (Teaching.school_class_id, Teaching.id)
    for one in session.scalars(taught.where(Teaching.teacher_id.in_(owners)).order_by(*order)):
        names = {"subject": str(one.subject or "…"), "class": str(one.school_class or "…")}
        relation = Relation(TAUGHT, "teaches", names, _over(one, today), class_id=one.school_class_id)
        found[owners[one.teacher_id]].append(relation)
    beside = (
        select(Guardianship, Guardian.user_id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .options(joinedload(Guardianship.student))
        .where(Guardian.user_id.in_(user_ids))
        .order_by(Guardianship.id)
    )
    for tie, user_id in session.execute(beside):
        names = {"student": str(tie.student or "…")}
        relation = Relation(OWN, "guardian", names, _over(tie, today), tie.barred, student_id=tie.student_id)
        found[user_id or 0].append(relation)
    for student in session.scalars(select(Student).where(Student.user_id.in_(user_ids))):
        own = Relation(OWN, "student", {"student": str(student)}, student_id=student.id)
        found[student.user_id or 0].append(own)
    return found


def _over(record: Any, today: date) -> bool:
    begins, ends = record.begins_on, record.ends_on
    return bool((begins is not None and begins > today) or (ends is not None and ends < today))


def classes_of(session: Session, row: Any) -> set[int]:
    """The classes that a record is of, or that the student of whom it is was ever in."""
    if isinstance(row, SchoolClass):
        return {row.id}
    student_id = _student_of(row)
    found = {getattr(row, "school_class_id", None) or 0}
    if student_id is not None:
        found |= set(session.scalars(select(Enrollment.school_class_id).where(Enrollment.student_id == student_id)))
    return found - {0}


def _student_of(row: Any) -> int | None:
    return row.id if isinstance(row, Student) else getattr(row, "student_id", None)


def behind(
    relations: Sequence[Relation], breadths: Collection[str], row: Any, classes: Collection[int]
) -> list[Relation]:
    """The relations that lead to this row by these breadths; all of such a breadth where none names the row itself."""
    student_id, found = _student_of(row), list[Relation]()
    for breadth in breadths:
        of_it = [one for one in relations if one.kind == breadth and not (one.has_ended or one.is_barred)]
        near = [
            one for one in of_it
            if (one.student_id is not None and one.student_id == student_id) or one.class_id in classes
        ]  # fmt: skip
        found += near or of_it
    return found


def who_sees(session: Session, student: Student, today: date) -> list[tuple[Person, Verdict]]:
    """Every account that the row rule shows the student, by name; the rule is asked for each that could be one.

    Could be one: guardians of the child and the child, the staff of the schools of its classes, and who sees all
    schools. Whoever is none of these has no key by which a student is ever seen.
    """
    schools = {student.school_id, *session.scalars(
        select(Enrollment.school_id).where(Enrollment.student_id == student.id), execution_options=AROUND
    )}  # fmt: skip
    beside = select(Guardianship.guardian_id).where(Guardianship.student_id == student.id)
    candidates = set(
        session.scalars(
            select(User.id).where(
                User.active.is_(True),
                or_(
                    User.id == student.user_id,
                    User.id.in_(select(Guardian.user_id).where(Guardian.id.in_(beside))),
                    User.id.in_(select(Staff.user_id).where(Staff.school_id.in_(schools))),
                    User.id.in_(select(HELD.c.user_id).where(HELD.c.role_id.in_(granting(("can_see", ALL))))),
                ),
            ),
            execution_options=AROUND,
        )
    )
    told = []
    for person in people_of(session, candidates, today):
        shown = tuple(each for each in BREADTHS if person.actor.may("can_see", each))
        if not person.actor.may("can_read", "student") or not sees(person.actor, student):
            continue
        alone = tuple(breadth for breadth in shown if sees(person.with_breadths(breadth), student))
        told.append((person, Verdict(True, True, False, alone, not alone, False, ())))
    return told
