"""How far an administrator reaches: which accounts and roles they see, and which of these are theirs to change.

An account belongs to the schools whose staff, guardian or student it is, and to those of a guardian's children. What
belongs to a foreign school as well, or sees all schools, is shown and not changed (docs/decisions/0016).
"""

from collections.abc import Collection
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    User,
    ViewMenu,
    assoc_group_role,
    assoc_permissionview_role,
    assoc_user_group,
    assoc_user_role,
)
from sqlalchemy import ColumnElement, func, or_, select, true, union
from sqlalchemy.orm import Session

from app.models import Guardian, Guardianship, School, Staff, Student
from app.session.actors import ALL, Actor

AROUND = {"around_the_rule": True}

_staff, _guardian, _beside, _student, _school = (
    model.__table__ for model in (Staff, Guardian, Guardianship, Student, School)
)
#: (account, school) of all that an account is at a school, also of what has ended.
TIES = union(
    select(_staff.c.user_id, _staff.c.school_id).where(_staff.c.user_id.is_not(None)),
    select(_guardian.c.user_id, _guardian.c.school_id).where(_guardian.c.user_id.is_not(None)),
    select(_guardian.c.user_id, _beside.c.school_id)
    .join_from(_guardian, _beside, _beside.c.guardian_id == _guardian.c.id)
    .where(_guardian.c.user_id.is_not(None)),
    select(_student.c.user_id, _student.c.school_id).where(_student.c.user_id.is_not(None)),
).subquery("ties")
#: (account, role) of the roles that an account holds, by itself or by a group.
HELD = union(
    select(assoc_user_role.c.user_id, assoc_user_role.c.role_id),
    select(assoc_user_group.c.user_id, assoc_group_role.c.role_id).join_from(
        assoc_user_group, assoc_group_role, assoc_group_role.c.group_id == assoc_user_group.c.group_id
    ),
).subquery("held")


def granting(*grants: tuple[str, str]) -> Any:
    """The roles that grant one of these permissions (permission, view), as a query of their keys."""
    return (
        select(assoc_permissionview_role.c.role_id)
        .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .where(or_(*((Permission.name == permission) & (ViewMenu.name == view) for permission, view in grants)))
    )


def seen_accounts(actor: Actor) -> ColumnElement[bool]:
    """What to ask of User: the own account, those of the own schools, and those of no school that one made oneself.

    Where the installation has one school only, what is of no school is that school's.
    """
    if actor.sees_all_schools:
        return true()
    whole = actor.whole_school_ids
    made_by_them = User.created_by_fk == actor.user_id
    if whole:
        made_by_them |= select(func.count(_school.c.id)).scalar_subquery() == 1
    return or_(
        User.id == actor.user_id,
        User.id.in_(select(TIES.c.user_id).where(TIES.c.school_id.in_(whole))),
        User.id.not_in(select(TIES.c.user_id)) & made_by_them,
    )


def accounts_beyond(session: Session, actor: Actor, library_roles: Collection[str]) -> set[int]:
    """The accounts that reach further than the administrator, and are not theirs to change."""
    if actor.sees_all_schools:
        return set()
    glass = select(Role.id).where(Role.name.in_(library_roles))
    far = union(
        select(TIES.c.user_id).where(TIES.c.school_id.not_in(actor.whole_school_ids)),
        select(HELD.c.user_id).where(HELD.c.role_id.in_(granting(("can_see", ALL)))),
        select(HELD.c.user_id).where(HELD.c.role_id.in_(glass)),
    )
    return set(session.scalars(far, execution_options=AROUND))


def roles_beyond(session: Session, actor: Actor, library_roles: Collection[str]) -> set[int]:
    """The roles that are not theirs to change: they see all schools, or somebody holds them who reaches beyond."""
    if actor.sees_all_schools:
        return set()
    far = accounts_beyond(session, actor, library_roles)
    held = select(HELD.c.role_id).where(HELD.c.user_id.in_(far))
    return set(session.scalars(union(held, granting(("can_see", ALL))), execution_options=AROUND))


def roles_to_give(session: Session, actor: Actor, library_roles: Collection[str]) -> list[Any]:
    """The roles that the administrator may give to an account: all but those that see further than they do."""
    query = select(Role).where(Role.name.not_in(library_roles)).order_by(Role.name)
    if not actor.sees_all_schools:
        query = query.where(Role.id.not_in(granting(("can_see", ALL))))
    return list(session.scalars(query, execution_options=AROUND))


def holders_of_roles(session: Session, actor: Actor) -> dict[int, int]:
    """How many of the accounts that the administrator sees hold each role, by its key."""
    seen = select(User.id).where(seen_accounts(actor))
    query = (
        select(HELD.c.role_id, func.count().label("holders")).where(HELD.c.user_id.in_(seen)).group_by(HELD.c.role_id)
    )
    return {row.role_id: row.holders for row in session.execute(query, execution_options=AROUND)}


def count_of_holders(session: Session, role_id: int) -> int:
    """How many accounts hold the role, of whatever school."""
    query = select(func.count()).select_from(HELD).where(HELD.c.role_id == role_id)
    return session.scalar(query, execution_options=AROUND) or 0
