"""A child in figures, for its family: attendance, charts of marks, the own place as a range."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request

from app.domain.weeks import A_WEEK, monday_of
from app.pages import diary
from app.records.journal import ABSENCE_REASONS
from app.services.attendance import attendance_of
from app.services.charts import charts_of, ratings_of
from app.services.progress import terms_of
from app.services.settings import rules_of
from app.web.family import page_is_about
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _
from app.words.term_marks import figure

pages = Blueprint("figures", __name__)

ATTENDANCE, ABSENCES, MARKS = "/attendance/", ("can_read", "absence"), ("can_read", "mark")
SPANS = {"week": _("week"), "month": _("month"), "term": _("term"), "year": _("year")}


@pages.get(ATTENDANCE)
@permitted(*ABSENCES)
def index() -> Any:
    """That of the child that was chosen, else of the first."""
    child = diary.present_child()
    return attendance(child.id) if child is not None else render_template("diary/nobody.html")


@pages.get("/attendance/<int:pk>")
@permitted(*ABSENCES)
def attendance(pk: int) -> str:
    """The calendar of a year, with what was missed on each day."""
    child, today = diary.own_child(pk), diary.now().date()
    page_is_about(child)
    told = attendance_of(resources().db(), child.id, _number("year"), today)
    return render_template("diary/attendance.html", child=child, told=told, reasons=ABSENCE_REASONS, today=today)


@pages.get("/progress/<int:pk>/charts")
@permitted(*MARKS)
def charts(pk: int) -> str:
    """Marks over time, by subject and by kind of work, beside the class."""
    child, today, session = diary.own_child(pk), diary.now().date(), resources().db()
    page_is_about(child)
    terms, term = terms_of(session, child.id, _number("term"), today)
    wanted = _number("subject")
    told = charts_of(session, child.id, term.begins_on, term.ends_on, wanted) if term is not None else None
    return render_template(
        "diary/charts.html", child=child, terms=terms, term=term, told=told, wanted=wanted, figure=figure
    )


@pages.get("/progress/<int:pk>/ratings")
@permitted(*MARKS)
def ratings(pk: int) -> str:
    """The own range and trend; where the school shows none, that it does not."""
    child, today, session = diary.own_child(pk), diary.now().date(), resources().db()
    page_is_about(child)
    is_shown = bool(rules_of(session, {child.school_id})[child.school_id].values["show_ratings"])
    told = ratings_of(session, child.id, _spans(session, child.id, today)) if is_shown else []
    return render_template("diary/ratings.html", child=child, told=told, is_shown=is_shown, spans=SPANS, figure=figure)


def _spans(session: Any, student_id: int, today: date) -> list[tuple[str, date, date]]:
    monday = monday_of(today)
    spans = [("week", monday, monday + timedelta(days=6)), ("month", monday - 3 * A_WEEK, monday + timedelta(days=6))]
    terms, term = terms_of(session, student_id, None, today)
    if term is not None:
        year = [one for one in terms if one.academic_year_id == term.academic_year_id]
        spans.append(("term", term.begins_on, term.ends_on))
        spans.append(("year", min(one.begins_on for one in year), max(one.ends_on for one in year)))
    return spans


def _number(name: str) -> int | None:
    written = request.args.get(name, "")
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None
