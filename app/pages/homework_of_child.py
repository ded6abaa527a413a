"""The homework of a child: by subject and period; the student ticks what is done, the guardian sees it."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from app.domain.errors import InvalidInput, NotFound
from app.domain.weeks import FIRST_YEAR, LAST_YEAR
from app.pages import diary
from app.pages.reader import came_from
from app.services.homework_of_child import MAY_READ, homework_of, tick
from app.session.engine import actor_of
from app.web.family import page_is_about
from app.web.guard import permitted
from app.web.resources import resources
from app.words.errors import sentence

pages = Blueprint("homework_of_child", __name__)

HERE, MAY = "/homework/", MAY_READ
BACK, AHEAD = timedelta(days=7), timedelta(days=14)
LONGEST = timedelta(days=370)


@pages.get(HERE)
@permitted(*MAY_READ)
def index() -> Any:
    """That of the child that was chosen, else of the first."""
    child = diary.present_child()
    return of_child(child.id) if child is not None else render_template("diary/nobody.html")


@pages.get("/homework/<int:pk>")
@permitted(*MAY_READ)
def of_child(pk: int) -> Any:
    """From a week ago to two weeks ahead, or the days that were asked for."""
    child, session, today = diary.own_child(pk), resources().db(), diary.now().date()
    page_is_about(child)
    first, last, errors = today - BACK, today + AHEAD, {}
    try:
        first, last = _day("from", first), _day("until", last)
        if last < first or last - first > LONGEST:
            raise InvalidInput("until", "date.order") if last < first else InvalidInput("until", "homework.long")
    except InvalidInput as wrong:
        first, last, errors = today - BACK, today + AHEAD, {wrong.field: sentence(wrong)}
    rows = homework_of(session, child, first, last)
    subjects = sorted({(row.subject, row.subject_id) for row in rows})
    wanted = request.args.get("subject", "")
    return render_template(
        "diary/homework.html",
        child=child,
        rows=[row for row in rows if wanted in ("", str(row.subject_id))],
        subjects=subjects,
        wanted=wanted,
        first=first,
        last=last,
        errors=errors,
        today=today,
        is_student=child.id in actor_of(session).own_student_ids,
        zone=resources().settings.timezone,
    ), 422 if errors else 200


def _day(name: str, otherwise: date) -> date:
    written = request.args.get(name, "").strip()
    if not written:
        return otherwise
    try:
        day = date.fromisoformat(written[:10])
    except ValueError:
        raise InvalidInput(name, "date.required") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise InvalidInput(name, "week.year", first=FIRST_YEAR, last=LAST_YEAR)
    return day


@pages.post("/homework/<int:pk>/done")
@permitted(*MAY_READ)
def done(pk: int) -> Response:
    """The student ticks it, or takes the tick away."""
    child, session = diary.own_child(pk), resources().db()
    written = request.form.get("homework", "")
    if not (written.isascii() and written.isdigit() and len(written) < 19):
        raise NotFound
    tick(session, child.id, int(written))
    session.commit()
    return redirect(came_from(), 303)
