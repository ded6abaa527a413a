"""Signing in beside the bare cost of the password's hash, and a request with the sessions' table beside one without."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
from flask import Flask
from werkzeug.security import check_password_hash, generate_password_hash

from app.factory import create_app
from app.web import session_rows
from app.web.resources import resources
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.redis import Redis
from launcher.serving import serving
from tests.factories import a_school
from tests.support import SECRET_KEY, SchoolDatabase, install, settings_for
from tests.web_support import Browser, client_for

PASSWORD = "верблюд рисует снег"
TIMES, REQUESTS = 15, 200
PATHS = {"an answer from the session alone": "/lock/state", "the start page": "/"}


def run() -> list[str]:
    """Lines to print; half a minute."""
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as name, _school(Path(name)) as app:
        return [_signing_in(app), *_requests(app)]


@contextmanager
def _school(folder: Path) -> Iterator[Flask]:
    """A school whose teacher has a password hashed as the product hashes it."""
    (folder / "sockets").mkdir()
    server, redis = Postgres(folder / "var", folder / "sockets"), Redis(folder / "var", folder / "sockets")
    server.create()
    with serving(server), serving(redis):
        server.create_database()
        made = SchoolDatabase("zvonok", server.url(), app_url(server.url(), SECRET_KEY))
        settings = settings_for(made, redis.url, folder / "var")
        install(settings)
        app = create_app(settings)
        with closing(resources(app)):
            a_school(resources(app).engine)
            with psycopg.connect(made.owner_url) as connection:
                hashed = generate_password_hash(PASSWORD, method="scrypt")
                connection.execute("UPDATE ab_user SET password = %s WHERE username = 'teacher'", (hashed,))
            yield app


def _signing_in(app: Flask) -> str:
    """In one process, so on one core: page and session, throttle in Redis, rows in PostgreSQL."""
    kept, browser = generate_password_hash(PASSWORD, method="scrypt"), Browser(app)
    browser.get("/login/")

    def sign_in() -> None:
        sent = browser.post("/login/", {"username": "teacher", "password": PASSWORD})
        assert sent.status_code == 303, sent.text
        browser.get("/sessions/")

    spent: dict[str, list[float]] = {"bare": [], "whole": []}
    for _ in range(TIMES):  # by turns, so that whatever else the machine does falls on both
        spent["bare"].append(_seconds(lambda: check_password_hash(kept, PASSWORD)))
        spent["whole"].append(_seconds(sign_in))
    bare, whole = (1 / statistics.median(spans) for spans in spent.values())
    return f"(f) sign-ins on one core, each with a page: {whole:.1f}/s; the bare password hash: {bare:.1f}/s"


def _requests(app: Flask) -> list[str]:
    """The same answers, with the session's row read from its table and with the row kept in the process."""
    browser, lines = client_for(app, "teacher", PASSWORD), []
    for what, path in PATHS.items():
        browser.get(path)
        find, held = session_rows.find, dict[str, Any]()

        def remembered(key: str, find: Callable[[str], Any] = find, held: dict[str, Any] = held) -> Any:
            if key not in held:
                held[key] = find(key)
            return held[key]

        stored, without = [], []
        for _ in range(REQUESTS):
            stored.append(_seconds(lambda path=path: browser.get(path)))
            with patch.object(session_rows, "find", remembered):
                without.append(_seconds(lambda path=path: browser.get(path)))
        read, kept = statistics.median(stored) * 1000, statistics.median(without) * 1000
        lines.append(f"(f) {what}: {read:.2f} ms with the sessions' table, {kept:.2f} ms without it")
    return lines


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
