"""Signing a week of the diary: by the password or by a code from an SMS, and the class teacher's list of who has."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request
from flask import session as browser_session
from sqlalchemy import select

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.weeks import read_week, week_name
from app.models import Guardian, SchoolClass, WeekSignature
from app.pages import diary, diary_showing
from app.services.contacts import PHONE, SIGN, Contact, proved, send_proof, use_up
from app.services.diary import diary_week
from app.services.saving import saving
from app.services.signatures import MAY_READ, MAY_SIGN, matrix, sign
from app.session.actors import ONBOARDING
from app.session.engine import actor_of, transaction
from app.web import code_day
from app.web.actors import current_account
from app.web.addresses import client_address
from app.web.family import page_is_about
from app.web.guard import permitted
from app.web.locks import prove
from app.web.resources import resources
from app.web.sessions import browser_session as opened_session
from app.web.throttle import Limits, Throttle
from app.words import _
from app.words.errors import sentence

pages = Blueprint("diary_signing", __name__)

BEGUN = "sign_code"  # in the session: the key of the code that was sent
ASK = Limits("sign_ask", own=5, name=5, address=60, all=1000, window_seconds=3600)
NOTHING_GIVEN = _("Give your password, or have a code sent.")
TOO_MANY = _("Too many requests. Wait an hour, or ask the school.")
SIGNATURES, MAY = "/signatures/", MAY_READ


@pages.post("/diary/<int:pk>/<week>/sign")
@permitted(*MAY_SIGN)
def sign_week(pk: int, week: str) -> Any:
    """Sign what was shown; where it has changed meanwhile, it is shown anew."""
    child, session, moment = diary.own_child(pk), resources().db(), diary.now()
    monday = _monday(week)
    wrong, means = _proof()
    if wrong:
        return _again(child, monday, wrong, 422)
    seen = request.form.get("seen", "")
    try:
        with saving(session, WeekSignature):
            parts = diary_week(session, child, monday, diary.reads).parts
            sign(session, child, monday, seen, parts, means, moment.date())
    except Conflict as changed:
        if changed.key != "conflict.stands_already":  # the same person in two windows: it is signed
            return _again(child, monday, sentence(changed), 409)
    except InvalidInput as refused:
        return _again(child, monday, sentence(refused), 422)
    browser_session.pop(BEGUN, None)
    flash(str(_("The week is signed. Thank you.")), "success")
    return redirect(f"{diary.HERE}{child.id}/{week_name(monday)}#signature", 303)


@pages.post("/diary/<int:pk>/<week>/code")
@permitted(*MAY_SIGN)
def send_code(pk: int, week: str) -> Any:
    """Send a code to the guardian's confirmed phone."""
    child, monday, account = diary.own_child(pk), _monday(week), current_account()
    assert account is not None
    throttle = Throttle(resources().redis, ASK, account.username, client_address(request))
    if throttle.is_closed() or code_day.is_over():
        return _again(child, monday, str(TOO_MANY), 429)
    phone = _confirmed_phone()
    if phone is None:
        return _again(child, monday, sentence(InvalidInput("code", "signature.no_phone")), 422)
    throttle.count()
    code_day.count()
    try:
        with transaction(resources().engine, ONBOARDING) as session:
            key, contact = str(current_app.secret_key), Contact(PHONE, phone)
            browser_session[BEGUN] = send_proof(session, key, contact, SIGN, datetime.now(UTC), user=account.id)
    except InvalidInput as held:
        return _again(child, monday, sentence(held), 429)
    return _again(child, monday, "", 200)


def _proof() -> tuple[str, str]:
    """What is wrong with password or code, and by which means it was proved."""
    password, code, opened = request.form.get("password", ""), request.form.get("code", ""), opened_session()
    if code and BEGUN in browser_session:
        return ("" if _is_code_right(code) else sentence(InvalidInput("code", "signature.code"))), "sms"
    if not password or opened is None:
        return str(NOTHING_GIVEN), ""
    wrong = prove(opened, password)
    return (str(wrong[0]) if wrong else ""), "password"


def _is_code_right(code: str) -> bool:
    account, now = current_account(), datetime.now(UTC)
    with transaction(resources().engine, ONBOARDING) as session:
        token = proved(session, str(current_app.secret_key), SIGN, str(browser_session[BEGUN]), now, code)
        if token is None or account is None or token.user_id != account.id:
            return False
        use_up(session, token, now)
        return True


def _confirmed_phone() -> str | None:
    session = resources().db()
    query = select(Guardian.phone).where(
        Guardian.id.in_(actor_of(session).own_guardian_ids), Guardian.phone_confirmed_at.is_not(None)
    )
    return session.scalars(query.order_by(Guardian.id)).first()


def _monday(week: str) -> Any:
    try:
        return read_week(week)
    except InvalidInput:
        raise NotFound from None


def _again(child: Any, monday: Any, wrong: str, status: int) -> Any:
    session = resources().db()
    session.rollback()
    page_is_about(child)
    week = diary_week(session, child, monday, diary.reads)
    shown = diary_showing.week_shown(session, child, week, diary.now())
    code_sent = BEGUN in browser_session
    return render_template("diary/week.html", **shown, sign_error=wrong, code_sent=code_sent), status


@pages.get(SIGNATURES)
@permitted(*MAY_READ)
def classes() -> Any:
    """The classes whose families' signatures the person minds; the only one at once."""
    found = _classes()
    if len(found) == 1:
        return of_class(found[0].id)
    return render_template("diary/signature_classes.html", classes=found)


@pages.get("/signatures/<int:pk>")
@permitted(*MAY_READ)
def of_class(pk: int) -> str:
    """Who of the class has a signature of which week."""
    session = resources().db()
    school_class = next((one for one in _classes() if one.id == pk), None)
    if school_class is None:
        raise NotFound
    mondays, lines = matrix(session, pk, diary.now().date())
    zone = resources().settings.timezone
    return render_template(
        "diary/signatures.html", school_class=school_class, mondays=mondays, lines=lines, zone=zone
    )  # fmt: skip


def _classes() -> Any:
    session = resources().db()
    actor = actor_of(session)
    mine = SchoolClass.id.in_(actor.led_class_ids) | SchoolClass.school_id.in_(actor.whole_school_ids)
    query = select(SchoolClass).where(mine).order_by(SchoolClass.grade_level, SchoolClass.name, SchoolClass.id)
    return session.scalars(query).all()
