"""A student's progress: subject by subject, with what changed, what is owed, and what further marks would do."""

from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request
from sqlalchemy import select

from app.models import Student
from app.records.journal import ABSENCE_REASONS
from app.services.progress import progress_of
from app.session.engine import actor_of
from app.web.guard import permitted
from app.web.resources import resources
from app.words.story import told
from app.words.term_marks import KIND_WORDS, figure, hinted

pages = Blueprint("progress", __name__)

HERE = "/progress/"
MAY = ("can_read", "mark")


@pages.get(HERE)
@permitted(*MAY)
def index() -> Any:
    """The own children, or oneself; the only one at once."""
    session = resources().db()
    actor = actor_of(session)
    query = select(Student).where(Student.id.in_(actor.child_ids | actor.own_student_ids))
    children = session.scalars(query.order_by(Student.given_name, Student.id)).all()
    if len(children) == 1:
        return redirect(f"{HERE}{children[0].id}")
    return render_template("term_marks/children.html", children=children)


@pages.get("/progress/<int:pk>")
@permitted(*MAY)
def show(pk: int) -> str:
    """Of any student whom the person sees; a foreign one and none are told alike."""
    session = resources().db()
    student = session.scalars(select(Student).where(Student.id == pk)).first() if pk < 2**63 else None
    if student is None:
        abort(404)
    written = request.args.get("term", "")
    term_id = int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None
    zone = resources().settings.timezone
    actor = actor_of(session)
    return render_template(
        "term_marks/progress.html",
        progress=progress_of(session, student, term_id, datetime.now(zone).date()),
        kinds=KIND_WORDS,
        reasons=ABSENCE_REASONS,
        told=lambda change: told(change, {}, zone),
        figure=figure,
        hinted=hinted,
        is_own=pk in actor.child_ids | actor.own_student_ids,
        has_others=len(actor.child_ids) > 1 and pk in actor.child_ids,
    )
