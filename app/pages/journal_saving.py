"""What the journal's page sends and asks while one writes in it: changes of cells, a cell's card, a column's menu."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.errors import Conflict, InvalidInput, SchoolError, TryLater
from app.models import Homework, Lesson, Mark, TermMark
from app.pages.journal import LARGEST_KEY, may_open
from app.records.diary import NOTICE_REASONS
from app.records.journal import ABSENCE_REASONS
from app.records.journal_cells import Overtaken, write_cell
from app.records.journal_columns import may_set_column, set_column, work_types_of
from app.records.journal_places import Written, stands
from app.records.journal_term_marks import TermPlace, write_term_mark
from app.records.journal_texts import write_text
from app.services.journal_card import card_of
from app.services.journal_list import MAY_OPEN
from app.services.request_keys import Answer, earlier_answer, fingerprint, keep_first
from app.services.saving import saving
from app.session.engine import actor_of
from app.session.reasons import FIELD as REASON
from app.session.reasons import give_reason
from app.web.actors import current_account
from app.web.guard import permitted, signed_in
from app.web.locks import polled
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence

pages = Blueprint("journal_saving", __name__)

AT_ONCE = 50
LONGEST_TEXT = 5000
EXPLAINED = (REASON, "reason")  # why a change is made late; why a term mark is another than the marks propose
NAMES = {"field": ("lesson", "field"), "kind": ("term", "subject", "kind", "student")}  # by what tells the place
KEYS = ("lesson", "student", "term", "subject")
SOMEBODY_ELSE = _("Somebody else is signed in here now. What the other person typed waits on this device.")


@pages.get("/journal/state")
@polled
@signed_in
def state() -> Response:
    """Who is signed in here by now, and the token that changes are sent with: an open page may be older than either."""
    account = current_account()
    return jsonify(who=account.id if account is not None else 0, token=generate_csrf())


@pages.post("/journal/cells")
@signed_in
def cells() -> Any:
    """Save changes one by one, each in a transaction of its own; the answers stand in the order of the changes."""
    account, sent = current_account(), request.get_json(silent=True)
    if account is None or not isinstance(sent, dict) or not isinstance(sent.get("changes"), list):
        abort(400)
    if sent.get("who") != account.id:
        return jsonify(message=str(SOMEBODY_ELSE)), 409
    if len(sent["changes"]) > AT_ONCE:
        abort(413)
    answers = [_answer(account.id, change) for change in sent["changes"]]
    now = datetime.now(resources().settings.timezone)
    return jsonify(answers=answers, at=f"{now:%H:%M}")


def _answer(user_id: int, change: Any) -> dict[str, Any]:
    try:
        return _saved(user_id, _checked(change))
    except Overtaken as overtaken:
        return {"status": "conflict", "who": overtaken.who, "when": _when(overtaken.when), **_told(overtaken.now)}
    except TryLater:
        return {"status": "later"}
    except SchoolError as error:
        needs = error.field if isinstance(error, InvalidInput) and error.field in EXPLAINED else ""
        return {"status": "refused", "message": sentence(error), "needs": needs}


def _saved(user_id: int, change: Mapping[str, Any]) -> dict[str, Any]:
    """Where somebody wrote here in the same moment, what stands now is looked at once more."""
    try:
        return _saved_once(user_id, change)
    except Conflict:
        pass
    try:
        return _saved_once(user_id, change)
    except Conflict as again:
        if again.key == "conflict.changed":  # twice in a row: the page keeps it and sends it again
            raise TryLater("unavailable") from None
        raise


def _saved_once(user_id: int, change: Mapping[str, Any]) -> dict[str, Any]:
    """Once for each key: what was sent twice because the answer was lost is answered as the first time."""
    session, key = resources().db(), change["key"]
    asked = fingerprint(request.path, json.dumps(change, sort_keys=True))
    give_reason(session, change.get("why", ""))
    try:
        with saving(session, _model_of(change)):
            written = _write(session, change)
            told = Answer(200, json.dumps({"status": "saved", **_told(written)}, ensure_ascii=False))
            is_cell = _model_of(change) is Mark
            holds = stands(change["lesson"], change["student"], written.versions) if is_cell else None
            answer = keep_first(session, user_id, key, asked, told, holds)
    except Overtaken:
        earlier = earlier_answer(session, user_id, key, asked)
        if earlier is None:
            raise
        answer = earlier
    return dict(json.loads(answer.text))


def _model_of(change: Mapping[str, Any]) -> type[Homework | Lesson | Mark | TermMark]:
    if "field" in change:
        return Homework if change["field"] in ("homework", "bring") else Lesson
    return TermMark if "kind" in change else Mark


def _write(session: Session, change: Mapping[str, Any]) -> Written:
    """Put the change on its records, by the way of its kind."""
    text, was = change["text"], change["was"]
    if "field" in change:
        return write_text(session, change["lesson"], change["field"], text, was)
    if "kind" in change:
        place = TermPlace(*(change[name] for name in ("student", "subject", "term", "kind")))
        return write_term_mark(session, place, text, was, change.get("reason", ""))
    return write_cell(session, change["lesson"], change["student"], text, was, is_undo="undo" in change)


def _told(written: Written) -> dict[str, Any]:
    return {
        "text": written.text,
        "versions": written.versions,
        "weights": list(written.hundredths),
        "draft": written.draft,
    }


def _checked(change: Any) -> dict[str, Any]:
    """The change with just the fields that it has, each of its type. Raises InvalidInput."""
    if not isinstance(change, dict):
        raise InvalidInput("", "wrong_type", allowed="{}")
    names = next((names for tells, names in NAMES.items() if tells in change), ("lesson", "student"))
    taken: dict[str, Any] = {}
    for name in (*names, "text", "was", "key", *sorted({"why", "reason", "undo"} & change.keys())):
        value, is_key = change.get(name), name in KEYS
        if is_key and (type(value) is not int or not 0 < value <= LARGEST_KEY):
            raise InvalidInput(name, "relation.unknown")
        if not is_key and (not isinstance(value, str) or len(value) > LONGEST_TEXT):
            raise InvalidInput(name, "text.too_long", limit=LONGEST_TEXT, given=len(str(value)))
        taken[name] = value
    return taken


def _when(moment: datetime | None) -> str:
    return f"{moment.astimezone(resources().settings.timezone):%d.%m.%Y %H:%M}" if moment is not None else ""


@pages.get("/journal/cell/<int:lesson_pk>/<int:student_pk>")
@permitted(*MAY_OPEN)
def card(lesson_pk: int, student_pk: int) -> str:
    """The story of a cell: what each mark is for, what it weighs, who wrote it, and every change."""
    lesson = _lesson(lesson_pk)
    told = card_of(resources().db(), lesson, student_pk) if student_pk <= LARGEST_KEY else None
    if told is None:
        abort(404)
    zone = resources().settings.timezone
    words = {"reasons": ABSENCE_REASONS, "notice_reasons": NOTICE_REASONS}
    return render_template("journal/card.html", lesson=lesson, told=told, zone=zone, **words)


@pages.get("/journal/lesson/<int:pk>/column")
@permitted(*MAY_OPEN)
def column(pk: int) -> str:
    """The menu of a column, as a page or, fetched by the journal's script, in a dialog."""
    return _column_page(_lesson(pk), {}, {})


