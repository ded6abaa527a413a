"""Sessions of browsers: a row for each signed-in one, so that it can be ended; a signed cookie for all others.

The cookie of a signed-in person holds a random key, the row only its hash. A session is read when somebody first asks
for it: static files, health checks and API tokens cost no statement.
"""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any

import structlog
from flask import Flask, Request, Response, g, has_request_context, request, session
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from flask_wtf.csrf import generate_csrf
from itsdangerous import BadSignature
from sqlalchemy.exc import SQLAlchemyError

from app.web import session_rows as rows
from app.web.accounts import Account, account_of
from app.web.addresses import short_address
from app.web.devices import device_words
from app.web.session_kinds import KINDS, STAFF, Kind, idle_limit, kind_for

STEADY_TOKEN = "csrf_page"  # the form token, kept so that a page is the same bytes each time

log = structlog.get_logger()
_json = TaggedJSONSerializer()


class BrowserSession(SessionMixin):
    """What is kept of one browser between requests, and the account that is signed in there."""

    def __init__(self, key: str, visit: dict[str, Any]) -> None:
        self.key = key
        self.new = self.modified = False
        self.is_over = False  # its cookie names a session that has ended
        self.is_use = True  # whether this request is a person's doing: of a page that looks by itself it is not
        self.kind: Kind = STAFF
        self._found: Any = None
        self._visit = visit
        self._account: Account | None = None

    @cached_property
    def _content(self) -> dict[str, Any]:
        if not self.key:
            return self._visit
        row = rows.find(self.key)
        content = _json.loads(row.content.decode()) if row is not None else {}
        account = account_of(row) if row is not None else None
        if row is None or account is None or not account.active or content.pop("_stamp", "") != account.stamp:
            self.key, self.is_over = "", True
            return self._visit
        self._account, self._found, self.kind = account, row, KINDS.get(row.kind, STAFF)
        return content

    @property
    def account(self) -> Account | None:
        """Who is signed in here."""
        _ = self._content
        return self._account

    @property
    def own_keys(self) -> Any:
        """What its row told of the account's keys, for who acts in this request; None of one that has just begun."""
        return self._found.own_keys if self.account is not None and self._found is not None else None

    @property
    def row_id(self) -> int:
        """The number of its row; 0 for one that has just begun."""
        return self._found.session_id if self._found is not None else 0

    @property
    def idle_limit(self) -> timedelta | None:
        """After how long without use it locks; None: never."""
        account = self.account
        return idle_limit(self.kind, account) if account is not None else None

    @property
    def seconds_left(self) -> float | None:
        """How long until it locks; 0 where it is locked, None where it never does."""
        limit = self.idle_limit
        if self._found is None:
            return limit.total_seconds() if limit is not None else None
        if self._found.locked_at is not None:
            return 0
        return max(0.0, (limit - self._found.unused_for).total_seconds()) if limit is not None else None

    @property
    def is_locked(self) -> bool:
        """Whether the password has to be given before anything else is answered."""
        return self.seconds_left == 0

    @property
    def is_proved(self) -> bool:
        """Whether the password was given here a short time ago."""
        account = self.account
        return account is not None and (self._found is None or self._found.proved_for < account.rules.proof)

    def begin(self, account: Account, *, is_shared: bool = False) -> None:
        """Sign the account in: a new key, a row, and nothing of what the browser brought along."""
        self.end()
        self.key, self.new, self.is_over = secrets.token_urlsafe(32), True, False
        self.__dict__["_content"], self._visit, self._account, self._found = {}, {}, account, None
        self.kind = kind_for(account, is_shared)
        self[STEADY_TOKEN] = generate_csrf()
        self.modified = False
        rows.insert_row(
            self.key, account.id, self.dumped(), self.kind, device=device_words(request), address=short_address(request)
        )

    def end(self) -> None:
        """Sign out: the row goes now, whoever else holds a copy of the cookie."""
        if self.account is not None:
            rows.end(self.key)
        self.key, self._account, self._found = "", None, None
        self.new, self.modified, self.is_over = False, True, True
        self.__dict__["_content"], self._visit = {}, {}
        g.pop("csrf_token", None)

    def lock(self) -> None:
        """From now on the password is asked first."""
        rows.lock(self.key)
        self.is_use = False

    def prove(self) -> None:
        """The password was given: what was locked is open, and sensitive acts are allowed for a while."""
        rows.prove(self.key)
        self._found = rows.find(self.key)

    def keep(self) -> None:
        """Write what changed, and now and then that the person is still there."""
        if "_content" not in self.__dict__ or self._account is None:
            return
        is_use = self.is_use and not self.is_locked
        is_stale = self._found is not None and (
            self._found.is_unused_lately if is_use else self._found.is_unseen_lately
        )
        if self.modified or is_stale:
            rows.keep(self.key, self.kind, content=self.dumped() if self.modified else None, is_use=is_use)

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
            return dict(signer.loads(signed, max_age=int(STAFF.idle_life.total_seconds())))
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
            age = session.kind.whole_life if session.kind.is_kept else None
            response.set_cookie(self.session_cookie, session.key, max_age=age, **cookie)  # type: ignore[arg-type]
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


def browser_session() -> BrowserSession | None:
    """That of the current request."""
    if not has_request_context():
        return None
    found = session._get_current_object()  # type: ignore[attr-defined]
    return found if isinstance(found, BrowserSession) else None
