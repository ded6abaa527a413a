"""The SMS diary of one's children: chosen in five taps on a phone, confirmed by a code, paused or stopped by a tap."""

from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import structlog
from flask import Blueprint, flash, redirect, render_template, request, send_file
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.domain.consent_texts import consent_text, urgent_text
from app.domain.errors import InvalidInput, NotFound, SchoolError
from app.models import Guardianship, School, SmsSubscription
from app.pages.sms_wishes import (
    OWN,
    OWN_WORDS,
    PARTS,
    PRESET_WORDS,
    is_absences_only,
    summary,
    typed_from,
    typed_now,
    wishes_of,
)
from app.records.sms import DETAILS, KIND_TITLES, SMS_SUBSCRIPTIONS, WHEN
from app.records.timetable import WEEKDAYS
from app.services import consents
from app.services.leaflets import family_leaflet, number_for_answers
from app.services.numbers import is_suspended
from app.services.saving import saving
from app.services.subscribing import MAY_SUBSCRIBE, ON_WORD, beside, confirm_by_code, in_force, send_code, subscribe
from app.session.actors import on_word_of
from app.session.engine import actor_of, transaction
from app.web import code_day
from app.web.addresses import client_address
from app.web.family import own_children
from app.web.guard import permitted
from app.web.resources import resources
from app.web.throttle import Limits, Throttle
from app.words import _, language
from app.words.errors import SENTENCES, sentence

pages = Blueprint("sms_diary", __name__)

HERE = "/sms-diary/"
SEND = Limits("sms_diary_code", own=5, name=5, address=100, all=1000, window_seconds=3600)
STATES = ("active", "paused", "stopped")
LONGEST = (("", _("as long as it has to be")), *((parts, parts) for parts in PARTS))


@pages.get(HERE)
@permitted(*MAY_SUBSCRIBE)
def own() -> str:
    """Each child, and how its SMS diary stands."""
    session = resources().db()
    actor = actor_of(session)
    query = select(SmsSubscription).where(SmsSubscription.guardian_id.in_(actor.own_guardian_ids))
    every = session.scalars(query).all()
    standing = {one.student_id: one for one in every if one.status != "stopped"}
    children = [child for child in own_children() if child.id in actor.child_ids]
    return render_template(
        "sms_diary/own.html", children=children, standing=standing,
        stopped={one.student_id for one in every} - standing.keys(), statuses=SMS_SUBSCRIPTIONS.choices["status"],
        number=number_for_answers(session, {child.school_id for child in children}), summary=summary,
        silent={one.id for one in standing.values() if is_suspended(session, one.guardian_id, one.phone)},
    )  # fmt: skip


@pages.route("/sms-diary/child/<int:student_pk>", methods=["GET", "POST"])
@permitted(*MAY_SUBSCRIBE)
def of_child(student_pk: int) -> Any:
    """Choose what is told, and where to; a phone that is not confirmed gets a code."""
    session = resources().db()
    actor = actor_of(session)
    if student_pk not in actor.child_ids:
        raise NotFound
    whom = beside(session, now().date(), student_id=student_pk, guardian_ids=sorted(actor.own_guardian_ids))
    if request.method == "GET":
        standing = in_force(session, whom.guardian_id, student_pk)
        return wish_page(whom, typed_from(standing, whom.guardian.phone, language()), None, is_desk=False)
    typed = typed_now()
    try:
        subscription = saved(whom, typed)
    except InvalidInput as wrong:
        return wish_page(whom, typed, wrong, is_desk=False), 422
    return confirmed_or_asked(subscription, "web", str(whom.guardian))


def wish_page(whom: Guardianship, typed: dict[str, str], wrong: InvalidInput | None, *, is_desk: bool) -> str:
    """The form, of the guardian or of the desk."""
    standing = in_force(resources().db(), whom.guardian_id, whom.student_id)
    return render_template(
        "sms_diary/wishes.html", whom=whom, typed=typed, presets={**PRESET_WORDS, OWN: OWN_WORDS}, own=OWN,
        details=DETAILS, is_desk=is_desk, kinds=KIND_TITLES, whens=WHEN, days=WEEKDAYS, longest=LONGEST,
        wrong=sentence(wrong) if wrong else "", wrong_at=wrong.field if wrong else "",
        consent=consent_text(language()), urgent=urgent_text(language()), standing=standing,
        zone=resources().settings.timezone,
        agreed=consents.standing(resources().db(), whom.guardian_id, standing.phone) if is_desk and standing else None,
    )  # fmt: skip


