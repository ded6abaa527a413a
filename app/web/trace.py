"""One line in the log for each request, and an id that follows what it changes to the parent's phone."""

import time
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, g, request

from app.web import metrics
from app.web.accounts import Account
from app.web.sessions import browser_session

log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Call it first: what comes before has no trace."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(trace=uuid4().hex[:16])


def _end(response: Any) -> Any:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    endpoint = request.endpoint or "unknown"
    response.headers["X-Trace"] = structlog.contextvars.get_contextvars().get("trace", "")
    metrics.count_request(request.method, endpoint, response.status_code, seconds)
    if not (endpoint.endswith("static") or (request.path == "/healthz" and response.status_code == 200)):
        account = _account_if_known()
        log.info(
            "request",
            method=request.method,
            path=_path(),
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            user=account.id if account is not None else None,
        )
    return response


def _path() -> str:
    """Without its query, which may hold names, and without a key that opens something."""
    key = str((request.view_args or {}).get("key", ""))
    return request.path.replace(key, "…") if key else request.path


def _account_if_known() -> Account | None:
    """Without asking the database for the sake of a log line."""
    token: Account | None = g.get("token_account")
    session = browser_session()
    return token or (session.known_account if session is not None else None)
