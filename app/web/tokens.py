"""Signing in to the API: a token for name and password, and a new one for a refresh token."""

from typing import Any

from flask import Response, g, request
from flask_appbuilder.api import expose
from flask_appbuilder.security.api import SecurityApi
from flask_jwt_extended import create_access_token, create_refresh_token, jwt_required
from werkzeug.exceptions import BadRequest, TooManyRequests, Unauthorized

from app.web import accounts, second_factor
from app.web.accounts import Account
from app.web.addresses import client_address
from app.web.guard import bare
from app.web.locks import CHANGE_FIRST, ENROL_FIRST, one_time_over
from app.web.resources import resources
from app.web.throttle import CODES, SIGN_IN, Limits, Throttle
from app.words import _

STAMP = "stamp"
CODE_WANTED = _("Give the one-time code of your second factor too.")
CODE_WRONG = _("The code is wrong or was used already. The app shows a new one every half minute.")


class TokenApi(SecurityApi):
    """The addresses and answers of Flask-AppBuilder, throttled like the sign-in page; `code` is the second factor's."""

    resource_name = "security"

    @expose("/login", methods=["POST"])
    @bare
    def login(self) -> Response:
        """A token for name and password
        ---
        post:
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  required: [username, password]
                  properties:
                    username: {type: string}
                    password: {type: string}
                    provider: {type: string, enum: [db]}
                    code: {type: string, description: The one-time code, where there is a second factor}
                    refresh: {type: boolean, description: Whether a refresh token is wanted too}
          responses:
            200:
              description: The tokens
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      access_token: {type: string}
                      refresh_token: {type: string}
            400: {description: The request cannot be understood}
            401: {description: Name, password or code is wrong}
            403: {description: An own password or a second factor has to be set up in the browser first}
            429: {description: Too many tries}
        """
        try:
            given = request.get_json(silent=True)
        except RecursionError:
            raise BadRequest() from None
        if not isinstance(given, dict):
            raise BadRequest()
        username, password, code = (_text(given, name) for name in ("username", "password", "code"))
        if given.get("provider", "db") != "db":
            raise BadRequest()
        throttle = _open_throttle(SIGN_IN, username)
        account = accounts.account_with_password(username, password)
        if account is None:
            throttle.count()
            raise Unauthorized()
        throttle.forget()
        refused = self._refused(account)
        if refused is not None:
            return refused
        if account.has_second_factor and not _takes(account, code):
            return self.response(401, message={"code": [str(CODE_WANTED if not code else CODE_WRONG)]})
        accounts.count_sign_in(account)
        tokens = {"access_token": _access(account, fresh=True)}
        if given.get("refresh"):
            tokens["refresh_token"] = create_refresh_token(str(account.id), additional_claims=stamp_claim(account))
        return self.response(200, **tokens)

    @expose("/refresh", methods=["POST"])
    @bare
    @jwt_required(refresh=True)
    def refresh(self) -> Response:
        """A new access token for a refresh token
        ---
        post:
          security:
            - jwt_refresh: []
          responses:
            200:
              description: The token
              content:
                application/json:
                  schema:
                    type: object
                    properties:
                      access_token: {type: string}
            401: {description: The refresh token is worth nothing}
            403: {description: An own password or a second factor has to be set up in the browser first}
        """
        refused = self._refused(g.token_account)  # its role was told to have a second factor since
        return refused or self.response(200, access_token=_access(g.token_account, fresh=False))

    def _refused(self, account: Account) -> Response | None:
        """What has to be done in the browser first."""
        if account.one_time_is_over:
            return self.response(403, message=str(one_time_over(account)))
        if account.must_change_password:
            return self.response(403, message=str(CHANGE_FIRST))
        if account.lacks_second_factor:
            return self.response(403, message=str(ENROL_FIRST))
        return None


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name, "" if name == "code" else None)
    if not isinstance(value, str):
        raise BadRequest()
    return value


def _open_throttle(limits: Limits, name: str) -> Throttle:
    throttle = Throttle(resources().redis, limits, name, client_address(request))
    if throttle.is_closed():
        raise TooManyRequests(retry_after=limits.window_seconds)
    return throttle


def _takes(account: Account, code: str) -> bool:
    throttle = _open_throttle(CODES, str(account.id))
    if code and second_factor.takes(account, code) is None:
        throttle.count()
        return False
    return bool(code)


def _access(account: Account, *, fresh: bool) -> str:
    return str(create_access_token(str(account.id), fresh=fresh, additional_claims=stamp_claim(account)))


def stamp_claim(account: Account) -> dict[str, Any]:
    """What ties a token to the account's present password."""
    return {STAMP: account.stamp}
