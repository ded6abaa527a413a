"""The summary sheet of a class: for its class teacher and for whoever runs the school, as page, workbook and paper."""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, send_file
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.models import AcademicYear, School, SchoolClass
from app.services.summary_files import summary_pdf, summary_xlsx, title_of
from app.services.summary_sheet import Column, Summary, summary_of
from app.web.actors import current_actor
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _
from app.words.term_marks import figure

pages = Blueprint("summary", __name__)

HERE = "/summary/"
MAY = ("can_read", "term_mark")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get(HERE)
@permitted(*MAY)
def index() -> Any:
    """The classes whose sheets the person may see; the only one at once."""
    query = (
        select(SchoolClass)
        .join(AcademicYear, AcademicYear.id == SchoolClass.academic_year_id)
        .where(AcademicYear.ends_on >= datetime.now(resources().settings.timezone).date())
        .order_by(SchoolClass.grade_level, SchoolClass.name)
    )
    classes = [one for one in resources().db().scalars(query) if _may(one)]
    if len(classes) == 1:
        return redirect(f"{HERE}{classes[0].id}")
    return render_template("term_marks/classes.html", classes=classes)


@pages.get("/summary/<int:pk>")
@permitted(*MAY)
def show(pk: int) -> str:
    """One term's marks, chosen by `column`; without it the newest in which something is given."""
    summary = _summary(pk)
    chosen = next((one for one in summary.columns if one.key == request.args.get("column")), _newest(summary))
    return render_template(
        "term_marks/summary.html", summary=summary, chosen=chosen, title_of=title_of, figure=figure,
        zone=resources().settings.timezone,
    )  # fmt: skip


@pages.get("/summary/<int:pk>.xlsx")
@permitted(*MAY)
def workbook(pk: int) -> Response:
    summary = _summary(pk)
    return _file(summary_xlsx(summary), XLSX, summary, "xlsx")


@pages.get("/summary/<int:pk>.pdf")
@permitted(*MAY)
def paper(pk: int) -> Response:
    """On A4; `column` prints one term alone."""
    summary = _summary(pk)
    school = resources().db().get_one(School, summary.school_class.school_id).name
    only = request.args.get("column")
    known = only if any(one.key == only for one in summary.columns) else None
    return _file(summary_pdf(summary, school, resources().settings.timezone, known), "application/pdf", summary, "pdf")


def _file(content: bytes, kind: str, summary: Summary, ending: str) -> Response:
    name = str(_("summary sheet {name}", name=summary.school_class.name))
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    return send_file(BytesIO(content), kind, as_attachment=True, download_name=f"{name} {day}.{ending}", max_age=0)


def _newest(summary: Summary) -> Column | None:
    today = datetime.now(resources().settings.timezone).date()
    given = {key for _student, _subject, key in summary.marks}
    begun = [one for one in summary.columns if one.term is None or one.term.begins_on <= today]
    filled = [one for one in begun if one.key in given]
    terms = [one for one in begun if one.term is not None]
    shown = filled or terms or list(summary.columns)
    return shown[-1] if shown else None


def _summary(pk: int) -> Summary:
    """The sheet of a class that the person leads or whose school they run; any other and none are told alike."""
    query = select(SchoolClass).where(SchoolClass.id == pk)
    query = query.options(joinedload(SchoolClass.academic_year), joinedload(SchoolClass.class_teacher))
    session = resources().db()
    found = session.scalars(query).first() if pk < 2**63 else None
    if found is None or not _may(found):
        abort(404)
    return summary_of(session, found)


def _may(school_class: SchoolClass) -> bool:
    actor = current_actor()
    return actor is not None and (actor.leads(school_class.id) or actor.runs(school_class.school_id))
