"""Who acts in this request: the account of the session or of the token, with its keys and permissions.

The keys of a browser's session come with its row; those of a token are a query of their own.
"""

from datetime import datetime

from flask import g, has_request_context
from sqlalchemy.orm import Session

from app.session.actors import Actor
from app.session.keys import actor_with, by_kind, load_actor
from app.session.reasons import came_by
from app.web.accounts import Account
from app.web.resources import resources
from app.web.sessions import browser_session


def current_account() -> Account | None:
    """Who is signed in: by an API token that was verified, else by the browser's session."""
    if not has_request_context():
        return None
    token: Account | None = g.get("token_account")
    if token is not None:
        return token
    session = browser_session()
    return session.account if session is not None else None


def actor_of_request(session: Session) -> Actor | None:
    """What the session of the database asks for when it first needs an actor; it keeps the answer for its life."""
    account = current_account()
    if account is None:
        return None
    browser = browser_session()
    if browser is not None and g.get("token_account") is None:
        came_by(session, browser.row_id)
        if browser.own_keys is not None:
            return actor_with(by_kind(browser.own_keys), account.id, account.full_name)
    today = datetime.now(resources().settings.timezone).date()
    return load_actor(session, account.id, account.full_name, today)


def current_actor() -> Actor | None:
    """The actor of this request; None where nobody is signed in."""
    session = resources().db()
    if "actor" not in session.info:
        actor = actor_of_request(session)
        if actor is None:
            return None
        session.info["actor"] = actor
    return session.info["actor"]
