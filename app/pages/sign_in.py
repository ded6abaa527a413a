"""Signing in and out, and the language and colours of the pages."""

from collections.abc import Container
from contextlib import suppress
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, flash, make_response, redirect, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from app.services.school_name import school_name
from app.web import accounts, look
from app.web.actors import current_account
from app.web.addresses import client_address
from app.web.guard import local_path, public, signed_in
from app.web.language import COOKIE
from app.web.resources import resources
from app.web.sessions import browser_session
from app.web.throttle import Throttle
from app.words import LANGUAGES, _

pages = Blueprint("sign_in", __name__)
log = structlog.get_logger()

WRONG = _("The name or the password is wrong.")
TOO_MANY = _("Too many tries. Wait a few minutes.")
A_YEAR_SECONDS = 365 * 24 * 3600


@pages.get("/login/")
@public
def form() -> str | Response:
    if current_account() is not None:
        return redirect(local_path(request.args.get("next")))
    return _page("", None)


@pages.post("/login/")
@public
def submit() -> Response:
    """Sign in. An unknown name, a wrong password and a disabled account are answered alike."""
    username, password = request.form.get("username", ""), request.form.get("password", "")
    throttle = Throttle(resources().redis, username, client_address(request))
    if throttle.is_closed():
        return _again(username, TOO_MANY, 429)
    account = accounts.account_with_password(username, password)
    session = browser_session()
    if account is None or session is None:
        throttle.count()
        log.info("sign_in.refused")
        return _again(username, WRONG, 401)
    throttle.forget()
    session.begin(account)
    log.info("sign_in.done", user=account.id)
    return redirect(local_path(request.args.get("next")), 303)


def _again(username: str, wrong: object, status: int) -> Response:
    return make_response(_page(username, wrong), status)


def _page(username: str, wrong: object) -> str:
    return render_template(
        "sign_in.html",
        username=username,
        wrong=wrong,
        school=_school_name(),
        is_demo=resources().settings.is_demo,
    )


def _school_name() -> str:
    """Where one signs in; the page opens also where the database is away."""
    with suppress(SQLAlchemyError):
        return school_name(resources().db())
    return ""


@pages.post("/logout/")
@signed_in
def leave() -> Response:
    session = browser_session()
    assert session is not None
    session.end()
    flash(str(_("You are signed out.")), "success")
    return redirect("/login/", 303)


@pages.post("/language")
@public
def language() -> Response:
    """Change the language and come back to the page one was on."""
    return _remembered(COOKIE, request.form.get("language", ""), LANGUAGES)


@pages.post("/scheme")
@public
def colours() -> Response:
    """Choose light, dark or the device's wish, and come back to the page one was on."""
    return _remembered(look.COOKIE, request.form.get("scheme", ""), look.SCHEMES)


def _remembered(cookie: str, chosen: str, known: Container[str]) -> Response:
    back = redirect(_came_from(), 303)
    if chosen in known:
        back.set_cookie(
            cookie, chosen, max_age=A_YEAR_SECONDS, httponly=True, samesite="Lax",
            secure=resources().settings.public_url.startswith("https:"),
        )  # fmt: skip
    return back


def _came_from() -> str:
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:  # such as http://[
        return "/"
    if came_from.netloc != request.host:
        return "/"
    return local_path(f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path)
