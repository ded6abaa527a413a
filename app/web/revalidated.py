"""Pages that a browser may keep and ask about: answered without a body where they did not change.

Only for the own device of a family (docs/decisions/0026): on a shared or a school's computer nothing of a page about
people is kept, and signing out clears what is.
"""

from hashlib import sha256

from flask import Flask, g, make_response, request
from werkzeug.wrappers import Response

from app.web.session_kinds import FAMILY
from app.web.sessions import browser_session


def is_own_device() -> bool:
    """Whether the person said of this browser that it is the own one."""
    session = browser_session()
    return session is not None and session.account is not None and session.kind is FAMILY


def init_app(app: Flask) -> None:
    app.jinja_env.globals["own_device"] = is_own_device


def revalidated(page: str) -> Response:
    """The page with its tag; 304 where the browser has just this one."""
    response = make_response(page)
    if not is_own_device():
        return response
    g.page_is_kept = True
    response.set_etag(sha256(page.encode()).hexdigest()[:32], weak=True)
    return response.make_conditional(request)
