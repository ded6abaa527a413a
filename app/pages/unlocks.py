"""Closed terms that the head opens for a time: the list, the form, and their early end."""

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app.domain.errors import InvalidInput, SchoolError
from app.models import TermUnlock
from app.services.saving import saving
from app.services.unlocking import CHOSEN, MAY_UNLOCK, choices, close, unlock, unlocks
from app.session.engine import actor_of
from app.web.guard import permitted
from app.web.locks import recently_proved
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence

pages = Blueprint("unlocks", __name__)

HERE = "/unlocks/"


@pages.route(HERE, methods=("GET", "POST"))
@permitted(*MAY_UNLOCK)
@recently_proved
def show() -> Any:
    """What is open, and the form that opens."""
    if request.method == "GET":
        return _page({}, 200)
    session = resources().db()
    try:
        with saving(session, TermUnlock):
            unlock(session, {name: _key(name) for name in CHOSEN}, request.form.get("reason", ""), _until())
    except InvalidInput as wrong:
        return _page({wrong.field: sentence(wrong)}, 422)
    except SchoolError as wrong:
        return _page({"": sentence(wrong)}, 409)
    flash(str(_("The term is open. It closes by itself.")), "success")
    return redirect(HERE, 303)


@pages.post("/unlocks/<int:pk>/close")
@permitted(*MAY_UNLOCK)
def end(pk: int) -> Response:
    """Close it now: that needs no password."""
    session = resources().db()
    with saving(session, TermUnlock):
        close(session, min(pk, 2**63 - 1))
    flash(str(_("Closed again.")), "success")
    return redirect(HERE, 303)


def _key(name: str) -> int | None:
    written = request.form.get(name, "").strip()
    if not written:
        return None
    if not written.isascii() or not written.isdigit() or len(written) > 18:
        raise InvalidInput(name, "relation.unknown")
    return int(written)


def _until() -> datetime:
    try:
        until = datetime.strptime(request.form.get("closes_at", "").strip(), "%Y-%m-%dT%H:%M")
    except ValueError:
        raise InvalidInput("closes_at", "unlock.until") from None
    try:
        return until.replace(tzinfo=resources().settings.timezone).astimezone(UTC)
    except OverflowError:
        raise InvalidInput("closes_at", "unlock.until") from None


def _page(errors: dict[str, str], status: int) -> Any:
    session, zone = resources().db(), resources().settings.timezone
    schools = actor_of(session).whole_school_ids
    soon = (datetime.now(zone) + timedelta(days=2)).replace(hour=18, minute=0)
    return render_template(
        "oversight/unlocks.html",
        unlocks=unlocks(session, schools),
        choices=choices(session, schools),
        typed=request.form,
        soon=f"{soon:%Y-%m-%dT%H:%M}",
        errors=errors,
        now=datetime.now(UTC),
        zone=zone,
    ), status
