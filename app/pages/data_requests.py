"""Requests of families about their own data: accepted with one click, or declined with a word."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from werkzeug.wrappers import Response

from app.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.pages.own_data import now
from app.records.own_data import KINDS, STATES
from app.records.words import LABELS
from app.services import data_decisions as service
from app.services.data_requests import MAY_DECIDE, asked_of
from app.web.guard import permitted
from app.web.resources import resources
from app.words import Word, _
from app.words.errors import sentence

pages = Blueprint("data_requests", __name__)

HERE = "/requests/"


@pages.get(HERE)
@permitted(*MAY_DECIDE)
def waiting() -> str:
    return _page()


@pages.post("/requests/<int:pk>/accept")
@permitted(*MAY_DECIDE)
def accept(pk: int) -> Response:
    """One click: the school's record is what the guardian says."""
    held, moment, child = resources(), now(), request.form.get("child", "")
    child_id = int(child) if child.isascii() and child.isdigit() and len(child) < 19 else None

    def act() -> None:
        service.accept(held.engine, held.db(), _key(pk), child_id, moment, moment.date(), held.settings.locale)

    return _done(act, _("Accepted: the school’s record is changed, and the family is told."))


@pages.post("/requests/<int:pk>/decline")
@permitted(*MAY_DECIDE)
def decline(pk: int) -> Any:
    held, why = resources(), request.form.get("answer", "")

    def act() -> None:
        service.decline(held.engine, held.db(), _key(pk), why, now(), held.settings.locale)

    try:
        return _done(act, _("Declined; the family is told why."))
    except InvalidInput as wrong:
        held.db.rollback()
        return _page(pk, sentence(wrong), why), 422


def _done(act: Callable[[], None], told: Word) -> Response:
    """Do it and come back; what cannot be done any more is told calmly."""
    try:
        act()
    except (Conflict, NotAllowed) as refused:
        flash(sentence(refused), "warning")
    except InvalidInput as wrong:
        if wrong.field == "answer":
            raise
        flash(sentence(wrong), "warning")
    else:
        flash(str(told), "success")
    return redirect(HERE, 303)


def _page(wrong_at: int | None = None, wrong: str = "", typed: str = "") -> str:
    moment = now()
    return render_template(
        "own_data/requests.html", asked=asked_of(resources().db(), moment), wrong_at=wrong_at, wrong=wrong,
        typed=typed[:1000], zone=moment.tzinfo, labels=LABELS, kinds=KINDS, states=STATES,
    )  # fmt: skip


def _key(pk: int) -> int:
    if pk >= 2**63:
        raise NotFound
    return pk
