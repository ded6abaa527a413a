"""How the journals are filled: the whole school for whoever runs it, one's own lessons for a teacher."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from app.services.filling import Of, by_class, by_day, by_teacher, by_week, lacking
from app.session.engine import actor_of
from app.web.guard import permitted
from app.web.resources import resources
from app.words.term_marks import figure

pages = Blueprint("filling", __name__)

HERE = "/filling/"
MAY = ("can_write", "lesson")
SPANS = (7, 30, 90)  # days back from yesterday
TREND = timedelta(weeks=5)


@pages.get(HERE)
@permitted(*MAY)
def show() -> str:
    """`days` says how far back; `of=mine` shows own lessons to who runs a school and teaches too."""
    session = resources().db()
    actor = actor_of(session)
    today = datetime.now(resources().settings.timezone).date()
    days = _days()
    first, last = today - timedelta(days=days), today - timedelta(days=1)
    is_school = bool(actor.whole_school_ids) and request.args.get("of") != "mine"
    told: dict[str, Any] = {}
    if is_school:
        of = Of(school_ids=actor.whole_school_ids)
        told["teachers"] = by_teacher(session, of, first, last)
    else:
        of = Of(teacher_ids=actor.staff_ids or frozenset({0}))
        told["lacking"] = lacking(session, of, first, last)
        told["weeks"] = by_week(session, of, _monday(today - TREND), last)
    told |= {"classes": by_class(session, of, first, last), "days": by_day(session, of, first, last)}
    return render_template(
        "term_marks/filling.html", **told, is_school=is_school, span=days, spans=SPANS, first=first, last=last,
        may_school=bool(actor.whole_school_ids), figure=figure, day_of=date.fromisoformat,
    )  # fmt: skip


def _days() -> int:
    written = request.args.get("days", "")
    return int(written) if written.isascii() and written.isdigit() and int(written[:4]) in SPANS else SPANS[0]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
