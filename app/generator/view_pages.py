"""The page of saved views of a list: the present address under a name, for oneself or for a role."""

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import expose, has_access
from flask_appbuilder.security.decorators import permission_name
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select

from app.domain.errors import InvalidInput
from app.generator.listing import arguments_of, read_asked
from app.generator.pages import RecordPages
from app.services.saving import saving
from app.services.views import delete_view, may_share, save_view, views_of
from app.session.engine import actor_of
from app.web.config import LIBRARY_ROLES
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence


class ViewPages(RecordPages):
    """Saved views; whoever reads the list may keep their own."""

    @expose("/views", methods=("GET", "POST"))
    @has_access
    @permission_name("views")
    def views(self) -> Any:
        """The views of this list, and the form that keeps the present one."""
        if request.method == "GET":
            return self._views_page(self._kept(request.query_string.decode("utf-8", "replace")))
        session, query, role = resources().db(), self._kept(request.form.get("query", "")), request.form.get("role", "")
        try:
            with saving(session, self.record_type.model):
                save_view(session, self.record_type.name, request.form.get("name", ""), query, self._role(role))
        except InvalidInput as wrong:
            return self._views_page(query, sentence(wrong), 422)
        flash(str(_("The view is saved.")), "success")
        return redirect(f"{self.address('list')}?{query}", 303)

    @expose("/views/<int:view_id>/delete", methods=("POST",))
    @has_access
    @permission_name("views")
    def view_delete(self, view_id: int) -> Any:
        """Take a view away."""
        session = resources().db()
        with saving(session, self.record_type.model):
            delete_view(session, self.record_type.name, view_id)
        flash(str(_("The view is deleted.")), "success")
        return redirect(self.address("views"), 303)

    def _kept(self, query: str) -> str:
        """What the list understands of the address, and nothing else of it."""
        actor = actor_of(resources().db())
        return read_asked(self.record_type, self.seen(self.offered), arguments_of(query), actor).view

    def _roles(self) -> list[tuple[int, str]]:
        session = resources().db()
        if not may_share(actor_of(session)):
            return []
        query = select(Role.id, Role.name).where(Role.name.not_in(LIBRARY_ROLES)).order_by(Role.name)
        return [(row.id, row.name) for row in session.execute(query)]

    def _role(self, written: str) -> int | None:
        """The role that was chosen. Raises InvalidInput, alike for one that is none and one that may not be chosen."""
        if not written:
            return None
        for key, _name in self._roles():
            if str(key) == written:
                return key
        raise InvalidInput("role", "relation.unknown")

    def _views_page(self, query: str, wrong: str = "", status: int = 200) -> Any:
        session = resources().db()
        views = views_of(session, self.record_type.name)
        shares = may_share(actor_of(session))
        return self.page(
            "views", status, query=query, views=views, roles=self._roles(), wrong=wrong, shares=shares,
            typed=request.form,
        )  # fmt: skip