def saved(whom: Guardianship, typed: dict[str, str]) -> SmsSubscription:
    """The subscription as it was typed. Raises InvalidInput by the field."""
    session = resources().db()
    standing = in_force(session, whom.guardian_id, whom.student_id)
    wishes, was = wishes_of(typed, standing), standing.phone if standing is not None else ""
    was_proved = standing is not None and (standing.phone_confirmed_at is not None or was == whom.guardian.phone)
    try:
        with saving(session, SmsSubscription):
            subscription = subscribe(session, whom, wishes)
    except InvalidInput as wrong:
        if wrong.field == "channels":  # the form has a switch for each
            switch = "for_student" if wrong.key == "sms_wishes.no_student_email" else "by_email"
            raise InvalidInput(switch, wrong.key, **wrong.figures) from None
        raise
    if was not in ("", wishes["phone"]):
        _end_consent(whom.guardian_id, was, is_proved=was_proved)
    if is_absences_only(wishes):
        flash(str(_("With “absences only” nothing but absences is told, whatever else is chosen.")), "info")
    return subscription


def confirmed_or_asked(subscription: SmsSubscription, means: str, proof: str) -> Response:
    """With a confirmed phone all is done; else its owner gets a code, and the page that takes it follows."""
    session = resources().db()
    session.refresh(subscription)
    if subscription.phone_confirmed_at is None and means == "web" and not subscription.channels:
        return redirect(_code_sent(subscription), 303)  # nothing goes anywhere before the code proves the phone
    with transaction(resources().engine, on_word_of(actor_of(session), *ON_WORD)) as db:
        consents.give(db, subscription.guardian_id, subscription.phone, means, proof)
    if subscription.phone_confirmed_at is None:
        return redirect(_code_sent(subscription), 303)
    flash(str(_("Done: the SMS diary is on.")), "success")
    return redirect(_back(subscription), 303)


def _code_sent(subscription: SmsSubscription, again: str = "") -> str:
    """Send the code, where not too many were sent; the address of the page that takes it. `again`: said then."""
    actor, refused = actor_of(resources().db()), None
    throttles = [
        Throttle(resources().redis, SEND, name, client_address(request))
        for name in (subscription.phone, *([f"@{actor.user_id}"] if actor.own_guardian_ids else []))
    ]
    if any(throttle.is_closed() for throttle in throttles) or code_day.is_over():
        refused = str(SENTENCES["sms_diary.too_many"])
    else:
        trace = str(structlog.contextvars.get_contextvars().get("trace") or "")
        try:
            with transaction(resources().engine, on_word_of(actor, *ON_WORD)) as db:
                send_code(db, db.get_one(SmsSubscription, subscription.id), now(), trace)
        except InvalidInput as held:
            refused = sentence(held)
        else:
            code_day.count()
            for throttle in throttles:
                throttle.count()
    if refused or again:
        flash(refused or again, "warning" if refused else "info")
    return f"/sms-diary/phone/{subscription.id}"


def _is_proved(subscription: SmsSubscription) -> bool:
    """Confirmed, and not suspended since: then its owner confirms it anew."""
    is_silent = is_suspended(resources().db(), subscription.guardian_id, subscription.phone)
    return subscription.phone_confirmed_at is not None and not is_silent


@pages.get("/sms-diary/phone/<int:pk>")
@permitted(*MAY_SUBSCRIBE)
def phone(pk: int) -> Any:
    """The page that takes the code; its owner may answer the text as well."""
    subscription = _mine(pk)
    if _is_proved(subscription):
        return redirect(_back(subscription), 303)
    return _code_page(subscription)


