"""My details: what the school has about a guardian or student beside the account's data, and requests to change it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_appbuilder.security.sqla.models import User
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import Optional

from app.domain.errors import Conflict, InvalidInput, NotFound
from app.models import DataRequest, Guardian
from app.pages.forms import length, matches
from app.records.own_data import KINDS, STATES
from app.records.words import LABELS
from app.services import data_requests
from app.services.data_requests import MISSING, NAMES, NOT_MINE
from app.services.own_data import own_records
from app.services.saving import saving
from app.session.engine import actor_of
from app.web.account_events import note
from app.web.guard import permitted, signed_in
from app.web.locks import recently_proved
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence

pages = Blueprint("own_data", __name__)

HERE = "/my-details/"
SENT = _("The school has your request. What it decides you see here, and in your mail where you have confirmed one.")
MAY_ASK = ("can_write", "data_request")


def now() -> datetime:
    """The moment, in the time zone of the pages."""
    return datetime.now(resources().settings.timezone)


def _line(limit: int) -> list[Any]:
    too_long = _("Takes at most {limit} characters.", limit=limit)
    return [Optional(), length(0, limit, too_long), matches(r"[^\x00-\x1f\x7f]*", _("Takes one line of text."))]


class OwnForm(FlaskForm):
    """Several stand on the page; the token of the page is checked for every form alike (app/web/guard.py)."""

    class Meta(FlaskForm.Meta):
        csrf = False

    @property
    def key(self) -> str:
        """By which the page tells its forms apart."""
        return self._prefix.rstrip("-")

    def said(self, name: str) -> str:
        return (self[name].data or "").strip()


class DetailsForm(OwnForm):
    """What should stand at the school; empty stays as it is."""

    surname = StringField(_("Surname"), _line(60))
    given_name = StringField(_("Given name"), _line(60))
    patronymic = StringField(_("Patronymic"), _line(60))
    phone = StringField(_("Phone"), _line(40))
    email = StringField(_("E-mail"), _line(254))


class ChildForm(OwnForm):
    """A child whom the school does not link to the guardian."""

    child_name = StringField(_("Surname and given name of the child"), _line(130))
    child_born_on = StringField(_("Date of birth, DD.MM.YYYY"), _line(10))
    note = StringField(_("What else the school should know"), _line(500))


@pages.get(HERE)
@signed_in
def own() -> str:
    return _page({})


@pages.post("/my-details/<int:pk>/change")
@permitted(*MAY_ASK)
@recently_proved
def change(pk: int) -> Any:
    """Ask for other names or contacts; what is typed as it stands already is no change."""
    guardian, form = _guardian(pk), DetailsForm(prefix=f"g{pk}")
    wanted: dict[str, Any] = {name: form.said(name) for name in NAMES}
    wanted = {name: value for name, value in wanted.items() if value and value != getattr(guardian, name)}
    wanted |= {"phone": form.said("phone") or None, "email": form.said("email").lower() or None}
    return _asked(guardian, form, wanted)


@pages.post("/my-details/<int:pk>/child")
@permitted(*MAY_ASK)
def child(pk: int) -> Any:
    """A child is missing."""
    guardian, form = _guardian(pk), ChildForm(prefix=f"c{pk}")
    written = form.said("child_born_on")
    born_on = _day(written)
    if written and born_on is None:
        form.validate()
        form["child_born_on"].errors = [_("Give a day as DD.MM.YYYY.")]
        return _page({f"c{pk}": form}), 422
    wanted = {"kind": MISSING, "child_name": form.said("child_name"), "note": form.said("note")}
    return _asked(guardian, form, wanted | {"child_born_on": born_on})


@pages.post("/my-details/<int:pk>/not-mine")
@permitted(*MAY_ASK)
@recently_proved
def not_mine(pk: int) -> Any:
    """A child that the school links to the person by mistake; another's and one that there is not are told alike."""
    guardian, wanted = _guardian(pk), request.form.get("child", "")
    if wanted not in {str(key) for key in actor_of(resources().db()).child_ids}:
        raise NotFound
    return _asked(guardian, ChildForm(prefix=f"c{pk}"), {"kind": NOT_MINE, "child_id": int(wanted)})


@pages.post("/my-details/name")
@signed_in
def take_name() -> Response:
    """The account is called as the school's record is; it is the person's own."""
    session, moment = resources().db(), now()
    actor = actor_of(session)
    for one in own_records(session, actor, moment, moment.date()):
        if request.form.get("record", "") == f"{'guardian' if one.is_guardian else 'student'}-{one.person.id}":
            user = session.scalars(select(User).where(User.id == actor.user_id)).one()
            user.last_name, user.first_name = one.person.surname, one.person.given_name
            session.commit()
            note("name_taken", user.id)
            flash(str(_("Your account is called as the school has it.")), "success")
            return redirect(HERE, 303)
    raise NotFound


@pages.post("/my-details/requests/<int:pk>/withdraw")
@permitted(*MAY_ASK)
def withdraw(pk: int) -> Response:
    session = resources().db()
    if pk >= 2**63:
        raise NotFound
    try:
        with saving(session, DataRequest):
            data_requests.withdraw(session, pk, now())
    except Conflict as late:
        flash(sentence(late), "warning")
    else:
        flash(str(_("The request is withdrawn.")), "success")
    return redirect(HERE, 303)


def _asked(guardian: Guardian, form: OwnForm, wanted: Mapping[str, Any]) -> Any:
    """Save what is asked, or show the page with what is wrong and all that was typed."""
    session, moment = resources().db(), now()
    if not form.validate():
        return _page({form.key: form}), 422
    try:
        with saving(session, DataRequest):
            asked = DataRequest(guardian_id=guardian.id, school_id=guardian.school_id, **wanted)
            data_requests.ask(session, asked, moment, moment.date(), resources().settings.locale)
    except InvalidInput as wrong:
        field = form[wrong.field] if wrong.field in form else next(iter(form))
        field.errors = [*field.errors, sentence(wrong)]
        return _page({form.key: form}), 422
    except Conflict as refused:
        flash(sentence(refused), "warning")
    else:
        flash(str(SENT), "success")
    return redirect(HERE, 303)


def _page(typed: Mapping[str, OwnForm]) -> str:
    session, moment = resources().db(), now()
    records = own_records(session, actor_of(session), moment, moment.date())
    forms: dict[str, OwnForm] = {}
    for one in records:
        for kind, key in ((DetailsForm, f"g{one.person.id}"), (ChildForm, f"c{one.person.id}")):
            forms[key] = typed.get(key) or kind(formdata=None, prefix=key)
    return render_template(
        "own_data/details.html", records=records, forms=forms, typed=set(typed), zone=moment.tzinfo, labels=LABELS,
        kinds=KINDS, states=STATES,
    )  # fmt: skip


def _guardian(pk: int) -> Guardian:
    """One's own record; a foreign one and one that there is not are told alike."""
    session = resources().db()
    if pk not in actor_of(session).own_guardian_ids:
        raise NotFound
    return session.get_one(Guardian, pk)


def _day(written: str) -> date | None:
    for form in ("%d.%m.%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(written, form).date()
        except ValueError:
            continue
    return None
