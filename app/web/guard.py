"""Who comes in: a route is public by its own mark, all others ask for a signed-in person; rights are asked by views.

Unsafe requests of a browser session carry a CSRF token, on pages and under /api/ alike.
"""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_jwt_extended import verify_jwt_in_request
from flask_wtf import CSRFProtect
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from app.web.actors import current_account, current_actor
from app.web.sessions import STEADY_TOKEN, shows_token
from app.web.uploads import WORTH_READING

View = TypeVar("View", bound=Callable[..., Any])
FILES = frozenset({"static", "bootstrap.static", "appbuilder.static"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = re.compile(r"Bearer [\w.~+/=-]+")


def public(view: View) -> View:
    """Mark a view that everybody may open."""
    view.policy = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Mark a view that every signed-in person may open."""
    view.policy = "signed in"  # type: ignore[attr-defined]
    return view


def permitted(permission: str, record: str) -> Callable[[View], View]:
    """Let a view be opened by those who have the permission, and mark it so; 403 for all others."""

    def guard(view: View) -> View:
        @wraps(view)
        def asking(*arguments: Any, **named: Any) -> Any:
            ask(permission, record)
            return view(*arguments, **named)

        asking.policy = "permission"  # type: ignore[attr-defined]
        return asking  # type: ignore[return-value]

    return guard


def takes_files(octets: int, *, reads_on: bool = False) -> Callable[[View], View]:
    """Mark a view whose requests may be larger than those of others.

    `reads_on`: the view itself says what is too large, with what was typed; its files come cut (app/web/uploads.py).
    """

    def mark(view: View) -> View:
        view.largest_request = octets  # type: ignore[attr-defined]
        view.reads_on = reads_on  # type: ignore[attr-defined]
        return view

    return mark


def policy_of(app: Flask, endpoint: str) -> str:
    """What a route asks for: "public", "signed in", "permission", or "" where nobody has decided."""
    if endpoint in FILES:
        return "public"
    view = app.view_functions[endpoint]
    if hasattr(view, "_permission_name"):  # Flask-AppBuilder's has_access and protect
        return "permission"
    return str(getattr(view, "policy", ""))


def is_api() -> bool:
    return request.path.startswith("/api/")


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    app.before_request(_let_in)
    app.before_request(_allow_files)  # only after it: nobody reads the file of a stranger
    app.before_request(_refuse_nameless_fields)

    @app.before_request
    def protect_api() -> None:
        if is_api() and request.endpoint and not _is_free() and not shows_token(request):
            csrf.protect()

    app.before_request(_steady_token)
    app.after_request(_keep_token)


def _is_free() -> bool:
    return policy_of(current_app, request.endpoint or "") == "public"


def _let_in() -> Response | None:
    if request.endpoint is None or _is_free():
        return None
    if not is_api():
        return None if current_account() is not None else redirect(url_for("sign_in.form", next=_back_here()))
    if _BEARER.fullmatch(request.headers.get("Authorization", "")):
        verify_jwt_in_request()
    elif shows_token(request) or current_account() is None:
        raise Unauthorized()
    return None


def _allow_files() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    allowed = getattr(view, "largest_request", None)
    if allowed is None or request.mimetype != "multipart/form-data":  # in no other form do files come
        return
    g.largest_request = request.max_content_length = allowed
    if getattr(view, "reads_on", False):
        request.max_content_length = WORTH_READING
        request.room_for_files = allowed  # type: ignore[attr-defined]


def _refuse_nameless_fields() -> None:
    """A part of a form without a name is read as a field called None, over which Flask-WTF stumbles."""
    if request.mimetype == "multipart/form-data" and (None in request.form or None in request.files):
        abort(400)


def _back_here() -> str | None:
    """Where to go after signing in; a form that was sent is not sent again."""
    if request.method not in SAFE_METHODS or request.path == "/":
        return None
    return request.full_path.rstrip("?")


def _steady_token() -> None:
    if request.endpoint in FILES or is_api() or _is_for_machines():
        return
    kept = session.get(STEADY_TOKEN)
    if kept:
        g.csrf_token = kept


def _is_for_machines() -> bool:
    return bool(getattr(current_app.view_functions.get(request.endpoint or ""), "is_bare", False))


def _keep_token(response: Any) -> Any:
    if "csrf_token" in g and session.get(STEADY_TOKEN) != g.csrf_token:
        session[STEADY_TOKEN] = g.csrf_token
    return response


def bare(view: View) -> View:
    """Mark a public view that is for machines: no session is read for it."""
    view.policy, view.is_bare = "public", True  # type: ignore[attr-defined]
    return view


def ask(permission: str, record: str) -> None:
    """Leave with 403 unless the person may."""
    actor = current_actor()
    if actor is None or not actor.may(permission, record):
        abort(403)


def local_path(target: str | None) -> str:
    """The target where it is a path of ours, else the start page: nobody is sent elsewhere by a crafted link."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    if any(ord(letter) < 32 or letter in "\\\x7f" for letter in target):
        return "/"
    return target
