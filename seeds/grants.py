"""Roles get what seeds/roles.py grants them: each grant once, so that an administrator who takes it away is obeyed."""

from collections.abc import Collection

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    ViewMenu,
    assoc_permissionview_role,
)
from flask_appbuilder.security.sqla.models import Role as RoleRow
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.models import SeededGrant
from config import Settings
from seeds.roles import ROLES, Role
from seeds.transaction import AROUND, seeding

Grant = tuple[str, str]  # permission, view


def install(settings: Settings) -> None:
    """Make the roles and give each what it was not given before. Doing it again changes nothing."""
    with seeding(settings) as session:
        given = {(row.role, row.permission, row.view) for row in session.scalars(select(SeededGrant))}
        keys = _keys_of_permissions(session, frozenset().union(*(role.grants for role in ROLES)))
        for role in ROLES:
            role_id = _key_of_role(session, role, is_new=all(name != role.name for name, _, _ in given))
            if role_id is None:
                continue
            # A page of the library is granted where the application has it; else when it comes.
            wanted = role.grants | {page for page in role.pages if page in keys}
            _give(session, role, role_id, {grant: keys[grant] for grant in wanted if (role.name, *grant) not in given})


def _key_of_role(session: Session, role: Role, *, is_new: bool) -> int | None:
    """The role's key; made where the role is new, None where an administrator has deleted it."""
    found: int | None = session.scalar(select(RoleRow.id).where(RoleRow.name == role.name), execution_options=AROUND)
    if found is None and is_new:
        found = session.scalar(insert(RoleRow).values(name=role.name).returning(RoleRow.id), execution_options=AROUND)
    return found


def _give(session: Session, role: Role, role_id: int, grants: dict[Grant, int]) -> None:
    links = assoc_permissionview_role
    held = set(
        session.scalars(select(links.c.permission_view_id).where(links.c.role_id == role_id), execution_options=AROUND)
    )
    rows = [{"role_id": role_id, "permission_view_id": key} for key in sorted(set(grants.values()) - held)]
    if rows:
        session.execute(insert(links), rows, execution_options=AROUND)
    session.add_all(SeededGrant(role=role.name, permission=grant[0], view=grant[1]) for grant in sorted(grants))


def _keys_of_permissions(session: Session, needed: Collection[Grant]) -> dict[Grant, int]:
    """Every permission that the database has, by name and view; those that are needed are made where missing."""
    permissions = _keys_of_names(session, Permission, {name for name, _ in needed})
    views = _keys_of_names(session, ViewMenu, {view for _, view in needed})
    names = {key: name for name, key in permissions.items()}
    views_by_key = {key: view for view, key in views.items()}
    query = select(PermissionView.id, PermissionView.permission_id, PermissionView.view_menu_id)
    rows = session.execute(query, execution_options=AROUND)
    found = {(names[row.permission_id], views_by_key[row.view_menu_id]): row.id for row in rows}
    missing = [
        {"permission_id": permissions[name], "view_menu_id": views[view]}
        for name, view in sorted(set(needed) - set(found))
    ]
    if not missing:
        return found
    session.execute(insert(PermissionView), missing, execution_options=AROUND)
    return _keys_of_permissions(session, ())


def _keys_of_names(session: Session, table: type[Permission | ViewMenu], needed: Collection[str]) -> dict[str, int]:
    query = select(table.name, table.id)
    found = {row.name: row.id for row in session.execute(query, execution_options=AROUND)}
    missing = [{"name": name} for name in sorted(set(needed) - set(found))]
    if not missing:
        return found
    session.execute(insert(table), missing, execution_options=AROUND)
    return _keys_of_names(session, table, ())
