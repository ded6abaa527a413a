"""Absence notices: a guardian picks days and a reason, the class teacher answers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request

from app.domain.errors import InvalidInput, NotAllowed, SchoolError
from app.domain.file_kinds import FIELD
from app.models import AbsenceNotice
from app.pages import diary
from app.records.diary import NOTICE_REASONS, NOTICE_STATES
from app.services import absences
from app.services.absences import ANSWERS_ON_WORD, MAY_DECIDE, MAY_READ, MAY_SEND
from app.services.attaching import LARGEST, MOST_FILES, ROOM_AROUND, attach, files_on, limits_of
from app.services.months import Month, months
from app.services.saving import saving
from app.session.actors import on_word_of
from app.session.engine import SchoolSession, actor_of
from app.web.family import page_is_about
from app.web.guard import permitted, takes_files
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence

pages = Blueprint("absences", __name__)

NOTICE = "absence_notice"
HERE, ANSWERING, MAY = "/absences/", "/absence-notices/", MAY_DECIDE


@contextmanager
def _on_word() -> Iterator[SchoolSession]:
    """A transaction on the word of the request's person, who was asked whether they may."""
    actor = actor_of(resources().db())
    resources().db().rollback()  # what follows is another session's, which may lock the same rows
    by = on_word_of(actor, *ANSWERS_ON_WORD)
    kept = SchoolSession(resources().engine, info={"actor": by}, expire_on_commit=False)
    with kept as other, saving(other, AbsenceNotice):
        yield other


@pages.get(HERE)
@permitted(*MAY_READ)
def index() -> Any:
    """Those of the child that was chosen, else of the first."""
    child = diary.present_child()
    return of_child(child.id) if child is not None else render_template("diary/nobody.html")


@pages.get("/absences/<int:pk>")
@permitted(*MAY_READ)
def of_child(pk: int) -> Any:
    """The form, and what was sent before."""
    return _page(diary.own_child(pk), {}, 200)


@pages.post("/absences/<int:pk>")
@takes_files(LARGEST + ROOM_AROUND, reads_on=True)
@permitted(*MAY_SEND)
def send(pk: int) -> Any:
    """Send a notice; what was typed stays where something is wrong with it."""
    child, session = diary.own_child(pk), resources().db()
    try:
        with saving(session, AbsenceNotice):
            notice = _read()
            absences.send(session, child, notice, diary.now().date())
            attach(session, resources().settings.files_folder, notice, request.files.getlist(FIELD))
    except InvalidInput as wrong:
        return _page(child, {wrong.field: sentence(wrong)}, 422)
    except SchoolError as wrong:
        return _page(child, {"": sentence(wrong)}, 409)
    flash(str(_("The notice is sent. The class teacher answers it; the answer stands here.")), "success")
    return redirect(f"{HERE}{child.id}", 303)


@pages.post("/absences/<int:pk>/<int:notice_pk>/withdraw")
@permitted(*MAY_SEND)
def withdraw(pk: int, notice_pk: int) -> Any:
    """The child comes after all."""
    child, today = diary.own_child(pk), diary.now().date()
    try:
        absences.may_send(resources().db(), child)
    except NotAllowed as wrong:
        return _page(child, {"": sentence(wrong)}, 403)
    try:
        with _on_word() as session:
            absences.withdraw(session, min(notice_pk, 2**63 - 1), child.id, today)
    except InvalidInput as wrong:
        return _page(child, {"": sentence(wrong)}, 422)
    flash(str(_("Withdrawn.")), "success")
    return redirect(f"{HERE}{child.id}", 303)


def _read() -> AbsenceNotice:
    reason = request.form.get("reason", "")
    if reason not in NOTICE_REASONS:
        raise InvalidInput("reason", "choice", allowed=", ".join(map(str, NOTICE_REASONS.values())))
    begins_on = _day("begins_on")
    ends_on = _day("ends_on") if request.form.get("ends_on", "").strip() else begins_on
    comment = request.form.get("comment", "").strip()
    return AbsenceNotice(begins_on=begins_on, ends_on=ends_on, reason=reason, comment=comment, state="sent", answer="")


def _day(name: str) -> date:
    try:
        return date.fromisoformat(request.form.get(name, "").strip()[:10])
    except ValueError:
        raise InvalidInput(name, "date.required") from None


def _page(child: Any, errors: Mapping[str, str], status: int) -> Any:
    session, today = resources().db(), diary.now().date()
    page_is_about(child)
    notices = absences.notices_of(session, child.id)
    return render_template(
        "diary/absences.html",
        child=child,
        notices=notices,
        months=_calendar(today, notices),
        errors=errors,
        typed=request.form,
        reasons=NOTICE_REASONS,
        states=NOTICE_STATES,
        today=today,
        yesterday=today - timedelta(days=1),
        standing=absences.STANDING,
        may_send=child.id in actor_of(session).child_ids and actor_of(session).may(*MAY_SEND),
        files=files_on(session, NOTICE, [one.id for one in notices]),
        limits=limits_of(session, child.school_id, NOTICE),
        most_files=MOST_FILES,
        zone=resources().settings.timezone,
    ), status


def _calendar(today: date, notices: Any) -> list[Month]:
    """This month and the next, with the days that are reported already."""
    later = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    told = [one for one in notices if one.state in absences.STANDING]
    return months(today.replace(day=1), later, lambda day: any(one.begins_on <= day <= one.ends_on for one in told))


@pages.get(ANSWERING)
@permitted(*MAY_DECIDE)
def to_answer() -> Any:
    """What waits for the class teacher, and what was answered of late."""
    return _to_answer({}, 200)


@pages.post("/absence-notices/<int:pk>")
@permitted(*MAY_DECIDE)
def answer(pk: int) -> Any:
    """Accept or decline one, with a word."""
    session, today = resources().db(), diary.now().date()
    actor, key = actor_of(session), min(pk, 2**63 - 1)
    absences.may_decide(session, key, today)
    is_accepted, said = request.form.get("decision") == "accept", request.form.get("answer", "")
    try:
        with _on_word() as deciding:
            staff = next(iter(sorted(actor.staff_ids)), None)
            absences.decide(deciding, key, is_accepted, said, staff)
    except InvalidInput as wrong:
        return _to_answer({key: sentence(wrong)}, 422)
    except SchoolError as wrong:
        return _to_answer({key: sentence(wrong)}, 409)
    words = _("Accepted: the absence stands in the journal.") if is_accepted else _("Declined: the family sees why.")
    flash(str(words), "success")
    return redirect(ANSWERING, 303)


def _to_answer(errors: Mapping[int, str], status: int) -> Any:
    session, today = resources().db(), diary.now().date()
    waiting, answered = absences.waiting(session, today), absences.answered(session, today)
    return render_template(
        "diary/absence_answers.html",
        waiting=waiting,
        answered=answered,
        files=files_on(session, NOTICE, [one.id for one in (*waiting, *answered)]),
        errors=errors,
        typed=request.form,
        reasons=NOTICE_REASONS,
        states=NOTICE_STATES,
        zone=resources().settings.timezone,
    ), status
