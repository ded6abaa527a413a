"""Accounts for staff who have none: chosen, looked at, and made in one act with a sheet of one-time passwords."""

from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.services.account_reach import roles_to_give
from app.services.invitations import GUARDIAN, STUDENT
from app.services.school_name import name_of_school
from app.services.slips import slips_pdf
from app.services.staff_accounts import MAY_TIE, MOST_AT_ONCE, Candidate, candidates, make_accounts
from app.session.engine import actor_of
from app.web.accounts import hashed
from app.web.actors import current_account
from app.web.config import LIBRARY_ROLES
from app.web.guard import permitted
from app.web.locks import ask_for_proof
from app.web.resources import resources
from app.web.rights_watch import RightsWatch
from app.words import Word, _

pages = Blueprint("staff_accounts", __name__)

HERE = "/accounts/for-staff"
MAY_MAKE = ("can_add", "UserDBModelView")


@dataclass
class Line:
    """A member of staff on the page: whether ticked, which roles, and what is wrong."""

    one: Candidate
    is_chosen: bool
    roles: list[Any]
    wrong: Word | None = None


@pages.get(HERE)
@permitted(*MAY_MAKE)
@permitted(*MAY_TIE)
def choose() -> str:
    """Who has no account; with `staff` in the address only these are ticked."""
    asked = set(request.args.getlist("staff"))
    lines, roles = _lines(None)
    for line in lines:
        line.is_chosen = str(line.one.staff.id) in asked if asked else bool(line.roles)
    return _shown("choose", lines, roles)


@pages.post(HERE)
@permitted(*MAY_MAKE)
@permitted(*MAY_TIE)
def make() -> Any:
    """Show what would be made; with `make`, make it and answer with the sheet. Shown once, kept nowhere."""
    lines, roles = _lines(request.form)
    chosen = [line for line in lines if line.is_chosen]
    for line in chosen:
        if not line.roles:
            line.wrong = _("Choose a role: without one nothing can be opened.")
    if not chosen or len(chosen) > MOST_AT_ONCE or any(line.wrong for line in chosen):
        told = None if chosen else _("Tick whoever shall have an account.")
        if len(chosen) > MOST_AT_ONCE:
            told = _("At most {most} at once.", most=MOST_AT_ONCE)
        return _shown("choose", lines, roles, told), 422
    if "make" not in request.form:
        return _shown("check", chosen, roles)
    ask_for_proof()
    return _made(chosen, roles)


def _made(chosen: list[Line], roles: list[Any]) -> Response:
    session, account = resources().db(), current_account()
    assert account is not None
    watch = RightsWatch(session)
    wanted = {line.one.staff.id: [role.id for role in line.roles] for line in chosen}
    is_demo = resources().settings.is_demo
    slips = make_accounts(session, wanted, roles, account.id, hashed, _today(), is_demo=is_demo)
    if not slips:
        session.rollback()
        flash(str(_("They have accounts already.")), "info")
        return redirect(HERE, 303)
    school = name_of_school(session, chosen[0].one.staff.school_id)
    last_day = _today() + account.rules.one_time_life
    paper = slips_pdf(slips, school, resources().settings.public_url, last_day)
    told = watch.tell()
    session.commit()  # only now: a sheet that could not be made leaves no account whose password nobody knows
    if told is not None:
        flash(str(told), "warning")
    name = str(_("passwords {day}.pdf", day=f"{_today():%d.%m.%Y}"))
    return send_file(BytesIO(paper), mimetype="application/pdf", as_attachment=True, download_name=name)


def _lines(form: MultiDict[str, str] | None) -> tuple[list[Line], list[Any]]:
    """Everybody without an account, as the form has them, or as is proposed."""
    session = resources().db()
    roles = roles_to_give(session, actor_of(session), (*LIBRARY_ROLES, GUARDIAN, STUDENT))
    lines = []
    for one in candidates(session, roles, _today()):
        ticked = form is not None and str(one.staff.id) in form.getlist("staff")
        given = list(one.roles)
        if form is not None:
            sent = form.getlist(f"role-{one.staff.id}")
            given = [role for role in roles if str(role.id) in sent]
        lines.append(Line(one, ticked, given))
    return lines, roles


def _shown(step: str, lines: list[Line], roles: list[Any], told: Word | None = None) -> str:
    return render_template("accounts/for_staff.html", step=step, lines=lines, roles=roles, told=told)


def _today() -> date:
    return datetime.now(resources().settings.timezone).date()
