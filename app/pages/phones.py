"""The demo's phones: what families have received, a way to answer, and how the operator between behaves."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.pages import phones_behaviour as behaviours
from app.pages import phones_simulator as simulator
from app.pages.phones_simulator import SimulatorAway, SimulatorRefused
from app.web.guard import signed_in
from app.web.locks import polled
from app.web.resources import resources
from app.words import Word, _

pages = Blueprint("phones", __name__)

LISTED = 50
SHOWN = 100
LONGEST_REPLY = 1000
PHONE = re.compile(r"\+[0-9]{3,15}")
_SIGNS_BETWEEN = re.compile(r"[\s()\-.]")
RECEIPTS = {
    "waiting": _("on its way"),
    "delivered": _("delivered"),
    "undeliverable": _("undeliverable"),
    "lost": _("receipt lost"),
}
TICKS = {"waiting": "✓", "delivered": "✓✓", "undeliverable": "✗", "lost": "?"}
WRONG_NUMBER = _("A phone number has 3 to 15 figures, such as +79990000001.")
AWAY = _("The simulator does not answer; nothing was sent.")

Answer = str | tuple[str, int]


def only_with_simulator(view: Callable[..., Any]) -> Callable[..., Any]:
    """Where a real SMSC is set there are no phones to look into."""

    @signed_in
    @wraps(view)
    def guarded(*arguments: Any, **named: Any) -> Any:
        if not resources().settings.has_simulator:
            abort(404)
        return view(*arguments, **named)

    return guarded


@pages.get("/phones")
@only_with_simulator
def all_phones() -> Answer:
    """The phones, and one of them opened: the one asked for, which may not have been used yet, or the last used."""
    asked = request.args.get("phone", "")
    number = _number(asked)
    if asked and number is None:
        return _page(None, asked=asked, wrong_number=WRONG_NUMBER), 422
    return _page(number, asked=asked)


@pages.get("/phones/screens")
@polled
@only_with_simulator
def screens() -> str:
    """The same phones without the page around them, for the script that keeps them fresh."""
    return render_template("phones/screens.html", **_seen(_number(request.args.get("phone", ""))))


@pages.post("/phones/<phone>/reply")
@only_with_simulator
def reply(phone: str) -> Response | Answer:
    """Write a text from this phone to the school."""
    number, text = _number(phone), request.form.get("text", "")
    if number is None:
        abort(404)
    if not text.strip() or len(text) > LONGEST_REPLY:
        wrong = _("Write a text of 1 to {limit} characters.", limit=LONGEST_REPLY)
        return _page(number, asked=number, typed_reply=text, wrong_reply=wrong), 422
    try:
        simulator.write(number, text.strip())
    except (SimulatorAway, SimulatorRefused):
        return _page(number, asked=number, typed_reply=text, wrong_reply=AWAY), 503
    return redirect(url_for("phones.all_phones", phone=number), 303)


@pages.post("/phones/behaviour")
@only_with_simulator
def behave() -> Response | Answer:
    """Tell the operator how to behave."""
    number = _number(request.form.get("phone", ""))
    typed = {control.name: request.form.get(control.name, "") for control in behaviours.CONTROLS}
    values, wrong = behaviours.read(typed)
    if wrong:
        return _page(number, typed=typed, wrong=wrong), 422
    try:
        simulator.behave(values)
    except SimulatorRefused as refused:
        flash(str(refused), "danger")
        return _page(number, typed=typed), 422
    except SimulatorAway:
        flash(str(AWAY), "danger")
        return _page(number, typed=typed), 503
    flash(str(_("The operator behaves as you said.")), "success")
    return redirect(url_for("phones.all_phones", phone=number), 303)


@pages.post("/phones/behaviour/well")
@only_with_simulator
def behave_well() -> Response:
    """Make the operator a good one again; the phones keep their texts."""
    number = _number(request.form.get("phone", ""))
    try:
        simulator.behave_well()
        flash(str(_("The operator behaves well again.")), "success")
    except (SimulatorAway, SimulatorRefused):
        flash(str(AWAY), "danger")
    return redirect(url_for("phones.all_phones", phone=number), 303)


def _page(number: str | None, **more: Any) -> str:
    typed: dict[str, str] | None = more.pop("typed", None)
    seen = _seen(number)
    wrong: dict[str, Word] = more.pop("wrong", {})
    state = None if seen["is_away"] else _state()
    return render_template(
        "phones/all.html",
        **seen,
        limit=LONGEST_REPLY,
        groups=behaviours.GROUPS,
        misbehaviour=behaviours.misbehaviour(state) if state else [],
        state=state,
        typed=typed or state or {},
        wrong=wrong,
        is_panel_open=typed is not None,
        **more,
    )


def _seen(number: str | None) -> dict[str, Any]:
    """The list of phones and the texts of one: the asked one, else the one used last."""
    found: dict[str, Any] = {"phones": [], "opened": number, "is_asked": number is not None, "texts": []}
    try:
        listed = [phone for phone in simulator.phones() if PHONE.fullmatch(phone.number)]
        opened = number or (listed[0].number if listed else None)
        texts = simulator.texts(opened) if opened else []
    except (SimulatorAway, SimulatorRefused):
        return {**found, "is_away": True}
    found |= {"phones": listed[:LISTED], "opened": opened, "is_away": False, "receipts": RECEIPTS, "ticks": TICKS}
    return {**found, "texts": texts[-SHOWN:], "earlier": max(0, len(texts) - SHOWN)}


def _state() -> dict[str, str] | None:
    """How the operator behaves now; None where that cannot be told."""
    try:
        return behaviours.shown(simulator.behaviour())
    except (SimulatorAway, SimulatorRefused, KeyError, TypeError, ValueError, AttributeError):
        return None


def _number(written: str) -> str | None:
    """The number in E.164, also where it is short; None where it is no number."""
    number = f"+{_SIGNS_BETWEEN.sub('', written).removeprefix('+')}"
    return number if PHONE.fullmatch(number) else None
