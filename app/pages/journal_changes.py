"""What changed in my journals today; and "it was not me", which ends the session that it came by."""

from datetime import datetime, time

from flask import Blueprint, abort, flash, redirect, render_template
from werkzeug.wrappers import Response

from app.records.journal import ABSENCE_REASONS
from app.services.incidents import report
from app.services.journal_changes import JournalChange, changes_since
from app.session.actors import Actor
from app.session.engine import actor_of
from app.web.account_events import note
from app.web.guard import permitted
from app.web.locks import recently_proved
from app.web.resources import resources
from app.web.session_rows import end_of
from app.web.sessions import browser_session
from app.words import _, language

pages = Blueprint("journal_changes", __name__)

HERE = "/changes/"
MAY = ("can_write", "mark")


@pages.get(HERE)
@permitted(*MAY)
def today() -> str:
    session = resources().db()
    return render_template(
        "oversight/changes.html",
        changes=changes_since(session, actor_of(session), _midnight()),
        reasons=ABSENCE_REASONS,
        zone=resources().settings.timezone,
        today=_midnight().date(),
    )


@pages.post("/changes/<int:pk>/not-me")
@permitted(*MAY)
@recently_proved
def not_me(pk: int) -> Response:
    """End the session that the change came by, write an incident, tell the head."""
    session = resources().db()
    actor = actor_of(session)
    found = changes_since(session, actor, _midnight(), pk) if pk < 2**63 else ()
    change = next((one for one in found if one.is_mine), None)
    if change is None:
        abort(404)
    about = _about(change)
    assert actor.user_id is not None
    session.rollback()
    is_new = report(resources().engine, change.row.school_id, actor.user_id, actor.name, about, pk, language())
    ended_this = _end_session(change, actor)
    if is_new:
        note("sessions_ended", actor.user_id)
    flash(
        str(_("The session was ended and the administrator and the head were told. Change your password now.")),
        "warning",
    )
    return redirect("/login/" if ended_this else HERE, 303)


def _end_session(change: JournalChange, actor: Actor) -> bool:
    """End that session, or all others where it is not known; whether it was this very one."""
    here = browser_session()
    assert here is not None
    assert actor.user_id is not None
    if change.session is None:
        end_of(actor.user_id, but=here.row_id)
        return False
    if change.session == here.row_id:
        here.end()
        return True
    end_of(actor.user_id, one=change.session)
    return False


def _about(change: JournalChange) -> str:
    """Where and when, without the mark and the child: administrators read it."""
    row = change.row
    place = " · ".join(str(one) for one in (row.school_class, row.subject, row.term) if one)
    at = row.happened_at.astimezone(resources().settings.timezone)
    lesson = f"{row.date:%d.%m.%Y}" if row.date else ""
    return ", ".join(one for one in (place, lesson, f"{at:%d.%m.%Y %H:%M}", f"№ {row.number}") if one)


def _midnight() -> datetime:
    zone = resources().settings.timezone
    return datetime.combine(datetime.now(zone).date(), time(0), zone)
