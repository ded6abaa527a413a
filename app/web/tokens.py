"""Signing in to the API: a token for name and password, and a new one for a refresh token."""

from typing import Any

from flask import Response, g, request
from flask_appbuilder.api import expose
from flask_appbuilder.security.api import SecurityApi
from flask_jwt_extended import create_access_token, create_refresh_token, jwt_required
from werkzeug.exceptions import BadRequest, TooManyRequests, Unauthorized

from app.web import accounts
from app.web.accounts import Account
from app.web.addresses import client_address
from app.web.guard import bare
from app.web.resources import resources
from app.web.throttle import WINDOW_SECONDS, Throttle

STAMP = "stamp"


class TokenApi(SecurityApi):
    """The addresses and answers of Flask-AppBuilder, throttled like the sign-in page."""

    resource_name = "security"

    @expose("/login", methods=["POST"])
    @bare
    def login(self) -> Response:
        try:
            given = request.get_json(silent=True)
        except RecursionError:
            raise BadRequest() from None
        if not isinstance(given, dict):
            raise BadRequest()
        username, password = given.get("username"), given.get("password")
        if not isinstance(username, str) or not isinstance(password, str) or given.get("provider", "db") != "db":
            raise BadRequest()
        throttle = Throttle(resources().redis, username, client_address(request))
        if throttle.is_closed():
            raise TooManyRequests(retry_after=WINDOW_SECONDS)
        account = accounts.account_with_password(username, password)
        if account is None:
            throttle.count()
            raise Unauthorized()
        throttle.forget()
        tokens = {"access_token": _access(account, fresh=True)}
        if given.get("refresh"):
            tokens["refresh_token"] = create_refresh_token(str(account.id), additional_claims=stamp_claim(account))
        return self.response(200, **tokens)

    @expose("/refresh", methods=["POST"])
    @bare
    @jwt_required(refresh=True)
    def refresh(self) -> Response:
        return self.response(200, access_token=_access(g.token_account, fresh=False))


def _access(account: Account, *, fresh: bool) -> str:
    return str(create_access_token(str(account.id), fresh=fresh, additional_claims=stamp_claim(account)))


def stamp_claim(account: Account) -> dict[str, Any]:
    """What ties a token to the account's present password."""
    return {STAMP: account.stamp}
