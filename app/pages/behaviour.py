"""Behaviour: a class's week with what was remarked and the class teacher's marks, and a lesson's remarks and praise."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request

from app.domain.errors import NotFound, SchoolError
from app.domain.weeks import monday_of
from app.models import BehaviourMark, Lesson, Remark, SchoolClass
from app.pages.journal import LARGEST_KEY, may_open, today
from app.records.behaviour import BEHAVIOUR
from app.records.giving_behaviour import WrongLine, give_behaviour, write_remark
from app.records.journal import REMARKS
from app.services.behaviour import HERE, MAY, classes_of, remarks_in, week_of_class
from app.services.journal import pupils_of
from app.services.saving import saving
from app.session.engine import actor_of
from app.web.errors import STATUS
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence

pages = Blueprint("behaviour", __name__)

A_WEEK = timedelta(days=7)
FIRST, LAST = date(2000, 1, 3), date(2099, 12, 28)


@pages.get(HERE)
@permitted(*MAY)
def index() -> Any:
    """The classes; of a single one its week."""
    session = resources().db()
    classes = classes_of(session, actor_of(session))
    if len(classes) == 1:
        return redirect(f"{HERE}{classes[0].id}/{monday_of(today())}", 303)
    return render_template("behaviour/classes.html", classes=classes, monday=monday_of(today()))


@pages.get("/behaviour/<int:class_pk>/<day>")
@permitted(*MAY)
def week(class_pk: int, day: str) -> Any:
    """The week of that day."""
    return _week(_class(class_pk), _monday(day), {}, {}, 200)


@pages.post("/behaviour/<int:class_pk>/<day>")
@permitted("can_write", "behaviour_mark")
def give(class_pk: int, day: str) -> Any:
    """Save the lines that differ: all, or none where one is wrong."""
    session, of, monday = resources().db(), _class(class_pk), _monday(day)
    try:
        with saving(session, BehaviourMark):
            count = give_behaviour(session, week_of_class(session, of.id, monday), monday, request.form)
    except WrongLine as wrong:
        status = next((code for kind, code in STATUS.items() if isinstance(wrong.why, kind)), 422)
        return _week(_class(class_pk), monday, request.form, {wrong.student_id: sentence(wrong.why)}, status)
    except SchoolError as refused:
        status = next((code for kind, code in STATUS.items() if isinstance(refused, kind)), 400)
        return _week(_class(class_pk), monday, request.form, {0: sentence(refused)}, status)
    flash(str(_("Saved lines: {count}.", count=count) if count else _("Nothing was changed.")), "success")
    return redirect(f"{HERE}{class_pk}/{monday}", 303)


@pages.get("/behaviour/lesson/<int:pk>")
@permitted("can_read", "remark")
def of_lesson(pk: int) -> Any:
    """What was remarked and praised in a lesson, and the form of another remark."""
    return _lesson_page(_lesson(pk), {}, {}, 200)


@pages.post("/behaviour/lesson/<int:pk>")
@permitted("can_write", "remark")
def remark(pk: int) -> Any:
    """Write a remark or praise; what is wrong is said by its field, and what was typed stays."""
    session, lesson = resources().db(), _lesson(pk)
    try:
        with saving(session, Remark):
            write_remark(session, lesson, request.form)
    except SchoolError as refused:
        status = next((code for kind, code in STATUS.items() if isinstance(refused, kind)), 400)
        wrong = {getattr(refused, "field", "") or "remark": sentence(refused)}
        return _lesson_page(_lesson(pk), request.form, wrong, status)
    flash(str(_("Written. The family is told.")), "success")
    return redirect(f"/behaviour/lesson/{pk}", 303)


def _week(of: SchoolClass, monday: date, typed: Mapping[str, str], wrong: Mapping[int, str], status: int) -> Any:
    session, actor = resources().db(), actor_of(resources().db())
    return render_template(
        "behaviour/week.html",
        of=of,
        monday=monday,
        sunday=monday + timedelta(days=6),
        before=monday - A_WEEK,
        after=monday + A_WEEK,
        lines=week_of_class(session, of.id, monday),
        values=BEHAVIOUR,
        kinds=REMARKS.choices["kind"],
        may_give=actor.may("can_write", "behaviour_mark") and actor.leads(of.id),
        typed=typed,
        wrong=wrong,
    ), status


def _lesson_page(lesson: Lesson, typed: Mapping[str, str], wrong: Mapping[str, str], status: int) -> Any:
    session, actor = resources().db(), actor_of(resources().db())
    pupils = pupils_of(session, lesson.school_class_id, lesson.date, lesson.date)
    return render_template(
        "behaviour/lesson.html",
        lesson=lesson,
        pupils=[one for one in pupils if lesson.subgroup_id is None or lesson.subgroup_id in one.subgroup_ids],
        names={one.id: f"{one.surname} {one.given_name}" for one in pupils},
        remarks=remarks_in(session, lesson.id),
        kinds=REMARKS.choices["kind"],
        may_write=actor.may("can_write", "remark") and actor.teaches(lesson),
        own=actor.staff_ids,
        typed=typed,
        wrong=wrong,
    ), status


def _class(pk: int) -> SchoolClass:
    """A class that the person leads or sees with the whole school; another is told as one that there is not."""
    session = resources().db()
    actor = actor_of(session)
    found = session.get(SchoolClass, pk) if pk <= LARGEST_KEY else None
    if found is None or not (actor.leads(found.id) or actor.runs(found.school_id)):
        raise NotFound
    return found


def _lesson(pk: int) -> Lesson:
    session = resources().db()
    found = session.get(Lesson, pk) if pk <= LARGEST_KEY else None
    if found is None or not may_open(actor_of(session), found.school_class):
        raise NotFound
    return found


def _monday(day: str) -> date:
    try:
        found = date.fromisoformat(day) if len(day) == 10 else None
    except ValueError:
        found = None
    if found is None or not FIRST <= found <= LAST:
        raise NotFound
    return monday_of(found)
