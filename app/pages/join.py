"""Joining by the code of a letter: the code, then a name, an e-mail or phone and a password, and one is in.

The code comes by typing or in the fragment of the letter's link, which no server, log or referrer ever sees. Whatever
is the matter with a code, the answer is the same.
"""

import unicodedata
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Blueprint, current_app, flash, redirect, render_template, request, session
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, ValidationError

from app.domain.codes import read_code, readable
from app.domain.errors import InvalidInput
from app.pages.forms import REQUIRED, good_password
from app.services import joining
from app.services.contacts import EMAIL, Contact, read_contact
from app.services.joining import Opened
from app.services.own_data import is_same_name
from app.session.actors import ONBOARDING
from app.session.engine import transaction
from app.web import accounts
from app.web.account_events import note
from app.web.actors import current_account
from app.web.addresses import client_address
from app.web.devices import remember_device
from app.web.guard import public, signed_in
from app.web.resources import resources
from app.web.session_rows import end_of
from app.web.sessions import browser_session
from app.web.throttle import Limits, Throttle
from app.words import Word, _
from app.words.errors import sentence

pages = Blueprint("join", __name__)
log = structlog.get_logger()

JOIN = Limits("join", own=10, name=20, address=100, all=2000, window_seconds=300)
DEAD = _("This code opens nothing. Compare it with the letter. It works once, for the days that the letter says; a new "
         "letter makes the old code worth nothing. The class teacher prints a new one.")  # fmt: skip
TOO_MANY = _("Too many tries. Wait a few minutes.")
WRONG_NAME = _("Takes surname and given name, at most 64 letters each.")
NOT_THIS = _("This code cannot be added to your account. Sign out, and make the account of whom it is for.")
OTHER_NAME = _(
    "The name that you gave differs from the school’s. There you see how, and can ask the school to mend it:"
)
PROOFS = "proofs"  # contact → what this browser holds beside the code of an SMS
LONGEST_NAME = 64


class ReturnForm(FlaskForm):
    """A new password for an account that there is."""

    shortest_password: int | None = None
    known: tuple[str, ...] = ()

    password = PasswordField(_("Password"), [DataRequired(REQUIRED), good_password()])

    def own_words(self) -> tuple[str, ...]:
        return self.known


class JoinForm(ReturnForm):
    """Three fields."""

    name = StringField(_("Surname, given name, patronymic"), [DataRequired(REQUIRED)])
    contact = StringField(_("E-mail or phone: your login"), [DataRequired(REQUIRED)])

    def own_words(self) -> tuple[str, ...]:
        return (*self.known, self.name.data or "", self.contact.data or "")

    def validate_name(self, field: Any) -> None:
        if not _is_name(field.data or ""):
            raise ValidationError(WRONG_NAME)

    def validate_contact(self, field: Any) -> None:
        try:
            read_contact(field.data or "")
        except InvalidInput as wrong:
            raise ValidationError(sentence(wrong)) from None

    @property
    def parts(self) -> tuple[str, str]:
        """Surname, and the rest."""
        surname, _blank, rest = " ".join((self.name.data or "").split()).partition(" ")
        return surname, rest


@pages.get("/join/")
@public
def form() -> str:
    return _code_page("", None)


@pages.post("/join/")
@public
def enter() -> Any:
    """The code; what it opens is shown, and nothing happens yet."""
    refused = _closed()
    if refused is not None:
        return refused
    with _opening() as db:
        door = joining.opened(db, _typed(), _key(), datetime.now(UTC))
    return _dead() if door is None else _person_page(door, None)


@pages.post("/join/register")
@public
def register() -> Any:
    """The account: made, tied, the code used up and the proof sent, all in one; then one is in."""
    refused = _closed()
    if refused is not None:
        return refused
    now, form = datetime.now(UTC), JoinForm()
    with _opening() as db:
        door = joining.opened(db, _typed(), _key(), now)
    if door is None or door.is_return:
        return _dead()
    form.shortest_password = door.shortest_password
    if current_account() is not None or not form.validate_on_submit():
        return _person_page(door, form)
    contact, hashed = read_contact(form.contact.data), accounts.hashed(form.password.data)
    try:
        with _opening() as db:  # the hash is dear: the row is locked only now
            held = joining.opened(db, _typed(), _key(), now, lock=True)
            if held is None:
                return _dead()
            user_id, proof = joining.join(db, held, form.parts, contact, hashed, _key(), now)
    except (InvalidInput, IntegrityError) as taken:
        told = taken if isinstance(taken, InvalidInput) else InvalidInput("contact", "contact.taken")
        if told.field == "code":
            return _dead()
        form.contact.errors = [*form.contact.errors, sentence(told)]
        return _person_page(door, form)
    return _come_in(user_id, contact, proof, is_same_name(" ".join(form.parts), held.person))


