"""A teacher who leaves the room leaves nothing open: locked sessions, and the password before sensitive acts.

Both ask on a page that carries the form that was sent, so that giving the password goes on with just that act.

    @expose("/", methods=("POST",))
    @has_access
    @recently_proved            # of a whole view: only what changes something is asked
    def save(self): ...

    ask_for_proof()             # in the middle of one, before anything was written: where only some acts are sensitive
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from app.web import accounts
from app.web.actors import current_account
from app.web.addresses import client_address
from app.web.devices import known_device
from app.web.errors import answer
from app.web.guard import SAFE_METHODS, is_api, policy_of
from app.web.resources import resources
from app.web.sessions import BrowserSession, browser_session
from app.web.throttle import SIGN_IN, Throttle
from app.words import Word, _

View = TypeVar("View", bound=Callable[..., Any])

FIELD = "proof_password"
LOCKED = _("The page is locked: nobody has used it for a while, or it was locked by hand.")
SENSITIVE = _("This needs your password again: somebody else could sit here.")
WRONG = _("This is not your password.")
TOO_MANY = _("Too many tries. Wait a few minutes.")
LOCKED_API = _("This session is locked. Give the password in the browser.")
CHANGE_FIRST = _("Somebody else made your password. Choose an own one first.")
ONE_TIME_OVER = _(
    "This one-time password was good for {days} days, and they are over. {who} gives you a new one: ask there."
)
ADMINISTRATOR = _("The school’s administrator")
ENROL_FIRST = _("Your role needs a second factor. Set it up in the browser first.")


class ProofNeeded(Exception):
    """The password was given too long ago for what is to be done."""


def init_app(app: Flask) -> None:
    """Call it after CSRF: whoever guesses here must at least have been shown a page of ours."""
    app.before_request(_take_proof)
    app.before_request(_hold)
    app.register_error_handler(ProofNeeded, lambda error: _refuse_or_ask())
    app.jinja_env.globals["lock_seconds"] = _lock_seconds


def polled(view: View) -> View:
    """Mark a view that an open page asks by itself: being asked is no use of the session."""
    view.is_polled = True  # type: ignore[attr-defined]
    return view


def while_locked(view: View) -> View:
    """Mark a view that answers in a locked session too; it tells nothing of the school."""
    view.is_open_while_locked = view.is_open_without_factor = True  # type: ignore[attr-defined]
    return with_one_time_password(view)


def with_one_time_password(view: View) -> View:
    """Mark a view that answers to who still has to choose an own password."""
    view.is_open_with_one_time = True  # type: ignore[attr-defined]
    return view


def without_second_factor(view: View) -> View:
    """Mark a view that answers to who still has to set up a second factor."""
    view.is_open_without_factor = True  # type: ignore[attr-defined]
    return view


def recently_proved(view: View) -> View:
    """Let what changes something be done only by who gave the password a short time ago (setting `proof_minutes`)."""

    @wraps(view)
    def asking(*arguments: Any, **named: Any) -> Any:
        if request.method not in SAFE_METHODS:
            ask_for_proof()
        return view(*arguments, **named)

    return asking  # type: ignore[return-value]


def ask_for_proof() -> None:
    """Leave with a page that asks for the password, unless it was given a short time ago. Raises ProofNeeded."""
    session = browser_session()
    if session is None or not session.is_proved:
        raise ProofNeeded


def prove(session: BrowserSession, password: str) -> tuple[Word, int] | None:
    """Take the password of who is signed in; what is wrong with it, and the status of that answer."""
    account = session.account
    assert account is not None
    throttle = Throttle(
        resources().redis, SIGN_IN, account.username, client_address(request), known_device(request, account.username)
    )
    if throttle.is_closed():
        return TOO_MANY, 429
    if not accounts.is_password_of(account, password):
        throttle.count()
        return WRONG, 422
    throttle.forget()
    session.prove()
    return None


def one_time_over(account: accounts.Account) -> Word:
    """What is told to who gave a one-time password that was left too long, and whom to ask."""
    who = accounts.who_made_password(account) or ADMINISTRATOR
    return Word(ONE_TIME_OVER.text, days=account.rules.one_time_life.days, who=who)


def _take_proof() -> Response | None:
    if request.method != "POST" or is_api() or FIELD not in request.form:
        return None
    session = browser_session()
    if session is None or session.account is None:
        return None
    wrong = prove(session, request.form[FIELD])
    if wrong is not None:
        return _page(LOCKED if session.is_locked else SENSITIVE, session, *wrong)
    request.form = _form_kept()  # what goes on is the act itself
    return None


def _hold() -> Response | None:
    if request.endpoint is None or policy_of(current_app, request.endpoint) == "public":
        return None
    view, session, account = current_app.view_functions[request.endpoint], browser_session(), current_account()
    if session is None or account is None:
        return None
    session.is_use = not getattr(view, "is_polled", False)
    if session.is_locked and not hasattr(view, "is_open_while_locked"):
        return answer(423, LOCKED_API) if is_api() else _page(LOCKED, session, None, 423)
    if account.must_change_password:  # before the second factor: that is the owner's to set up
        if hasattr(view, "is_open_with_one_time"):
            return None
        return answer(403, CHANGE_FIRST) if is_api() else redirect("/password/", 303)
    if account.lacks_second_factor and not hasattr(view, "is_open_without_factor"):
        if is_api():
            return answer(403, ENROL_FIRST)
        return redirect(url_for("second_factor.show"), 303)
    return None


def _refuse_or_ask() -> Response:
    session = browser_session()
    resources().db.rollback()
    if is_api() or session is None or session.account is None:
        raise Forbidden()
    return _page(SENSITIVE, session, None, 403)


def _form_kept() -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict([(name, value) for name, value in request.form.items(multi=True) if name != FIELD])


def _page(why: Word, session: BrowserSession, wrong: Word | None, status: int) -> Response:
    is_form = request.method not in SAFE_METHODS
    here = request.full_path.rstrip("?")
    fields = [(name, value) for name, value in _form_kept().items(multi=True) if name != "csrf_token"]
    page = render_template(
        "accounts/confirm.html",
        why=why,
        wrong=wrong,
        is_locked=session.is_locked,
        action=here if is_form else url_for("lock.unlock", next=here),
        fields=fields if is_form else [],
        has_files=bool(request.files),
    )
    return make_response(page, status)


def _lock_seconds() -> int | None:
    """After how many seconds without use this page locks; None: it does not, or nobody is signed in."""
    session = browser_session()
    limit = session.idle_limit if session is not None and session.known_account is not None else None
    return int(limit.total_seconds()) if limit is not None else None
