"""Roles: how far each sees, what it reads and writes, which pages it opens; for the school's administrators."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.security.sqla.models import PermissionView, Role
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app import records
from app.session.actors import ALL, LED, OWN, SCHOOL, TAUGHT
from app.web.actors import current_account
from app.web.config import LIBRARY_ROLES
from app.web.locks import recently_proved
from app.web.resources import resources
from app.words import Word, _

log = structlog.get_logger()

LONGEST_NAME = 64
BREADTHS = {
    OWN: _("oneself and the own children"),
    TAUGHT: _("the classes one teaches"),
    LED: _("the class one leads"),
    SCHOOL: _("the whole own school"),
    ALL: _("all schools"),
}
PAGES = {
    ("can_list", "UserDBModelView"): _("See accounts"),
    ("can_add", "UserDBModelView"): _("Make accounts"),
    ("can_edit", "UserDBModelView"): _("Change accounts"),
    ("can_list", "RoleModelView"): _("See roles"),
    ("can_add", "RoleModelView"): _("Make roles"),
    ("can_edit", "RoleModelView"): _("Change roles"),
    ("can_this_form_get", "ResetMyPasswordView"): _("See the page of the own password"),
    ("can_this_form_post", "ResetMyPasswordView"): _("Change the own password"),
    ("can_read", "console"): _("Open the SMS console"),
    ("can_write", "console"): _("Act in the SMS console: send again, cancel, pause a link, send a test, retry jobs"),
    ("can_read_text", "sms_message"): _("Read what the texts of SMS say; without this they are masked everywhere"),
    ("can_share", "saved_view"): _("Give a saved view of a list to a whole role"),
    ("can_write", "invitation"): _("Print letters with codes by which families make their accounts"),
    ("can_write", "data_decision"): _("Accept or decline what families ask to change in their own data"),
    ("can_get", "OpenApi"): _("Read the description of the API"),
    ("can_show", "SwaggerView"): _("Try the API out"),
}


@dataclass
class Grants:
    """All permissions there are, sorted for the page: breadths, records by read and write, pages."""

    breadths: list[tuple[int, Word]] = field(default_factory=list)
    reads: dict[str, int] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    pages: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, permissions: Iterable[Any]) -> "Grants":
        grants = cls()
        names = {record.name for record in records.ALL}
        for each in sorted(permissions, key=lambda one: (one.view_menu.name, one.permission.name)):
            permission, view = each.permission.name, each.view_menu.name
            if view in BREADTHS:
                grants.breadths.append((each.id, BREADTHS[view]))
            elif view in names and permission in ("can_read", "can_write"):
                (grants.reads if permission == "can_read" else grants.writes)[view] = each.id
            elif (permission, view) in PAGES:
                grants.pages.append((each.id, str(PAGES[permission, view])))
        return grants

    def keys(self) -> set[int]:
        """What the page offers; other permissions of a role stay as they are."""
        return {key for key, _word in (*self.breadths, *self.pages)} | {*self.reads.values(), *self.writes.values()}


class RolePages(BaseView):
    """Under the permissions of Flask-AppBuilder's own page of roles."""

    route_base = "/roles"
    class_permission_name = "RoleModelView"
    default_view = "list"

    @expose("/")
    @has_access
    @permission_name("list")
    def list(self) -> str:
        query = select(Role).options(selectinload(Role.user)).where(Role.name.not_in(LIBRARY_ROLES)).order_by(Role.name)
        return render_template("accounts/roles.html", roles=resources().db().scalars(query).all())

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @recently_proved
    @permission_name("add")
    def add(self) -> Any:
        return _role_page(Role(permissions=[]))

    @expose("/<int:pk>", methods=("GET", "POST"))
    @has_access
    @recently_proved
    @permission_name("edit")
    def edit(self, pk: int) -> Any:
        query = select(Role).where(Role.id == pk, Role.name.not_in(LIBRARY_ROLES))
        role = resources().db().scalar(query) if pk < 2**31 else None
        if role is None:
            abort(404)
        return _role_page(role)


def _role_page(role: Any) -> Any:
    every = resources().db().scalars(select(PermissionView)).all()
    grants = Grants.of(every)
    held = {each.id for each in role.permissions}
    if request.method == "GET":
        return _shown(role, role.name or "", grants, held, None)
    name = request.form.get("name", "").strip()
    chosen = {int(key) for key in request.form.getlist("grant") if key.isdecimal() and len(key) < 10} & grants.keys()
    wrong = _wrong_name(name, role.id)
    if wrong is not None:
        return _shown(role, name, grants, chosen, wrong), 422
    wanted = chosen | (held - grants.keys())
    role.name, role.permissions = name, [each for each in every if each.id in wanted]
    session = resources().db()
    session.add(role)
    session.commit()
    words = {each.id: f"{each.permission.name} {each.view_menu.name}" for each in every}
    account = current_account()
    log.info(
        "role.saved",
        role=name,
        by=account.id if account is not None else None,
        given=sorted(words[key] for key in wanted - held),
        taken=sorted(words[key] for key in held - wanted),
    )
    flash(str(_("The role is saved.")), "success")
    return redirect("/roles/", 303)


def _wrong_name(name: str, role_id: int | None) -> Word | None:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return _("A name has 1 to {limit} characters.", limit=LONGEST_NAME)
    taken = select(Role.id).where(func.lower(Role.name) == name.lower(), Role.id != (role_id or 0))
    return _("Another role has this name.") if resources().db().scalar(taken) is not None else None


def _shown(role: Any, name: str, grants: Grants, held: set[int], wrong: Word | None) -> str:
    return render_template(
        "accounts/role.html", role=role, name=name, grants=grants, held=held, wrong=wrong, record_types=records.ALL
    )