@pages.post("/join/attach")
@signed_in
def attach() -> Any:
    """The child of the code comes to the account of who is signed in."""
    refused = _closed()
    if refused is not None:
        return refused
    account, now = current_account(), datetime.now(UTC)
    assert account is not None
    with _opening() as db:
        door = joining.opened(db, _typed(), _key(), now, lock=True)
        if door is None or door.is_return:
            return _dead()
        is_done = joining.attach(db, door, account.id, now)
    if not is_done:
        return _person_page(door, None, NOT_THIS)
    note("child_added", account.id)
    flash(str(_("Added to your account: {names}.", names=", ".join(door.children))), "success")
    return redirect("/", 303)


@pages.post("/join/return")
@public
def come_back() -> Any:
    """A new password by a letter, for who has neither address nor phone to recover it by."""
    refused = _closed()
    if refused is not None:
        return refused
    now, form = datetime.now(UTC), ReturnForm()
    with _opening() as db:
        door = joining.opened(db, _typed(), _key(), now)
    if door is None or not door.is_return:
        return _dead()
    form.shortest_password, form.known = door.shortest_password, (str(door.person), door.login)
    if not form.validate_on_submit():
        return _person_page(door, form)
    hashed = accounts.hashed(form.password.data)
    with _opening() as db:
        held = joining.opened(db, _typed(), _key(), now, lock=True)
        if held is None:
            return _dead()
        user_id = joining.come_back(db, held, hashed, now)
    end_of(user_id)
    note("password_recovered", user_id)
    flash(str(_("The new password is in force. Your login: {login}", login=door.login)), "success")
    return redirect("/login/", 303)


def _opening() -> Any:
    return transaction(resources().engine, ONBOARDING)


def _key() -> str:
    return str(current_app.secret_key)


def _typed() -> str:
    return request.form.get("code", "")


def _throttle() -> Throttle:
    return Throttle(resources().redis, JOIN, _typed()[:100], client_address(request))


def _closed() -> Any:
    return (_code_page(_typed(), TOO_MANY), 429, {"Retry-After": str(JOIN.window_seconds)}) if (
        _throttle().is_closed()
    ) else None  # fmt: skip


def _dead() -> Any:
    _throttle().count()
    log.info("join.refused")
    return _code_page(_typed(), DEAD), 422


def _code_page(typed: str, wrong: Word | None) -> str:
    """What was typed comes back as far as it may have been meant for a code."""
    code = read_code(typed)
    shown = readable(code) if code else "".join(sign for sign in typed[:30] if sign.isdigit() or sign == " ")
    return render_template("join/code.html", typed=shown, wrong=wrong)


def _person_page(door: Opened, form: ReturnForm | None, wrong: Word | None = None) -> Any:
    if form is None:
        form = ReturnForm(formdata=None) if door.is_return else JoinForm(formdata=None, name=str(door.person))
    status = 422 if form.errors or wrong is not None else 200
    page = render_template(
        "join/person.html",
        door=door,
        form=form,
        code=read_code(_typed()),
        wrong=wrong,
        is_guardian=door.kind == "guardian",
    )
    return page, status


def _come_in(user_id: int, contact: Contact, proof: str, is_same: bool) -> Response:
    account, opened = accounts.active_account(user_id), browser_session()
    assert account is not None
    assert opened is not None
    opened.begin(account)
    accounts.count_sign_in(account)
    note("joined", user_id)
    answer = redirect("/", 303)
    remember_device(request, answer, account.username)
    if contact.kind == EMAIL:
        told = _("We have sent a link to {address}. Open it when you can: then you can come back if you forget the "
                 "password.", address=contact.address)  # fmt: skip
    else:
        session[PROOFS] = {contact.address: proof}
        told = _("We have sent a code to {address} by SMS.", address=contact.address)
    link = Markup('{} <a href="/contacts/">{}</a>').format(told, _("Contacts"))
    flash(link, "info")
    if not is_same:
        flash(Markup('{} <a href="/my-details/">{}</a>').format(OTHER_NAME, _("My details")), "info")
    return answer


def _is_name(written: str) -> bool:
    words = written.split()
    is_text = all(not unicodedata.category(sign).startswith("C") for sign in written)
    return is_text and len(words) > 1 and len(words[0]) <= LONGEST_NAME and len(" ".join(words[1:])) <= LONGEST_NAME
