"""Signing in and out."""

import time
from contextlib import suppress
from typing import Any

import structlog
from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from app.services.school_name import school_name
from app.web import accounts, second_factor
from app.web.account_events import note
from app.web.accounts import Account
from app.web.actors import current_account
from app.web.addresses import client_address
from app.web.devices import known_device, remember_device
from app.web.guard import local_path, public, signed_in
from app.web.locks import one_time_over, while_locked
from app.web.resources import resources
from app.web.sessions import browser_session
from app.web.throttle import CODES, SIGN_IN, Limits, Throttle
from app.words import Word, _

pages = Blueprint("sign_in", __name__)
log = structlog.get_logger()

WRONG = _("The name or the password is wrong.")
WRONG_CODE = _("The code is wrong or was used already. The app shows a new one every half minute.")
TOO_MANY = _("Too many tries. Wait a few minutes.")
BEGUN = "sign_in"  # what a signed-out browser keeps between the password and the code
BEGUN_FOR_SECONDS = 600
FORGET = '"cache", "storage"'  # not the cookies: the device stays known, its language and colours too


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
    is_shared = bool(request.form.get("shared"))
    throttle = _throttle(SIGN_IN, username, username)
    if throttle.is_closed():
        return make_response(_page(username, TOO_MANY), 429, {"Retry-After": str(SIGN_IN.window_seconds)})
    account = accounts.account_with_password(username, password)
    if account is None:
        throttle.count()
        log.info("sign_in.refused")
        return make_response(_page(username, WRONG), 401)
    throttle.forget()
    if account.one_time_is_over:
        log.info("sign_in.one_time_over", user=account.id)
        return make_response(_page(username, one_time_over(account)), 403)
    if not account.has_second_factor:
        return _come_in(account, is_shared)
    opened = browser_session()
    if opened is not None and opened.account is not None:
        opened.end()  # somebody else was signed in here
    session[BEGUN] = {"user": account.id, "stamp": account.stamp, "at": int(time.time()), "shared": is_shared}
    return redirect(url_for("sign_in.code", next=request.args.get("next")), 303)


@pages.get("/login/code")
@public
def code() -> str | Response:
    return _code_page(None) if _begun()[0] is not None else redirect("/login/")


@pages.post("/login/code")
@public
def submit_code() -> Response:
    """The second step, for who gave the right password a few minutes ago: a code of the app, or one from paper."""
    account, is_shared = _begun()
    if account is None:
        return redirect("/login/", 303)
    throttle = _throttle(CODES, str(account.id), account.username)
    if throttle.is_closed():
        return make_response(_code_page(TOO_MANY), 429, {"Retry-After": str(CODES.window_seconds)})
    typed = request.form.get("code", "")
    taken = second_factor.takes(account, typed)
    if taken is None:
        throttle.count()
        log.info("sign_in.code_refused", user=account.id)
        return make_response(_code_page(WRONG_CODE), 401)
    throttle.forget()
    return _come_in(account, is_shared, by_paper=taken == second_factor.PAPER)


def _begun() -> tuple[Account | None, bool]:
    """Who gave the right password in this browser, and whether the computer is shared."""
    found: dict[str, Any] = session.get(BEGUN) or {}
    if current_account() is not None or not found or time.time() - found["at"] > BEGUN_FOR_SECONDS:
        return None, False
    account = accounts.active_account(found["user"])
    return (account if account is not None and account.stamp == found["stamp"] else None), bool(found["shared"])


def _come_in(account: Account, is_shared: bool, *, by_paper: bool = False) -> Response:
    """Every factor that is asked of the account was given."""
    opened = browser_session()
    assert opened is not None
    opened.begin(account, is_shared=is_shared)
    accounts.count_sign_in(account)
    answer = redirect(local_path(request.args.get("next")), 303)
    if not known_device(request, account.username):
        note("new_device", account.id)
        remember_device(request, answer, account.username)
    if by_paper:
        note("recovery_code_used", account.id)
        left = second_factor.recovery_codes_left(account)
        flash(str(_("That recovery code is used up. Left: {left}.", left=left)), "info")
    log.info("sign_in.done", user=account.id)
    return answer


def _throttle(limits: Limits, name: str, username: str) -> Throttle:
    return Throttle(resources().redis, limits, name, client_address(request), known_device(request, username))


def _code_page(wrong: Word | None) -> str:
    return render_template("sign_in_code.html", wrong=wrong)


def _page(username: str, wrong: Word | None) -> str:
    return render_template(
        "sign_in.html",
        username=username,
        is_shared=bool(request.form.get("shared")),
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
@while_locked
def leave() -> Response:
    opened = browser_session()
    assert opened is not None
    opened.end()
    flash(str(_("You are signed out.")), "success")
    answer = redirect("/login/", 303)
    answer.headers["Clear-Site-Data"] = FORGET
    return answer
