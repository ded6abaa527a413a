"""The diary: its first screen, any week of any year, the news of a child, and the switch between children."""

import re
from datetime import date, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask import session as browser_session
from werkzeug.wrappers import Response

from app import records
from app.domain.errors import InvalidInput, NotFound
from app.domain.weeks import monday_of, read_week, week_name
from app.pages import diary_showing
from app.pages.reader import came_from
from app.services.diary import diary_week, next_day
from app.services.diary_news import mark_read, news_of
from app.services.meetings import invitations_of
from app.services.start_family import Child
from app.web.actors import current_actor
from app.web.family import CHOSEN, chosen_child, own_children, page_is_about
from app.web.guard import permitted
from app.web.resources import resources
from app.web.revalidated import revalidated
from app.web.shrinking import echoes, shrinks
from app.words import _
from app.words.errors import sentence

pages = Blueprint("diary", __name__)

HERE = "/diary/"
PRESENT = _("This is the present week.")
A_LIST = re.compile(r"/records/(\w+)/?")
A_WEEK_OF = re.compile(r"/diary/[0-9]+/([0-9]{4}-W[0-9]{2})")


def now() -> datetime:
    """The moment, in the time zone of the pages."""
    return datetime.now(resources().settings.timezone)


def reads(record: str) -> bool:
    """Whether the person's roles let them read the record."""
    actor = current_actor()
    return actor is not None and actor.may("can_read", record)


@pages.get(HERE)
@shrinks
@permitted("can_read", "lesson")
def own() -> Any:
    """The first screen of the child that was chosen, else of the first."""
    child = present_child()
    if child is None:
        return render_template("diary/nobody.html")
    return _week(child, request.args["week"]) if request.args.get("week") else _first_screen(child)


@pages.get("/diary/<int:pk>")
@shrinks
@permitted("can_read", "lesson")
def of_child(pk: int) -> Any:
    """The first screen of one of the own children; another's and one that there is not are told alike."""
    child = own_child(pk)
    return _week(child, request.args["week"]) if request.args.get("week") else _first_screen(child)


@pages.get("/diary/<int:pk>/<week>")
@shrinks
@permitted("can_read", "lesson")
def of_week(pk: int, week: str) -> Any:
    """A week of an own child, such as 2026-W47."""
    return _week(own_child(pk), week)


@pages.get("/diary/<int:pk>/news")
@permitted("can_read", "lesson")
def news(pk: int) -> str:
    """All that happened in the last thirty days."""
    child, session = own_child(pk), resources().db()
    page_is_about(child)
    feed = news_of(session, child, now(), reads)
    page = render_template("diary/news.html", child=child, feed=feed, **diary_showing.words_of_news())
    session.commit()
    return page


@pages.post("/diary/<int:pk>/read")
@permitted("can_read", "lesson")
def read(pk: int) -> Response:
    """The news up to the one that was shown are read."""
    child, session = own_child(pk), resources().db()
    newest = request.form.get("newest", "")
    if newest.isascii() and newest.isdigit() and len(newest) < 19:
        mark_read(session, child.id, int(newest), now())
        session.commit()
    return redirect(f"{HERE}{child.id}", 303)


@pages.post("/diary/switch")
@permitted("can_read", "student")
def switch() -> Response:
    """Remember the child for this session, and show the page that one was on with it; empty: all of them."""
    wanted, back = request.form.get("child", ""), came_from()
    if not wanted:
        browser_session.pop(CHOSEN, None)
        return redirect(_without_child(back), 303)
    child = own_child(int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0)
    browser_session[CHOSEN] = child.id
    path, _mark, query = back.partition("?")
    if path.startswith(HERE):
        return redirect(f"{HERE}{child.id}{_week_of(path, query)}", 303)
    for page in ("/progress/", "/homework/", "/absences/"):
        if path.startswith(page):
            return redirect(f"{page}{child.id}", 303)
    return redirect(f"{path}?f.student={child.id}" if _tells_students(path) else back, 303)


def _week_of(path: str, query: str) -> str:
    """The week that the page showed, as the address of the other child's."""
    named = A_WEEK_OF.fullmatch(path)
    if named is not None:
        return f"/{named[1]}"
    asked = re.search(r"(?:^|&)week=([0-9W-]{8,10})(?:&|$)", query)
    return f"?week={asked[1]}" if asked else ""


def _without_child(back: str) -> str:
    path, _mark, _query = back.partition("?")
    return HERE if path.startswith(HERE) else path if _tells_students(path) else back


def _tells_students(path: str) -> bool:
    """Whether the path is a list that can be narrowed to one student."""
    found = A_LIST.fullmatch(path)
    return found is not None and any(one.name == found[1] and "student" in one.filtered for one in records.ALL)


def present_child() -> Child | None:
    """The child that was chosen, else the first; None where the person follows none."""
    family, chosen = own_children(now().date()), chosen_child()
    return next((child for child in family if child.id == chosen), next(iter(family), None))


def own_child(pk: int) -> Child:
    """One of the own children. Raises NotFound for another's and for one that there is not."""
    for child in own_children(now().date()):
        if child.id == pk:
            return child
    raise NotFound


def _first_screen(child: Child) -> Any:
    session, today = resources().db(), now().date()
    page_is_about(child)
    feed, tomorrow = news_of(session, child, now(), reads), next_day(session, child, today, reads)
    week = diary_week(session, child, monday_of(today), reads)
    shown = diary_showing.words_of_news() | diary_showing.week_shown(session, child, week, now())
    shown["invitations"] = invitations_of(session, child, now()) if reads("event") else ()
    page = render_template("diary/first.html", feed=feed, tomorrow=tomorrow, **shown)
    session.commit()  # of the visit; after the page, which reads on
    return page


def _week(child: Child, asked: str) -> Any:
    session, moment = resources().db(), now()
    page_is_about(child)
    monday = _monday(asked, moment.date())
    shown = diary_showing.week_shown(session, child, diary_week(session, child, monday, reads), moment)
    return revalidated(render_template("diary/week.html", **shown))


def _monday(asked: str, today: date) -> date:
    """That of the week that was asked for; of the present one, and a word, where there is none."""
    try:
        return read_week(asked)
    except InvalidInput as wrong:
        echoes()
        flash(f"{sentence(wrong)} {PRESENT}", "warning")
        return monday_of(today)


def week_address(child_id: int, day: date) -> str:
    return f"{HERE}{child_id}/{week_name(day)}"
