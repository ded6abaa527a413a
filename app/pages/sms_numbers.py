"""Numbers that do not answer: with whom to ask for the new one, and freed by the office."""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template
from werkzeug.wrappers import Response

from app.domain.errors import NotFound, SchoolError
from app.domain.sms_errors import in_language
from app.models import SuspendedNumber
from app.services.numbers import MAY_FREE, MAY_SEE, free_by_office, suspended_numbers
from app.services.saving import saving
from app.session.engine import actor_of
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _, language
from app.words.errors import sentence

pages = Blueprint("sms_numbers", __name__)

HERE = "/silent-numbers/"


@pages.get(HERE)
@permitted(*MAY_SEE)
def index() -> str:
    """Of the own class, or of the school."""
    session = resources().db()
    actor, zone = actor_of(session), resources().settings.timezone
    only = None if actor.whole_school_ids else actor.led_class_ids
    return render_template(
        "sms_diary/numbers.html", rows=suspended_numbers(session, only, datetime.now(zone).date()), zone=zone,
        error_words=lambda words: in_language(words, language()),
    )  # fmt: skip


@pages.post("/silent-numbers/<int:pk>/free")
@permitted(*MAY_FREE)
def free(pk: int) -> Response:
    """Texts go there again."""
    session: Any = resources().db()
    if pk >= 2**63:
        raise NotFound
    try:
        with saving(session, SuspendedNumber):
            free_by_office(session, actor_of(session), pk)
    except NotFound:
        raise
    except SchoolError as refused:
        flash(sentence(refused), "warning")
    else:
        flash(str(_("The number is free: texts go there again.")), "success")
    return redirect(HERE, 303)