@pages.post("/journal/lesson/<int:pk>/column")
@permitted("can_write", "lesson")
def change_column(pk: int) -> Any:
    """Take the menu's form; what is wrong is said by its field, and what was typed stays."""
    lesson, session = _lesson(pk), resources().db()
    try:
        with saving(session, Lesson):
            set_column(session, lesson, request.form, resources().settings.timezone)
    except SchoolError as error:
        wrong = {getattr(error, "field", "") or "column": sentence(error)}
        return _column_page(_lesson(pk), request.form, wrong), 422
    group = f"/{lesson.subgroup_id}" if lesson.subgroup_id is not None else ""
    return redirect(f"/journal/{lesson.school_class_id}/{lesson.subject_id}{group}/{lesson.term_id}", 303)


def _column_page(lesson: Lesson, typed: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    session, zone = resources().db(), resources().settings.timezone
    shown = typed or {
        "work_type": str(lesson.work_type_id or ""),
        "weight": f"{lesson.weight.normalize():f}" if lesson.weight is not None else "",
        "publish_at": f"{lesson.publish_at.astimezone(zone):%Y-%m-%dT%H:%M}" if lesson.publish_at else "",
        **({"counts": "on"} if lesson.counts else {}),
        **({"draft": "on"} if lesson.draft else {}),
    }
    return render_template(
        "journal/column.html",
        lesson=lesson,
        shown=shown,
        wrong=wrong,
        may_set=may_set_column(session, lesson),
        work_types=work_types_of(session, lesson.school_id),
        now=f"{datetime.now(UTC).astimezone(zone):%Y-%m-%dT%H:%M}",
    )


def _lesson(pk: int) -> Lesson:
    """The lesson, where the person may open its journal; foreign and unknown alike."""
    if pk > LARGEST_KEY:
        abort(404)
    query = select(Lesson).where(Lesson.id == pk)
    found = (
        resources()
        .db()
        .scalars(
            query.options(
                joinedload(Lesson.school_class),
                joinedload(Lesson.subject),
                joinedload(Lesson.term),
                joinedload(Lesson.work_type),
            ).execution_options(populate_existing=True)
        )
        .first()
    )
    if found is None or not may_open(actor_of(resources().db()), found.school_class):
        abort(404)
    return found