@pages.post("/sms-diary/phone/<int:pk>/code")
@permitted(*MAY_SUBSCRIBE)
def code(pk: int) -> Any:
    subscription, actor = _mine(pk), actor_of(resources().db())
    typed = request.form.get("code", "")
    proof = _("code of {moment}, entered by {name}", moment=f"{now():%d.%m.%Y %H:%M}", name=actor.name)
    with transaction(resources().engine, on_word_of(actor, *ON_WORD)) as db:
        is_right = confirm_by_code(db, subscription.id, typed, str(proof), now())
    if not is_right:
        return _code_page(subscription, str(SENTENCES["sms_diary.code"])), 422
    flash(str(_("Done: the phone is confirmed, and the SMS diary is on.")), "success")
    return redirect(_back(subscription), 303)


def _code_page(subscription: SmsSubscription, wrong: str = "") -> str:
    back = _back(subscription)
    return render_template("sms_diary/phone.html", one=subscription, wrong=wrong, back=back, is_desk=back != HERE)


@pages.post("/sms-diary/phone/<int:pk>/send")
@permitted(*MAY_SUBSCRIBE)
def send(pk: int) -> Any:
    """The code once more."""
    subscription = _mine(pk)
    if _is_proved(subscription):
        return redirect(_back(subscription), 303)
    said = str(_("A new code is on its way; older ones open nothing any more."))
    return redirect(_code_sent(subscription, said), 303)


@pages.post("/sms-diary/state/<int:pk>")
@permitted(*MAY_SUBSCRIBE)
def state(pk: int) -> Any:
    """Pause, go on, or stop."""
    session, subscription, wanted = resources().db(), _mine(pk), request.form.get("status", "")
    if wanted not in STATES:
        raise NotFound
    if subscription.status == "stopped" and wanted != "stopped":  # its consent ended with it
        flash(str(_("The SMS diary was switched off meanwhile. Subscribe anew.")), "warning")
        return redirect(_back(subscription), 303)
    try:
        with saving(session, SmsSubscription):
            subscription.status = wanted
            session.flush()
    except SchoolError as refused:
        flash(sentence(refused), "warning")
        return redirect(_back(subscription), 303)
    if wanted == "stopped":
        _end_consent(subscription.guardian_id, subscription.phone)
    flash(str(_("The SMS diary: {state}.", state=SMS_SUBSCRIPTIONS.choices["status"][wanted])), "success")
    return redirect(_back(subscription), 303)


def _end_consent(guardian_id: int, phone: str, *, is_proved: bool = True) -> None:
    """Nothing goes to the number any more: the register says so. One that nobody has proved was a slip of the pen."""
    with transaction(resources().engine, on_word_of(actor_of(resources().db()), *ON_WORD)) as db:
        consents.withdraw_unused(db, guardian_id, phone, now(), is_proved=is_proved)


@pages.get("/sms-diary/leaflet.pdf")
@permitted(*MAY_SUBSCRIBE)
def leaflet() -> Response:
    """An A5 sheet for families: how to subscribe, what to text, to which number."""
    session = resources().db()
    school = session.scalars(select(School).order_by(School.id)).first()
    if school is None:
        raise NotFound
    number = number_for_answers(session, {school.id})
    paper = family_leaflet(school.name, number, resources().settings.public_url, _language())
    return pdf(paper, str(_("SMS diary.pdf")))


def pdf(paper: bytes, name: str) -> Response:
    return send_file(BytesIO(paper), mimetype="application/pdf", as_attachment=True, download_name=name)


def _language() -> str:
    wanted = request.args.get("language", "")
    return wanted if wanted in ("ru", "en") else language()


def now() -> datetime:
    return datetime.now(resources().settings.timezone)


def _back(subscription: SmsSubscription) -> str:
    """The own page; at the desk the family that was looked for, whose other child may be the next."""
    if subscription.guardian_id in actor_of(resources().db()).own_guardian_ids:
        return HERE
    guardian = subscription.guardian
    return f"/sms-desk/?{urlencode({'q': f'{guardian.surname} {guardian.given_name}'})}"


def _mine(pk: int) -> SmsSubscription:
    """One that the person may write: an own one, or of the school that they run; others are told as there were none."""
    session = resources().db()
    found = session.get(SmsSubscription, pk) if pk < 2**63 else None
    if found is None or not SMS_SUBSCRIPTIONS.writes(actor_of(session), found):
        raise NotFound
    return found
