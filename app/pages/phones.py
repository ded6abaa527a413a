"""The demo's phones: what families have received, and a way to answer, read from the SMSC simulator."""

import http.client
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import quote

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.web.guard import signed_in
from app.web.resources import resources
from app.words import _

pages = Blueprint("phones", __name__)

SHOWN = 6
TIMEOUT_SECONDS = 2
LONGEST_REPLY = 1000
PHONE = re.compile(r"\+?\d{3,15}")
RECEIPTS = {
    "waiting": _("on its way"),
    "delivered": _("delivered"),
    "undeliverable": _("undeliverable"),
    "lost": _("receipt lost"),
}


class SimulatorAway(Exception):
    """The simulator does not answer, or answers something else than was asked for."""


@dataclass(frozen=True)
class Text:
    """One text as its phone shows it."""

    text: str
    is_from_phone: bool
    parts: int
    at: datetime
    other: str
    receipt: object


@dataclass(frozen=True)
class Phone:
    """A phone with its texts, the newest last."""

    number: str
    texts: tuple[Text, ...]


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
def all_phones() -> str:
    """The phones that were used last; `?phone=` opens one that may not have been used yet."""
    asked = request.args.get("phone", "").replace(" ", "").replace("-", "")
    numbers = [_number(asked)] if asked else None
    return _page("phones/all.html", numbers, asked)


@pages.get("/phones/screens")
@only_with_simulator
def screens() -> str:
    """The same phones without the page around them, for the script that keeps them fresh."""
    asked = request.args.get("phone", "")
    return _page("phones/screens.html", [_number(asked)] if asked else None, asked)


@pages.post("/phones/<phone>/reply")
@only_with_simulator
def reply(phone: str) -> Response:
    """Write a text from this phone to the school."""
    number, text = _number(phone), request.form.get("text", "").strip()
    only = request.form.get("only") or None
    if not text or len(text) > LONGEST_REPLY:
        flash(str(_("Write a text of 1 to {limit} characters.", limit=LONGEST_REPLY)), "danger")
    else:
        try:
            _ask("POST", f"/phones/{quote(number)}/reply", {"text": text})
        except SimulatorAway:
            flash(str(_("The simulator does not answer; the text was not sent.")), "danger")
    return redirect(url_for("phones.all_phones", phone=only), 303)


def _page(template: str, numbers: list[str] | None, asked: str) -> str:
    try:
        phones = [_phone(number) for number in numbers or _last_used()]
    except SimulatorAway:
        return render_template(template, phones=[], asked=asked, is_away=True)
    return render_template(template, phones=phones, asked=asked, is_away=False, limit=LONGEST_REPLY)


def _last_used() -> list[str]:
    answer = _ask("GET", "/phones")
    try:
        return [str(each["phone"]) for each in answer["phones"][:SHOWN]]
    except (KeyError, TypeError) as odd:
        raise SimulatorAway from odd


def _number(written: str) -> str:
    if not PHONE.fullmatch(written) or not written.isascii():
        abort(404)
    return f"+{written.removeprefix('+')}"


def _phone(number: str) -> Phone:
    zone = resources().settings.timezone
    answer = _ask("GET", f"/phones/{quote(number)}")
    try:
        return Phone(
            number,
            tuple(
                Text(
                    text=str(each["text"]),
                    is_from_phone=each["direction"] == "from_phone",
                    parts=int(each["parts"]),
                    at=datetime.fromisoformat(each["at"]).astimezone(zone),
                    other=str(each["other"]),
                    receipt=RECEIPTS.get(each["receipt"], ""),
                )
                for each in answer["messages"]
            ),
        )
    except (KeyError, TypeError, ValueError) as odd:
        raise SimulatorAway from odd


def _ask(method: str, path: str, body: dict[str, str] | None = None) -> Any:
    """The simulator's answer. Raises SimulatorAway."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", resources().settings.simulator_http_port, timeout=TIMEOUT_SECONDS
    )
    try:
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        read = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as away:
        raise SimulatorAway from away
    finally:
        connection.close()
    if answer.status >= 300:
        raise SimulatorAway
    return read
