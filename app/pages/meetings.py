"""Meetings: a guardian answers whether they come; staff see who does."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy import select

from app.domain.errors import NotFound, SchoolError
from app.models import Event, EventAnswer
from app.pages import diary
from app.records.announcements import WAYS
from app.services.meetings import MAY_ANSWER, MAY_READ, answer_meeting, who_comes
from app.services.saving import saving
from app.session.actors import Actor
from app.web.guard import permitted
from app.web.resources import resources
from app.words import _
from app.words.errors import sentence

pages = Blueprint("meetings", __name__)

LARGEST = 2**63 - 1


def is_told_who_comes(actor: Actor, pk: int) -> bool:
    """Whether the list is for this person: staff who read answers; a family has its own in the diary."""
    return actor.may(*MAY_READ) and bool(actor.staff_ids)


@pages.post("/meetings/<int:pk>/answer")
@permitted(*MAY_ANSWER)
def answer(pk: int) -> Any:
    """Come, or do not; until the meeting begins."""
    written = request.form.get("child", "")
    child = diary.own_child(int(written) if written.isascii() and written.isdigit() and len(written) < 19 else 0)
    session, moment, said = resources().db(), diary.now(), request.form.get("comes", "")
    back = redirect(f"{diary.HERE}{child.id}#meetings", 303)
    if said not in ("yes", "no"):
        flash(str(_("Choose whether you come.")), "danger")
        return back
    try:
        with saving(session, EventAnswer):
            answer_meeting(session, min(pk, LARGEST), child.id, said == "yes", "web", moment, moment.date())
    except NotFound:
        raise
    except SchoolError as wrong:
        flash(sentence(wrong), "danger")
        return back
    flash(str(_("Noted: you come.") if said == "yes" else _("Noted: you do not come.")), "success")
    return back


@pages.get("/meetings/<int:pk>")
@permitted(*MAY_READ)
def of_event(pk: int) -> str:
    """The list of a meeting, of the families that the person sees."""
    session = resources().db()
    event = session.scalars(select(Event).where(Event.id == min(pk, LARGEST))).first()
    if event is None:
        raise NotFound
    classes = who_comes(session, event, diary.now().date())
    totals = {
        name: sum(one.count(comes) for one in classes)
        for name, comes in (("yes", True), ("no", False), ("silent", None))
    }
    return render_template(
        "diary/meeting.html", event=event, classes=classes, totals=totals, ways=WAYS, zone=resources().settings.timezone
    )
