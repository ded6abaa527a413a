"""Logging of every process: one line an event, with process and trace, and without secrets and phone numbers."""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from config import Settings

HIDDEN = "…"
_SECRET_KEYS = re.compile(r"password|passwd|token|secret|(^|_)code$|body|cookie|authorization|(^|_)pin$", re.IGNORECASE)
_SECRET_IN_TEXT = re.compile(
    r"(?P<key>\b(?:password|passwd|token|secret|code|body)\b[\"']?\s*[=:]\s*[\"']?)(?P<value>[^\s\"'&,;)}]+)",
    re.IGNORECASE,
)
_PASSWORD_IN_URL = re.compile(r"(?P<start>\b[a-z][a-z+]*://[^\s:/@]*:)[^\s@/]+(?=@)", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.:+-])\+?\d[\d ()-]{8,17}\d(?![\w.:-])")
# What PostgreSQL adds to an error, and SQLAlchemy to a statement: the row and the values, which are people's.
_ROW = re.compile(
    r"(?P<key>^DETAIL: +|\[parameters: ).*?(?=\n(?:CONTEXT|HINT|STATEMENT|LINE|\[SQL|\(Background)|\Z)", re.M | re.S
)
_FIRST = ("timestamp", "level", "process", "event")  # the order of a line that people read
_QUIET = {
    "alembic": logging.WARNING,
    "flask_appbuilder": logging.WARNING,
    "flask_appbuilder.security.manager": logging.ERROR,  # it warns that nobody has an account yet
    "rq": logging.WARNING,
    "smpplib": logging.WARNING,
    "werkzeug": logging.WARNING,
}


def configure(process: str, settings: Settings, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's logging to one stream: JSON, or readable lines in a terminal."""
    out = stream or sys.stderr
    structlog.configure(
        processors=[*_shared(process), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_shared(process)],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(readable=out.isatty() and settings.is_demo),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)


def _shared(process: str) -> list[Processor]:
    def name_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event.setdefault("process", process)
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_process,
    ]


def _rendering(*, readable: bool) -> Iterable[Processor]:
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if readable:
        last = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    return [structlog.processors.format_exc_info, scrub, last]


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Hide the values of secret keys, and all but the last two digits of phone numbers, at any depth."""
    first = {key: event[key] for key in _FIRST if key in event}
    return {key: _scrubbed(key, value) for key, value in {**first, **event}.items()}


def _scrubbed(key: str, value: Any) -> Any:
    if key in ("timestamp", "level", "logger", "process", "pid", "trace"):
        return value
    if _SECRET_KEYS.search(key):
        return HIDDEN
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, bytes) or (isinstance(value, int) and len(str(value)) >= 10):
        return without_secrets(str(value))
    if isinstance(value, dict):
        return {str(name): _scrubbed(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_scrubbed("", inner) for inner in value]
    return value


def without_secrets(text: str) -> str:
    """A text with what looks like a password, a code or a phone number masked."""
    text = _ROW.sub(rf"\g<key>{HIDDEN}", text)
    text = _PASSWORD_IN_URL.sub(rf"\g<start>{HIDDEN}", text)
    text = _SECRET_IN_TEXT.sub(rf"\g<key>{HIDDEN}", text)
    return _PHONE.sub(_masked_phone, text)


def _masked_phone(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return f"{HIDDEN}{digits[-2:]}" if 10 <= len(digits) <= 15 else found[0]
