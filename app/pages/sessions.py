"""One's own sessions: where one is signed in, what happened with the account, and how to end what is not one's own."""

from flask import Blueprint, abort, flash, redirect, render_template
from werkzeug.wrappers import Response

from app.web.account_events import WORDS, events_of, note
from app.web.actors import current_account
from app.web.guard import signed_in
from app.web.resources import resources
from app.web.session_kinds import KINDS
from app.web.session_rows import end_of, sessions_of
from app.web.sessions import browser_session
from app.words import _

pages = Blueprint("sessions", __name__)


@pages.get("/sessions/")
@signed_in
def own() -> str:
    session = browser_session()
    return render_template(
        "accounts/sessions.html",
        sessions=sessions_of(_me()),
        this_one=session.row_id if session is not None else 0,
        kinds={kind.name: kind.words for kind in KINDS.values()},
        events=events_of(_me()),
        event_words=WORDS,
        zone=resources().settings.timezone,
    )


@pages.post("/sessions/<int:pk>/end")
@signed_in
def end(pk: int) -> Response:
    """End one of the own sessions; a foreign one and one that there never was are told alike."""
    if pk >= 2**63 or not end_of(_me(), one=pk):
        abort(404)
    note("sessions_ended", _me())
    flash(str(_("That session is ended.")), "success")
    return redirect("/sessions/", 303)


@pages.post("/sessions/end-others")
@signed_in
def end_others() -> Response:
    """End all of them but this one."""
    session = browser_session()
    ended = end_of(_me(), but=session.row_id if session is not None else 0)
    if ended:
        note("sessions_ended", _me())
    flash(str(_("Sessions that were ended: {count}.", count=ended)), "success")
    return redirect("/sessions/", 303)


def _me() -> int:
    account = current_account()
    assert account is not None
    return account.id
