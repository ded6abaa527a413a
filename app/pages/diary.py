"""The diary: a child's week for the family, and the switch between the children of one account."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask import session as browser_session
from werkzeug.wrappers import Response

from app import records
from app.domain.errors import NotFound
from app.pages.reader import came_from
from app.records.journal import ABSENCE_REASONS, REMARKS
from app.services.diary import diary_week, monday_of
from app.services.start_family import Child
from app.services.story import stories
from app.web.actors import current_actor
from app.web.family import CHOSEN, chosen_child, own_children, page_is_about
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _
from app.words.story import told

pages = Blueprint("diary", __name__)

HERE = "/diary/"
FIRST, LAST = date(2000, 1, 3), date(2099, 12, 28)
A_LIST = re.compile(r"/records/(\w+)/?")


def now() -> datetime:
    """The moment, in the time zone of the pages."""
    return datetime.now(resources().settings.timezone)


@pages.get(HERE)
@permitted("can_read", "lesson")
def own() -> Any:
    """The week of the child that was chosen, else of the first."""
    family = own_children(now().date())
    if not family:
        return render_template("diary/nobody.html")
    chosen = chosen_child()
    return _week(next((child for child in family if child.id == chosen), family[0]))


@pages.get("/diary/<int:pk>")
@permitted("can_read", "lesson")
def of_child(pk: int) -> Any:
    """The week of one of the own children; another's and one that there is not are told alike."""
    return _week(_child(pk))


@pages.post("/diary/switch")
@permitted("can_read", "student")
def switch() -> Response:
    """Remember the child for this session, and show the page that one was on with it; empty: all of them."""
    wanted, back = request.form.get("child", ""), came_from()
    if not wanted:
        browser_session.pop(CHOSEN, None)
        return redirect(_without_child(back), 303)
    child = _child(int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0)
    browser_session[CHOSEN] = child.id
    path, _mark, query = back.partition("?")
    if path.startswith(HERE):
        week = re.search(r"(?:^|&)week=([0-9-]{10})(?:&|$)", query)
        return redirect(f"{HERE}{child.id}" + (f"?week={week[1]}" if week else ""), 303)
    return redirect(f"{path}?f.student={child.id}" if _tells_students(path) else back, 303)


def _without_child(back: str) -> str:
    path, _mark, _query = back.partition("?")
    return HERE if path.startswith(HERE) else path if _tells_students(path) else back


def _tells_students(path: str) -> bool:
    """Whether the path is a list that can be narrowed to one student."""
    found = A_LIST.fullmatch(path)
    return found is not None and any(one.name == found[1] and "student" in one.filtered for one in records.ALL)


def _child(pk: int) -> Child:
    for child in own_children(now().date()):
        if child.id == pk:
            return child
    raise NotFound


def _week(child: Child) -> Any:
    moment, asked = now(), request.args.get("week", "")
    monday = _monday(asked)
    if asked and monday is None:
        flash(str(_("There is no such week; this is the present one. A week looks like 2026-11-16.")), "warning")
    page_is_about(child)
    this_monday = monday_of(moment.date())
    first = monday or this_monday
    actor = current_actor()
    assert actor is not None
    week = diary_week(resources().db(), child, first, lambda record: actor.may("can_read", record))
    marks = [mark.mark_id for day in week.days for lesson in day.lessons for mark in lesson.marks]
    return render_template(
        "diary/week.html",
        child=child,
        week=week,
        stories=stories(resources().db(), "mark", marks),
        told=lambda change: told(change, {}, resources().settings.timezone),
        today=moment.date(),
        sunday=first + timedelta(days=6),
        before=first - timedelta(days=7),
        after=first + timedelta(days=7),
        this_monday=this_monday,
        is_student=child.id in actor.own_student_ids,
        reasons=ABSENCE_REASONS,
        remark_kinds=REMARKS.choices["kind"],
    )


def _monday(written: str) -> date | None:
    """The Monday of the week of that day; None where it is no day, or one of another century."""
    try:
        day = date.fromisoformat(written) if len(written) == 10 else None
    except ValueError:
        return None
    return monday_of(day) if day is not None and FIRST <= day <= LAST else None
