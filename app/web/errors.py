"""Errors at the edge: each in words, as a page or as JSON, never with SQL, and with a number where it is our fault."""

import secrets
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, g, jsonify, render_template
from flask_wtf.csrf import CSRFError
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response

from app.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, SchoolError, TryLater
from app.web.config import LARGEST_REQUEST
from app.web.guard import is_api
from app.web.resources import resources
from app.words import Word, _
from app.words.errors import sentence

log = structlog.get_logger()

STATUS: dict[type[SchoolError], int] = {NotAllowed: 403, NotFound: 404, Conflict: 409, InvalidInput: 422, TryLater: 503}
SENTENCES: dict[int, Word] = {
    400: _("This request cannot be understood."),
    401: _("Sign in first."),
    403: _("You may not do this."),
    404: _("There is no such page."),
    405: _("This cannot be done here."),
    413: _("This is too large: here at most {limit} MB are taken."),
    415: _("Send JSON."),
    429: _("Too many tries. Wait a few minutes."),
    500: _("Something went wrong on our side. It is in the log under the number {incident}."),
    503: _("A part of the system is away for the moment. Try again soon."),
}
ADVICE: dict[int, Word] = {
    400: _("Go back, reload the page and try again."),
    403: _("If you need this for your work, ask the school’s administrator for the right to it."),
    404: _("Perhaps it was moved or deleted, or it is not for your account. Look in the menu."),
    405: _("Go back and use the page’s own buttons."),
    409: _("Go back, reload the page and repeat what is still needed; nothing was changed."),
    413: _("Send a smaller file or a shorter text."),
    422: _("Go back, mend it and send it again."),
    500: _("Try again. If it happens again, tell the school’s administrator the number."),
    503: _("Nothing was saved. Go back: the browser keeps what you typed."),
}
AWAY = (OperationalError, InterfaceError, PoolTimeout, RedisError)
FORM_TOO_OLD = _("The page is too old or was not sent by you. Reload it and try again.")


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, lambda error: answer(400, FORM_TOO_OLD))
    app.register_error_handler(SchoolError, answer_of)
    for away in AWAY:
        app.register_error_handler(away, _away)
    app.register_error_handler(DataError, lambda error: answer(400))
    for conflict in (IntegrityError, StaleDataError):
        app.register_error_handler(conflict, lambda error: answer_of(Conflict("conflict.changed")))
    app.register_error_handler(Exception, _unexpected)


def answer(status: int, text: Word | str | None = None, **figures: Any) -> Response:
    """A page or JSON that says what is wrong."""
    _leave_transaction()
    figures.setdefault("limit", (g.get("largest_request") or LARGEST_REQUEST) // 2**20)
    said = str(text if text is not None else Word(SENTENCES.get(status, SENTENCES[400]).text, **figures))
    if is_api():
        made: Response = jsonify(message=said)
    else:
        template = "error.html" if status in (403, 404, 405, 409, 422) else "error_bare.html"
        page = render_template(template, said=said, status=status, advice=ADVICE.get(status), trace=_trace(status))
        made = Response(page, content_type="text/html; charset=utf-8")
    made.status_code = status
    return made


def _trace(status: int) -> str:
    """The request’s number in the log; none for what is missing: a foreign page and an unknown one are alike."""
    if status == HTTPStatus.NOT_FOUND:
        return ""
    return str(structlog.contextvars.get_contextvars().get("trace", ""))


def answer_of(error: SchoolError) -> Response:
    """The answer to an error of the school's rules; wrong input is told by its field in JSON."""
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
    if isinstance(error, InvalidInput) and is_api():
        _leave_transaction()
        made: Response = jsonify(message={error.field: [sentence(error)]})
        made.status_code = status
        return made
    return answer(status, sentence(error) if status != HTTPStatus.NOT_FOUND else None)


def _http(error: HTTPException) -> Any:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if isinstance(error, InternalServerError):  # raised before a page was asked for: by the reading of its session, say
        cause = error.original_exception or error
        return _away(cause) if isinstance(cause, AWAY) else _unexpected(cause)
    made = answer(error.code if error.code in SENTENCES or error.code > 400 else 400)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            made.headers[name] = value
    return made


def _away(error: BaseException) -> Response:
    log.warning("request.part_away", error=type(error).__name__, reason=str(error.__cause__ or error)[:200])
    return answer(503)


def _unexpected(error: BaseException) -> Response:
    incident = secrets.token_hex(4)
    log.error("request.failed", incident=incident, exc_info=error)
    return answer(500, incident=incident)


def _leave_transaction() -> None:
    """What failed half way is undone before a page about it asks the database for anything."""
    with suppress(SQLAlchemyError):
        resources().db.rollback()
