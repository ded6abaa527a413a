"""One's own contacts: the addresses and phones by which one comes back, proved by a link or a code."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session
from sqlalchemy import select

from app.domain.errors import InvalidInput
from app.models import AccountContact
from app.pages.join import PROOFS
from app.services.contacts import CONFIRM, EMAIL, Contact, confirm, is_taken, proved, read_contact, send_proof
from app.services.contacts import remove as take_off
from app.session.actors import ONBOARDING
from app.session.engine import transaction
from app.web import code_day
from app.web.account_events import note
from app.web.actors import current_account
from app.web.addresses import client_address
from app.web.guard import public, signed_in
from app.web.locks import recently_proved
from app.web.resources import resources
from app.web.throttle import Limits, Throttle
from app.words import Word, _
from app.words.errors import sentence

pages = Blueprint("contacts", __name__)

HERE = "/contacts/"
MOST = 4
SEND = Limits("contact_send", own=5, name=5, address=100, all=1000, window_seconds=3600)
TRY = Limits("contact_try", own=20, name=20, address=100, all=2000, window_seconds=900)
TOO_MANY = _("Too many requests. Wait an hour, or ask the school.")
WRONG_CODE = _("The code is wrong, or too old. Have a new one sent.")
DEAD_LINK = _("This link opens nothing. It works once, for as long as the mail says. Have a new one sent.")


@pages.get(HERE)
@signed_in
def own() -> str:
    return _page("", None)


@pages.post("/contacts/add")
@signed_in
@recently_proved
def add() -> Any:
    """One more, to be proved. That another account has it is not told: then nothing is sent."""
    typed = request.form.get("contact", "")
    try:
        contact = read_contact(typed)
    except InvalidInput as wrong:
        return _page(typed, sentence(wrong)), 422
    rows = _rows()
    if len(rows) >= MOST:
        return _page(typed, _("At most {most} contacts; remove one first.", most=MOST)), 422
    if any(row.address == contact.address for row in rows):
        return redirect(HERE, 303)
    if _is_closed(contact.address):
        return _page(typed, TOO_MANY), 429
    try:
        with transaction(resources().engine, ONBOARDING) as db:
            row = AccountContact(user_id=_me(), kind=contact.kind, address=contact.address)
            db.add(row)
            db.flush()
            _send(db, row)
    except InvalidInput as held:
        return _page(typed, sentence(held)), 422
    return _sent()


@pages.post("/contacts/<int:pk>/send")
@signed_in
def send(pk: int) -> Any:
    """The link or the code once more."""
    row = _row(pk)
    if row.confirmed_at is None:
        if _is_closed(row.address):
            return _page("", TOO_MANY), 429
        try:
            with transaction(resources().engine, ONBOARDING) as db:
                _send(db, row)
        except InvalidInput as held:
            return _page("", sentence(held)), 422
    return _sent()


@pages.post("/contacts/<int:pk>/code")
@signed_in
def code(pk: int) -> Any:
    """The code of the SMS, in the browser that asked for it."""
    row, kept = _row(pk), (session.get(PROOFS) or {}).get(_row(pk).address, "")
    return _confirmed(kept, request.form.get("code", "")) or (_page("", WRONG_CODE, row.id), 422)


@pages.post("/contacts/<int:pk>/remove")
@signed_in
@recently_proved
def remove(pk: int) -> Any:
    row = _row(pk)
    with transaction(resources().engine, ONBOARDING) as db:
        take_off(db, db.get_one(AccountContact, row.id))
    flash(str(_("Removed.")), "success")
    return redirect(HERE, 303)


@pages.get("/contacts/confirm")
@public
def link() -> str:
    return render_template("recover/confirm.html", wrong=None)


@pages.post("/contacts/confirm")
@public
def follow() -> Any:
    """The link of the mail: opened by whoever reads that mailbox, signed in or not."""
    done = _confirmed(request.form.get("key", "").strip()[:100], None)
    return done or (render_template("recover/confirm.html", wrong=DEAD_LINK), 422)


def _confirmed(secret: str, typed: str | None) -> Any:
    throttle = Throttle(resources().redis, TRY, secret, client_address(request))
    if throttle.is_closed():
        return None
    now = datetime.now(UTC)
    with transaction(resources().engine, ONBOARDING) as db:
        token = proved(db, _key(), CONFIRM, secret, now, typed)
        user_id = token.user_id if token is not None else None
        contact = confirm(db, token, now) if token is not None else None
    if contact is None or user_id is None:
        throttle.count()
        return None
    note("contact_confirmed", user_id)
    flash(str(_("Confirmed: {address}", address=contact.address)), "success")
    return redirect(HERE if current_account() is not None else "/login/", 303)


def _send(db: Any, row: AccountContact) -> None:
    contact = Contact(row.kind, row.address)
    user_id = None if is_taken(db, contact, row.user_id) else row.user_id
    kept = send_proof(db, _key(), contact, CONFIRM, datetime.now(UTC), user=user_id, contact_id=row.id)
    if contact.kind != EMAIL:
        session[PROOFS] = {**(session.get(PROOFS) or {}), contact.address: kept}


def _sent() -> Any:
    flash(str(_("Sent. The link works for three days, the code for ten minutes.")), "info")
    return redirect(HERE, 303)


def _is_closed(address: str) -> bool:
    """Whether too much was sent lately; what is about to be sent is counted."""
    throttles = [Throttle(resources().redis, SEND, name, client_address(request)) for name in (address, f"@{_me()}")]
    is_phone = address.startswith("+")
    if any(throttle.is_closed() for throttle in throttles) or (is_phone and code_day.is_over()):
        return True
    for throttle in throttles:
        throttle.count()
    if is_phone:
        code_day.count()
    return False


def _page(typed: str, wrong: Word | str | None, wrong_at: int | None = None) -> str:
    return render_template(
        "accounts/contacts.html",
        contacts=_rows(),
        typed=typed[:254],
        wrong=wrong,
        wrong_at=wrong_at,
        kept=session.get(PROOFS) or {},
        zone=resources().settings.timezone,
    )


def _rows() -> list[AccountContact]:
    with transaction(resources().engine, ONBOARDING) as db:
        query = select(AccountContact).where(AccountContact.user_id == _me()).order_by(AccountContact.id)
        return list(db.scalars(query))


def _row(pk: int) -> AccountContact:
    """One of the own; a foreign one and one that there is not are told alike."""
    for row in _rows():
        if row.id == pk:
            return row
    abort(404)


def _me() -> int:
    account = current_account()
    assert account is not None
    return account.id


def _key() -> str:
    return str(current_app.secret_key)
