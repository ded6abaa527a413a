"""Term marks of one class in a subject on one page: proposals with their explanation, what the teacher decides."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request

from app.domain.errors import Conflict, InvalidInput, SchoolError
from app.models import TermMark
from app.records.giving_term_marks import Typed, give
from app.records.late_changes import term_is_past
from app.services.saving import saving
from app.services.term_mark_sheet import Sheet, places_of, sheet_of, terms_of
from app.services.unlocking import open_for
from app.session.engine import actor_of
from app.session.reasons import FIELD
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _, plural
from app.words.errors import sentence
from app.words.term_marks import KIND_WORDS, explained, figure, hinted

pages = Blueprint("term_marks", __name__)

HERE = "/term-marks/"
MAY = ("can_write", "term_mark")


class _Refused(Exception):
    """Lines of the sheet are wrong."""


@pages.get(HERE)
@permitted(*MAY)
def index() -> str:
    session = resources().db()
    actor = actor_of(session)
    terms = terms_of(session, actor.school_ids, _today())
    return render_template(
        "term_marks/index.html",
        places=places_of(session, actor),
        terms=terms,
        kinds=KIND_WORDS,
        today=_today(),
        opened=open_for(session, actor.staff_ids),
        zone=resources().settings.timezone,
    )


@pages.route("/term-marks/<int:class_pk>/<int:subject_pk>/<int:term_pk>", methods=("GET", "POST"))
@permitted(*MAY)
def sheet(class_pk: int, subject_pk: int, term_pk: int) -> Any:
    """The sheet; POST saves all of it or, where a line is wrong, nothing, with what was typed still there."""
    kind = request.args.get("kind", "term")
    if kind not in KIND_WORDS or max(class_pk, subject_pk, term_pk) >= 2**63:
        abort(404)
    session = resources().db()
    found = sheet_of(session, actor_of(session), class_pk, subject_pk, term_pk, kind)
    if request.method == "GET":
        return _page(found, {}, 200)
    wrong: dict[int, SchoolError] = {}
    try:
        with saving(session, TermMark):
            wrong = give(session, found, _typed(found), request.form.get(FIELD, ""))
            if wrong:
                raise _Refused
    except _Refused:
        pass
    except SchoolError as refused:
        wrong = {0: refused}
    if wrong:
        found = sheet_of(session, actor_of(session), class_pk, subject_pk, term_pk, kind)
        status = 409 if any(isinstance(one, Conflict) for one in wrong.values()) else 422
        return _page(found, wrong, status)
    flash(str(_("Saved.")), "success")
    return redirect(request.full_path.rstrip("?"), 303)


def _typed(found: Sheet) -> dict[int, Typed]:
    """What the form sends of each line; a line that it does not send stays as it is."""
    typed = {}
    for line in found.lines:
        key = line.student.id
        if f"value-{key}" in request.form:
            version = request.form.get(f"version-{key}", "")
            number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
            value, reason = request.form.get(f"value-{key}", ""), request.form.get(f"reason-{key}", "")
            typed[key] = Typed(value[:20], reason, number)
    return typed


def _page(found: Sheet, wrong: dict[int, SchoolError], status: int) -> Any:
    session = resources().db()
    stands = next((line.given for line in found.lines if line.given is not None), None)
    return render_template(
        "term_marks/sheet.html",
        sheet=found,
        terms=terms_of(session, {found.term.school_id}, found.term.begins_on),
        kinds=KIND_WORDS,
        wrong={key: sentence(error) for key, error in wrong.items()},
        wrong_fields={key: getattr(error, "field", "value") for key, error in wrong.items() if _is_of_line(error)},
        typed=request.form if request.method == "POST" else {},
        asks_reason=stands is not None and term_is_past(session, stands),
        explained=explained,
        hinted=hinted,
        figure=figure,
        plural=plural,
    ), status


def _is_of_line(error: SchoolError) -> bool:
    return isinstance(error, InvalidInput | Conflict)


def _today() -> date:
    return datetime.now(resources().settings.timezone).date()
