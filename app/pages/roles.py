"""Roles: how far each sees, what it reads and writes, which pages it opens; for the school's administrators."""

from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.security.sqla.models import PermissionView, Role
from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from app.domain.errors import Conflict, NotAllowed
from app.services.account_reach import count_of_holders, holders_of_roles, roles_beyond
from app.services.invitations import GUARDIAN, STUDENT
from app.session.actors import ALL, Actor
from app.session.engine import actor_of
from app.web.config import LIBRARY_ROLES
from app.web.locks import ask_for_proof, recently_proved
from app.web.resources import resources
from app.web.rights import BREADTHS, Grant, chapters, in_one_sentence, word_of
from app.web.rights_watch import RightsWatch
from app.words import Word, _
from app.words.roles import role_word

LONGEST_NAME = 64
OF_LETTERS = (GUARDIAN, STUDENT)  # an invitation gives these by their names
SHUT_OUT = _("With this you would shut yourself out of this page.")


class RolePages(BaseView):
    """Under the permissions of Flask-AppBuilder's own page of roles."""

    route_base = "/roles"
    class_permission_name = "RoleModelView"
    default_view = "list"

    @expose("/")
    @has_access
    @permission_name("list")
    def list(self) -> str:
        session = resources().db()
        query = select(Role).options(selectinload(Role.permissions)).where(Role.name.not_in(LIBRARY_ROLES))
        roles = session.scalars(query.order_by(Role.name)).unique().all()
        return render_template(
            "accounts/roles.html",
            roles=roles,
            holders=holders_of_roles(session, actor_of(session)),
            locked=roles_beyond(session, actor_of(session), LIBRARY_ROLES),
            sentences={role.id: in_one_sentence(_grants_of(role)) for role in roles},
        )

    @expose("/add", methods=("GET", "POST"))
    @has_access
    @permission_name("add")
    def add(self) -> Any:
        """A new role; `from` names one whose rights it begins with."""
        model = _role(request.args.get("from", 0, int)) if request.args.get("from") else None
        return RolePage(Role(permissions=[]), model).answer()

    @expose("/<int:pk>", methods=("GET", "POST"))
    @has_access
    @permission_name("edit")
    def edit(self, pk: int) -> Any:
        return RolePage(_role(pk)).answer()

    @expose("/<int:pk>/delete", methods=("POST",))
    @has_access
    @recently_proved
    @permission_name("edit")
    def delete(self, pk: int) -> Any:
        """Delete a role that nobody holds."""
        role, session = _role(pk), resources().db()
        if role.id in roles_beyond(session, actor_of(session), LIBRARY_ROLES):
            raise NotAllowed("role.beyond")
        if role.name in OF_LETTERS:
            raise Conflict("role.of_letters")
        count = count_of_holders(session, role.id)
        if count:
            raise Conflict("role.held", count=count)
        session.delete(role)
        session.commit()
        flash(str(_("The role is deleted.")), "success")
        return redirect("/roles/", 303)


def _role(pk: int) -> Any:
    """The role of that number; leaves with 404 where there is none."""
    query = select(Role).options(selectinload(Role.permissions)).where(Role.id == pk, Role.name.not_in(LIBRARY_ROLES))
    role = resources().db().scalar(query) if 0 < pk < 2**31 else None
    if role is None:
        abort(404)
    return role


def _grants_of(role: Any) -> set[Grant]:
    return {(each.permission.name, each.view_menu.name) for each in role.permissions}


class RolePage:
    """The page of one role: shown, tried ("what would it see?") and saved."""

    def __init__(self, role: Any, model: Any = None) -> None:
        self.role, self.session = role, resources().db()
        self.actor: Actor = actor_of(self.session)
        self.model = model
        every = self.session.scalars(select(PermissionView)).all()
        self.known = {(each.permission.name, each.view_menu.name): each for each in every}
        self.locked = bool(role.id) and role.id in roles_beyond(self.session, self.actor, LIBRARY_ROLES)

    @property
    def offered(self) -> dict[Grant, int]:
        """What the page offers, by its key; other rights of a role stay as they are."""
        return {
            grant: row.id
            for grant, row in self.known.items()
            if word_of(grant) is not None and (grant != ("can_see", ALL) or self.actor.sees_all_schools or self.locked)
        }

    def answer(self) -> Any:
        held = _grants_of(self.model or self.role)
        if request.method == "GET":
            return self.shown(self.role.name or "", held & set(self.offered), None)
        name = request.form.get("name", "").strip()
        keys = {key: grant for grant, key in self.offered.items()}
        sent = (int(key) for key in request.form.getlist("grant") if key.isdecimal() and len(key) < 10)
        chosen = {keys[key] for key in sent if key in keys}
        if "look" in request.form:
            return self.shown(name, chosen, None)
        ask_for_proof()
        if self.locked:
            raise NotAllowed("role.beyond")
        wrong = self.wrong_name(name) or self.save(name, chosen | (_grants_of(self.role) - set(self.offered)))
        if wrong is not None:
            self.session.rollback()
            return self.shown(name, chosen, wrong), 422
        return redirect("/roles/", 303)

    def save(self, name: str, wanted: set[Grant]) -> Word | None:
        """Save it; what is wrong where it could not be."""
        watch = RightsWatch(self.session)
        self.role.name = name
        self.role.permissions = [self.known[grant] for grant in sorted(wanted)]
        self.session.add(self.role)
        told = watch.tell()
        if watch.shuts_out("can_edit", "RoleModelView"):
            return SHUT_OUT
        self.session.commit()
        flash(str(_("The role is saved. It holds from the next page on of whoever has it.")), "success")
        if told is not None:
            flash(str(told), "warning")
        return None

    def wrong_name(self, name: str) -> Word | None:
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            return _("A name has 1 to {limit} characters.", limit=LONGEST_NAME)
        if self.role.name in OF_LETTERS and name != self.role.name:
            return _("This role keeps its name: the letters with codes give it.")
        taken = select(Role.id).where(func.lower(Role.name) == name.lower(), Role.id != (self.role.id or 0))
        with self.session.no_autoflush:
            return _("Another role has this name.") if self.session.scalar(taken) is not None else None

    def shown(self, name: str, held: set[Grant], wrong: Word | None) -> str:
        offered = self.offered
        return render_template(
            "accounts/role.html",
            role=self.role,
            title=role_word(self.role.name) if self.role.id else _("New role"),
            name=name,
            locked=self.locked,
            held=held,
            wrong=wrong,
            keys=offered,
            breadths={("can_see", view): word for view, word in BREADTHS.items() if ("can_see", view) in offered},
            chapters=chapters(),
            sentences=in_one_sentence(held),
            may_see_all=self.actor.sees_all_schools,
        )
