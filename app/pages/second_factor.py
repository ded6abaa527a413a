"""One's own second factor: set up with an app, confirmed by its first code; recovery codes on paper; taken off."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, redirect, render_template, request, session
from werkzeug.wrappers import Response

from app.web import second_factor
from app.web.account_events import note
from app.web.accounts import Account, active_account
from app.web.actors import current_account
from app.web.addresses import client_address
from app.web.devices import known_device
from app.web.guard import signed_in
from app.web.locks import TOO_MANY, recently_proved, without_second_factor
from app.web.resources import resources
from app.web.session_kinds import SHARED
from app.web.session_rows import end_of
from app.web.sessions import browser_session
from app.web.throttle import CODES, Throttle
from app.words import Word, _

pages = Blueprint("second_factor", __name__)

HERE, BEGUN = "/second-factor/", "second_factor"
WRONG = _("This is not the code that the app shows now. Look again, and check the clock of the phone.")
NEEDED = _("Your role needs a second factor; it stays.")


@pages.get(HERE)
@signed_in
@without_second_factor
def show() -> Any:
    return _page(None)


@pages.post("/second-factor/begin")
@signed_in
@without_second_factor
@recently_proved
def begin() -> Response:
    """A new key for the app; it counts from its first code on."""
    second_factor.begin(_me())
    session[BEGUN] = True
    return redirect(HERE, 303)


@pages.post("/second-factor/confirm")
@signed_in
@without_second_factor
@recently_proved
def confirm() -> Any:
    """The first code: from now on it is asked at every door. Everywhere else one is signed out."""
    account, opened = _me(), browser_session()
    assert opened is not None
    device = known_device(request, account.username)
    throttle = Throttle(resources().redis, CODES, str(account.id), client_address(request), device)
    if throttle.is_closed():
        return _page(TOO_MANY), 429
    codes = second_factor.confirm(account, request.form.get("code", ""))
    if not codes:
        throttle.count()
        return _page(WRONG), 422
    throttle.forget()
    end_of(account.id)
    changed = active_account(account.id)
    assert changed is not None
    opened.begin(changed, is_shared=opened.kind is SHARED)
    note("second_factor_on", account.id)
    return _codes(codes)


@pages.post("/second-factor/codes")
@signed_in
@recently_proved
def recovery_codes() -> Any:
    """Ten fresh recovery codes; the former ones are worth nothing any more."""
    account = _me()
    if not account.has_second_factor:
        return redirect(HERE, 303)
    codes = second_factor.new_recovery_codes(account)
    note("recovery_codes", account.id)
    return _codes(codes)


@pages.post("/second-factor/off")
@signed_in
@recently_proved
def take_off() -> Any:
    """No second factor any more, unless a role needs it."""
    account, opened = _me(), browser_session()
    if account.rules.wants_second_factor:
        return _page(NEEDED), 422
    if second_factor.take_off(account.id):
        changed = active_account(account.id)
        assert changed is not None
        assert opened is not None
        end_of(account.id)
        opened.begin(changed, is_shared=opened.kind is SHARED)
        note("second_factor_off", account.id)
    flash(str(_("Your second factor is taken off.")), "success")
    return redirect(HERE, 303)


def _page(wrong: Word | None) -> str:
    account, key = _me(), None
    if session.get(BEGUN) and not account.has_second_factor:  # a key is shown where it was asked for, and nowhere else
        key = second_factor.key_to_confirm(account, f"Zvonok {urlsplit(resources().settings.public_url).hostname}")
    return render_template(
        "accounts/second_factor.html",
        key=key,
        wrong=wrong,
        person=account,
        left=second_factor.recovery_codes_left(account) if account.has_second_factor else 0,
    )


def _codes(codes: list[str]) -> str:
    return render_template("accounts/recovery_codes.html", codes=codes)


def _me() -> Account:
    account = current_account()
    assert account is not None
    return account
