"""Sessions of browsers: a row for each signed-in one, so that it can be ended; a signed cookie for all others.

The cookie of a signed-in person holds a random key, the row only its hash. A session is read when somebody first asks
for it: static files, health checks and API tokens cost no statement.
"""

import hashlib
import secrets
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any

import structlog
from flask import Flask, Request, Response, g, has_request_context, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from flask_appbuilder.security.sqla.models import User
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.models.access import WebSession
from app.web.accounts import COLUMNS, Account, account_of
from app.web.resources import resources

IDLE_LIFE = timedelta(hours=12)
WHOLE_LIFE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)
STEADY_TOKEN = "csrf_page"  # the form token, kept so that a page is the same bytes each time

log = structlog.get_logger()
_json = TaggedJSONSerializer()

_FOUND = (
    select(WebSession.content, (WebSession.seen_at < func.now() - SEEN_EVERY).label("is_stale"), *COLUMNS)
    .join(User, User.id == WebSession.user_id)
    .where(WebSession.expires_at > func.now())
)


class BrowserSession(SessionMixin):
    """What is kept of one browser between requests, and the account that is signed in there."""

    def __init__(self, key: str, visit: dict[str, Any]) -> None:
        self.key = key
        self.new = self.modified = False
        self.is_over = False  # its cookie names a session that has ended
        self._is_stale = False
        self._visit = visit
        self._account: Account | None = None

    @cached_property
    def _content(self) -> dict[str, Any]:
        if not self.key:
            return self._visit
        with resources().reads.connect() as connection:
            row = connection.execute(_FOUND.where(WebSession.key_hash == _hash(self.key))).one_or_none()
        content = _json.loads(row.content.decode()) if row is not None else {}
        account = account_of(row) if row is not None else None
        if row is None or account is None or not account.active or content.pop("_stamp", "") != account.stamp:
            self.key, self.is_over = "", True
            return self._visit
        self._account, self._is_stale = account, row.is_stale
        return content

    @property
    def account(self) -> Account | None:
        """Who is signed in here."""
        _ = self._content
        return self._account

    def begin(self, account: Account) -> None:
        """Sign the account in: a new key, a row, and nothing of what the browser brought along."""
        self.end()
        self.key, self.new, self.is_over = secrets.token_urlsafe(32), True, False
        self.__dict__["_content"], self._visit, self._account = {}, {}, account
        self[STEADY_TOKEN] = generate_csrf()
        self.modified = False
        row = {
            "key_hash": _hash(self.key),
            "user_id": account.id,
            "content": self.dumped(),
            "expires_at": func.now() + IDLE_LIFE,
        }
        with resources().engine.begin() as connection:
            connection.execute(delete(WebSession).where(WebSession.expires_at < func.now()))
            connection.execute(insert(WebSession).values(**row))

    def end(self) -> None:
        """Sign out: the row goes now, whoever else holds a copy of the cookie."""
        if self.account is not None:
            with resources().engine.begin() as connection:
                connection.execute(delete(WebSession).where(WebSession.key_hash == _hash(self.key)))
        self.key, self._account, self.new, self.modified, self.is_over = "", None, False, True, True
        self.__dict__["_content"], self._visit = {}, {}
        g.pop("csrf_token", None)

    def keep(self) -> None:
        """Write what changed, and at most once a minute that the person is still there."""
        if "_content" not in self.__dict__ or self._account is None or not (self.modified or self._is_stale):
            return
        values: dict[str, Any] = {
            "seen_at": func.now(),
            "expires_at": func.least(func.now() + IDLE_LIFE, WebSession.created_at + WHOLE_LIFE),
        }
        if self.modified:
            values["content"] = self.dumped()
        with resources().engine.begin() as connection:
            connection.execute(update(WebSession).where(WebSession.key_hash == _hash(self.key)).values(**values))

    def dumped(self) -> bytes:
        stamp = {"_stamp": self._account.stamp} if self._account is not None else {}
        return _json.dumps({**self._content, **stamp}).encode()

    @property
    def known_account(self) -> Account | None:
        """Who is signed in here, as far as is known without asking the database."""
        return self._account

    @property
    def visit(self) -> dict[str, Any] | None:
        """What to keep in the cookie of a signed-out browser; None: leave the cookie as it is."""
        return self._content if self.modified and not self.key else None

    def __getitem__(self, name: str) -> Any:
        return self._content[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._content[name] = value
        self.modified = True

    def __delitem__(self, name: str) -> None:
        del self._content[name]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


class Sessions(SessionInterface):
    """Flask's way to sessions. Cookies: `session` with the key, `visit` with what a signed-out browser needs."""

    def __init__(self, is_https: bool) -> None:
        prefix = "__Host-" if is_https else ""
        self.is_https, self.session_cookie, self.visit_cookie = is_https, f"{prefix}session", f"{prefix}visit"

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        if shows_token(request):  # who shows a token acts by the token alone
            return BrowserSession("", {})
        return BrowserSession(request.cookies.get(self.session_cookie, ""), self._visit(app, request))

    def _visit(self, app: Flask, request: Request) -> dict[str, Any]:
        signed = request.cookies.get(self.visit_cookie)
        signer = SecureCookieSessionInterface().get_signing_serializer(app)
        if not signed or signer is None:
            return {}
        try:
            return dict(signer.loads(signed, max_age=int(IDLE_LIFE.total_seconds())))
        except (BadSignature, ValueError, TypeError):
            return {}

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, BrowserSession)
        try:
            session.keep()
        except SQLAlchemyError as lost:  # the page is made already; what is lost is a message or a minute
            log.warning("session.not_kept", error=type(lost).__name__)
        cookie = {"path": "/", "httponly": True, "samesite": "Lax", "secure": self.is_https}
        if session.accessed:
            response.vary.add("Cookie")
        if session.new:
            response.set_cookie(self.session_cookie, session.key, **cookie)  # type: ignore[arg-type]
        if session.is_over:
            response.delete_cookie(self.session_cookie, **cookie)  # type: ignore[arg-type]
        visit = session.visit
        if visit:
            signer = SecureCookieSessionInterface().get_signing_serializer(app)
            assert signer is not None
            response.set_cookie(self.visit_cookie, str(signer.dumps(visit)), **cookie)  # type: ignore[arg-type]
        elif visit == {} or session.new:
            response.delete_cookie(self.visit_cookie, **cookie)  # type: ignore[arg-type]


def shows_token(request: Request) -> bool:
    """Whether the request brings an API token, be it a good one or not. Other schemes are a proxy's affair."""
    return request.headers.get("Authorization", "").lower().startswith("bearer")


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def browser_session() -> BrowserSession | None:
    """That of the current request."""
    if not has_request_context():
        return None
    found = session._get_current_object()  # type: ignore[attr-defined]
    return found if isinstance(found, BrowserSession) else None


def end_sessions(user_id: int) -> None:
    """End every session of the account, in all of its browsers."""
    with resources().engine.begin() as connection:
        connection.execute(delete(WebSession).where(WebSession.user_id == user_id))
