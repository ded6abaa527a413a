"""A lesson's homework on a page of its own: what it gave, for whom, until when, how long it takes, and its files."""

from secrets import token_urlsafe
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy import select

from app.domain.errors import NotFound, SchoolError
from app.models import Homework, Lesson
from app.pages.homework_showing import Form, shown_form, whom_words
from app.pages.journal import LARGEST_KEY, may_open
from app.records.giving_homework import groups_of, homework_to_change, may_give, read, save
from app.services.attaching import LARGEST, MOST_FILES, ROOM_AROUND, files_on, limits_of
from app.services.homework import days_to_choose, homework_of_lesson, load_of_class
from app.services.journal import pupils_of
from app.services.journal_list import MAY_OPEN
from app.services.request_keys import Answer, fingerprint, first_answer, keep_answer
from app.services.saving import saving
from app.services.settings import rules_of
from app.session.engine import actor_of
from app.web.errors import STATUS
from app.web.guard import permitted, takes_files
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence

pages = Blueprint("homework", __name__)

SAVED = _("Homework is given.")
TOO_MUCH = _("The class has {minutes} minutes of homework for {day}.")


@pages.get("/journal/lesson/<int:pk>/homework")
@permitted(*MAY_OPEN)
def of_lesson(pk: int) -> Any:
    """What the lesson gave, and the form of another piece."""
    return _page(_lesson(pk), None, Form(), 200)


@pages.get("/journal/homework/<int:pk>")
@permitted(*MAY_OPEN)
def one(pk: int) -> Any:
    """One piece, to be changed."""
    found = _homework(pk)
    return _page(found.lesson, found, Form(), 200)


@pages.post("/journal/lesson/<int:pk>/homework")
@takes_files(LARGEST + ROOM_AROUND, reads_on=True)
@permitted("can_write", "homework")
def give(pk: int) -> Any:
    """Give it; what is wrong is said by its field, and what was typed stays."""
    return _save(_lesson(pk), None)


@pages.post("/journal/homework/<int:pk>")
@takes_files(LARGEST + ROOM_AROUND, reads_on=True)
@permitted("can_write", "homework")
def change(pk: int) -> Any:
    """Change it."""
    found = _homework(pk)
    return _save(found.lesson, found)


def _save(lesson: Lesson, stands: Homework | None) -> Any:
    session, typed = resources().db(), request.form
    taken = read(typed, typed.getlist("students"), frozenset(one.id for one in groups_of(session, lesson)))
    wrong = {name: sentence(error) for name, error in taken.wrong.items()}
    if wrong:
        return _page(lesson, stands, Form(typed, wrong), 422)
    place, lesson_id, key = f"/journal/lesson/{lesson.id}/homework", lesson.id, stands.id if stands else None
    actor, is_new = actor_of(session), False
    try:
        with saving(session, Homework):
            earlier = _earlier(actor.user_id, place)
            if earlier is None:
                work = homework_to_change(session, key, typed.get("version", "")) if key else Homework(lesson=lesson)
                save(session, resources().settings.files_folder, work, taken.values, request.files.getlist("files"))
                is_new = True
    except SchoolError as refused:
        status = next((code for kind, code in STATUS.items() if isinstance(refused, kind)), 400)
        wrong = {getattr(refused, "field", "") or "homework": sentence(refused)}
        return _page(_lesson(lesson_id), _homework(key) if key else None, Form(typed, wrong), status)
    if is_new:
        _tell(work)
    return redirect(place, 303)


def _earlier(user_id: int | None, place: str) -> Answer | None:
    """Whether this very form was sent before: a double tap gives one piece of homework."""
    key = request.form.get("request_key", "")
    if not key or user_id is None:
        return None
    session = resources().db()
    parts = [f"{name}={value}" for name, value in request.form.items(multi=True) if name != "csrf_token"]
    earlier = first_answer(session, user_id, f"form:{key}", fingerprint(request.path, *parts))
    if earlier is None:
        keep_answer(session, user_id, f"form:{key}", Answer(303, place))
    return earlier


def _tell(work: Homework) -> None:
    """That it is saved; and where the class has much to do by then, how much."""
    flash(str(SAVED), "success")
    if work.due is None:
        return
    session = resources().db()
    most = rules_of(session, {work.school_id})[work.school_id].number("load_minutes")
    load = load_of_class(session, work.school_class_id, {work.due})[work.due]
    if load.minutes > most:
        flash(str(_(TOO_MUCH.text, minutes=load.minutes, day=f"{work.due:%d.%m}")), "warning")


def _page(lesson: Lesson, work: Homework | None, form: Form, status: int) -> Any:
    session, actor = resources().db(), actor_of(resources().db())
    pieces = homework_of_lesson(session, lesson.id)
    pupils = pupils_of(session, lesson.school_class_id, lesson.date, lesson.date)
    groups = groups_of(session, lesson)
    days = days_to_choose(session, lesson, lesson.subgroup_id)
    shown = shown_form(form, work, days)
    looked_at = {day.date for day in days} | ({work.due} if work is not None and work.due else set())
    return render_template(
        "homework/lesson.html",
        lesson=lesson,
        work=work,
        pieces=pieces,
        files=files_on(session, "homework", [piece.id for piece in pieces]),
        whom=lambda piece: whom_words(piece, pupils, groups),
        pupils=[one for one in pupils if lesson.subgroup_id is None or lesson.subgroup_id in one.subgroup_ids],
        groups=groups if lesson.subgroup_id is None else (),
        days=days,
        loads=load_of_class(session, lesson.school_class_id, looked_at, work.id if work is not None else None),
        most=rules_of(session, {lesson.school_id})[lesson.school_id].number("load_minutes"),
        shown=shown,
        wrong=form.wrong,
        may_give=may_give(actor, lesson),
        limits=limits_of(session, lesson.school_id),
        most_files=MOST_FILES,
        key=token_urlsafe(16),
        zone=resources().settings.timezone,
    ), status


def _lesson(pk: int) -> Lesson:
    """The lesson, where the person may open its journal; a foreign one and one that there is not are told alike."""
    session = resources().db()
    found = session.get(Lesson, pk) if pk <= LARGEST_KEY else None
    if found is None or not may_open(actor_of(session), found.school_class):
        raise NotFound
    return found


def _homework(pk: int | None) -> Homework:
    session = resources().db()
    query = select(Homework).where(Homework.id == pk).execution_options(populate_existing=True)
    found = session.scalars(query).first() if pk is not None and pk <= LARGEST_KEY else None
    if found is None or not may_open(actor_of(session), found.school_class):
        raise NotFound
    return found
