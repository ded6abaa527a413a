"""The lock of a page that nobody has used for a while: how long until then, opening it again, locking it by hand."""

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from app.web.guard import local_path, signed_in
from app.web.locks import polled, while_locked
from app.web.sessions import browser_session

pages = Blueprint("lock", __name__)


@pages.get("/lock/state")
@signed_in
@while_locked
@polled
def state() -> Response:
    """How many seconds are left; null: it never locks. Asked by the page's script when it seems to be time."""
    session = browser_session()
    return jsonify(left=session.seconds_left if session is not None else 0)


@pages.get("/lock/dialog")
@signed_in
@while_locked
@polled
def dialog() -> str:
    """What covers the page; fetched by its script when the page has been open for a while."""
    return render_template("shell/lock.html")


@pages.post("/lock/used")
@signed_in
def used() -> Answer:
    """Somebody types or points on a page that asks the server for nothing."""
    return Answer(status=204)


@pages.post("/unlock")
@signed_in
@while_locked
def unlock() -> Answer:
    """The password was taken by app/web/locks.py before it came here; without one the page is asked for again."""
    if request.headers.get("Zvonok-Part") == "lock":
        session = browser_session()
        return Answer(status=423 if session is None or session.is_locked else 204)
    return redirect(local_path(request.args.get("next")), 303)


@pages.post("/lock")
@signed_in
@while_locked
def lock() -> Answer:
    """Lock it now."""
    session = browser_session()
    if session is not None and session.idle_limit is not None:
        session.lock()
    return redirect("/", 303)
