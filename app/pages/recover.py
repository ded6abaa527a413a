"""Login or password forgotten: a link by mail or a code by SMS. Whether there is such an account is told to nobody."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, ValidationError

from app.domain.errors import InvalidInput
from app.pages.forms import REQUIRED, good_password
from app.services import recovery
from app.services.contacts import EMAIL, PHONE, RECOVER, proved, read_contact
from app.session.actors import ONBOARDING
from app.session.engine import transaction
from app.web import accounts, code_day
from app.web.account_events import note
from app.web.addresses import client_address
from app.web.guard import public
from app.web.resources import resources
from app.web.session_rows import end_of
from app.web.throttle import Limits, Throttle
from app.words import _
from app.words.errors import sentence

pages = Blueprint("recover", __name__)

ASK = Limits("recover_ask", own=3, name=5, address=60, all=1000, window_seconds=3600)
TRY = Limits("recover_try", own=10, name=20, address=100, all=2000, window_seconds=900)
TOO_MANY = _("Too many requests. Wait an hour, or ask the school.")
DEAD_LINK = _("This link opens nothing. It works once, for as long as the mail says. Have a new one sent.")
WRONG_CODE = _("The code is wrong, or too old. Have a new one sent.")
UNSENT = "-"  # opens nothing
BEGUN = "recover"  # what the browser that asked keeps, so that a code works in no other


class AskForm(FlaskForm):
    contact = StringField(_("E-mail or phone that you gave"), [DataRequired(REQUIRED)])

    def validate_contact(self, field: Any) -> None:
        try:
            read_contact(field.data or "")
        except InvalidInput as wrong:
            raise ValidationError(sentence(wrong)) from None


class NewForm(FlaskForm):
    """By a link: the password; its key comes in the fragment."""

    shortest_password: int | None = None
    known: tuple[str, ...] = ()

    password = PasswordField(_("New password"), [DataRequired(REQUIRED), good_password()])

    def own_words(self) -> tuple[str, ...]:
        return self.known


class CodeForm(NewForm):
    """By an SMS: the code, and the password with it."""

    code = StringField(_("Code from the SMS"), [DataRequired(REQUIRED)])


@pages.get("/recover/")
@public
def form() -> str:
    return render_template("recover/ask.html", form=AskForm())


@pages.post("/recover/")
@public
def ask() -> Any:
    """The same answer and the same work, whether an account is known by the contact or not."""
    form = AskForm()
    if not form.validate_on_submit():
        return render_template("recover/ask.html", form=form), 422
    contact = read_contact(form.contact.data)
    throttle = Throttle(resources().redis, ASK, contact.address, client_address(request))
    if throttle.is_closed() or (contact.kind == PHONE and code_day.is_over()):
        form.contact.errors = [TOO_MANY]
        return render_template("recover/ask.html", form=form), 429, {"Retry-After": str(ASK.window_seconds)}
    throttle.count()
    if contact.kind == PHONE:
        code_day.count()
    with transaction(resources().engine, ONBOARDING) as db:
        key = recovery.ask_for(db, contact, _key(), datetime.now(UTC))
    if contact.kind == EMAIL:
        return render_template("recover/sent.html")
    session[BEGUN] = key or session.get(BEGUN) or UNSENT  # a code that was sent before is of use still
    return redirect("/recover/code", 303)


@pages.get("/recover/code")
@public
def code_form() -> Any:
    return render_template("recover/code.html", form=CodeForm()) if session.get(BEGUN) else redirect("/recover/", 303)


@pages.post("/recover/code")
@public
def code() -> Any:
    form, begun = CodeForm(), session.get(BEGUN)
    if not begun:
        return redirect("/recover/", 303)
    if not form.validate_on_submit():
        return render_template("recover/code.html", form=form), 422
    return _set(form, begun, form.code.data) or (render_template("recover/code.html", form=form), 422)


@pages.get("/recover/new")
@public
def new_form() -> str:
    return render_template("recover/new.html", form=NewForm(), key="")


@pages.post("/recover/new")
@public
def new() -> Any:
    form, key = NewForm(), request.form.get("key", "").strip()[:100]
    is_good = form.validate_on_submit()
    done = _set(form, key, None) if is_good else None
    return done or (render_template("recover/new.html", form=form, key=key), 422)


def _set(form: NewForm, key: str, code: str | None) -> Any:
    """Give the password; None where it could not be, and the form says why."""
    throttle = Throttle(resources().redis, TRY, key, client_address(request))
    field, wrong = (form.password, DEAD_LINK) if code is None else (form["code"], WRONG_CODE)
    if throttle.is_closed():
        field.errors = [TOO_MANY]
        return None
    now = datetime.now(UTC)
    with transaction(resources().engine, ONBOARDING) as db:
        token = proved(db, _key(), RECOVER, key, now, code)
        user = recovery.owner(db, token) if token is not None else None
        account = accounts.active_account(user.id) if user is not None else None
        if token is None or user is None or account is None:
            throttle.count()
            field.errors = [wrong]
            return None
        form.shortest_password = account.rules.shortest_password
        form.known = (account.first_name, account.last_name, account.username)
        if not form.validate():
            return None
        recovery.set_password(db, token, user, accounts.hashed(form.password.data), now)
    session.pop(BEGUN, None)
    end_of(account.id)
    note("password_recovered", account.id)
    flash(str(_("The new password is in force. Your login: {login}", login=account.username)), "success")
    return redirect("/login/", 303)


def _key() -> str:
    return str(current_app.secret_key)
