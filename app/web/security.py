"""Flask-AppBuilder's security, told what we know already: who is signed in, and what they may."""

from typing import Any

from flask import Flask, g
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_jwt_extended import JWTManager
from flask_login import LoginManager
from werkzeug.wrappers import Response

from app.web import accounts
from app.web.accounts import Account
from app.web.actors import current_account, current_actor
from app.web.errors import answer
from app.web.tokens import STAMP, TokenApi


class Login(LoginManager):
    """`current_user` is the account of our session; no remember-me cookie is read or written."""

    def _load_user(self) -> None:
        self._update_request_context_with_user(current_account())

    def _update_remember_cookie(self, response: Any) -> Any:
        return response


class SchoolSecurity(SecurityManager):
    """Permissions come with the actor's keys, in the one query of a request; nothing is public."""

    def create_login_manager(self, app: Flask) -> LoginManager:
        manager = Login()
        manager.init_app(app, add_context_processor=False)  # a page about a broken database asks it nothing
        manager.user_loader(self.load_user)
        return manager

    def create_jwt_manager(self, app: Flask) -> JWTManager:
        manager: JWTManager = super().create_jwt_manager(app)
        manager.invalid_token_loader(_refuse_token)
        manager.unauthorized_loader(_refuse_token)
        manager.expired_token_loader(_refuse_token)
        manager.user_lookup_error_loader(_refuse_token)
        return manager

    def make_roles(self) -> None:
        """The two roles that Flask-AppBuilder looks for; it makes them itself only together with tables."""
        self.add_role(self.auth_role_admin)
        self.add_role(self.auth_role_public)

    def register_views(self) -> None:
        self.appbuilder.add_api(TokenApi)

    def load_user(self, pk: Any) -> Account | None:
        return accounts.active_account(int(pk))

    def load_user_jwt(self, _jwt_header: Any, jwt_data: Any) -> Account | None:
        """The token's account, unless it is disabled or its password changed since the token was given out."""
        known: Account | None = g.get("token_account")
        if known is None or str(known.id) != jwt_data["sub"]:
            known = accounts.active_account(int(jwt_data["sub"]))
        if known is None or jwt_data.get(STAMP) != known.stamp:
            return None
        g.token_account = g.user = known
        return known

    def auth_user_db(self, username: str, password: str) -> Account | None:
        return accounts.account_with_password(username, password)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        return False

    def has_access(self, permission_name: str, view_name: str) -> bool:
        actor = current_actor()
        return actor is not None and actor.may(permission_name, view_name)

    def _has_view_access(self, user: object, permission_name: str, view_name: str) -> bool:
        return self.has_access(permission_name, view_name)

    def _get_user_permission_view_menus(
        self, user: object, permission_name: str, view_menus_name: list[str]
    ) -> set[str]:
        return {view for view in view_menus_name if self.has_access(permission_name, view)}


def _refuse_token(*_: Any) -> Response:
    """A broken, old, forged or ended token: all of them are nobody's."""
    return answer(401)
