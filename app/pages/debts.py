"""Open debts: of one's own lessons, of one's class, of one's children; each leads to its lesson."""

from datetime import date, datetime
from itertools import groupby

from flask import Blueprint, render_template, request

from app.services.debts import Wanted, open_debts
from app.session.actors import Actor
from app.session.engine import actor_of
from app.web.guard import permitted
from app.web.resources import resources

pages = Blueprint("debts", __name__)

HERE = "/debts/"
MAY = ("can_read", "debt")
LISTS = ("lessons", "class", "all")


@pages.get(HERE)
@permitted(*MAY)
def show() -> str:
    """The list that suits the person, or the one that they choose: `of=lessons`, `class` or `all`."""
    session = resources().db()
    actor = actor_of(session)
    offered = lists_for(actor)
    chosen = request.args.get("of", "")
    chosen = chosen if chosen in offered else offered[0]
    rows = open_debts(session, _wanted(actor, chosen), _today())
    by_class = [
        (school_class, [(who, list(each)) for who, each in groupby(rows_of, key=lambda row: row.student_id)])
        for school_class, rows_of in (
            (name, list(some)) for name, some in groupby(rows, key=lambda row: row.school_class)
        )
    ]
    return render_template(
        "term_marks/debts.html", by_class=by_class, count=len(rows), offered=offered, chosen=chosen, today=_today(),
        is_family=not actor.staff_ids,
    )  # fmt: skip


def lists_for(actor: Actor) -> list[str]:
    """Which lists make sense for the person, the nearest first."""
    found = []
    if actor.staff_ids and actor.may("can_write", "debt"):
        found.append("lessons")
    if actor.led_class_ids:
        found.append("class")
    return [*found, "all"]


def _wanted(actor: Actor, chosen: str) -> Wanted:
    if chosen == "lessons":
        return Wanted(teacher_ids=actor.staff_ids)
    if chosen == "class":
        return Wanted(class_ids=actor.led_class_ids)
    return Wanted()


def _today() -> date:
    return datetime.now(resources().settings.timezone).date()
