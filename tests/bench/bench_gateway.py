"""The gateway's speed: messages a second beside a bare smpplib loop, and milliseconds from commit to submit_sm."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psycopg

from config import ROOT, Settings
from launcher import database as launcher_database
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.serving import serving
from tests.bench.bare import TEXT
from tests.support import SECRET_KEY, SchoolDatabase, settings_for

ROUNDS = 3
MESSAGES = 6_000
SINGLE_MESSAGES = 60
GIVE_UP_SECONDS = 60

GATEWAY = """
import sys, config
from app import logs
from sms_gateway.main import run_gateway
settings = config.load()
logs.configure("gateway", settings)
run_gateway(settings)
"""


def run() -> list[str]:
    """Lines to print; about a minute."""
    lines: list[str] = []
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder, _school(Path(folder)) as settings:
        for window in (50, 500):
            bare, own = [], []
            for _ in range(ROUNDS):
                bare.append(_bare(window))
                own.append(_through_the_gateway(settings, window))
            ratio = statistics.median(own) / statistics.median(bare)
            lines.append(
                f"gateway, window {window}: {statistics.median(own):,.0f} messages/s from queued rows to settled "
                f"receipts ({_range(own)}); bare smpplib loop {statistics.median(bare):,.0f}/s ({_range(bare)}); "
                f"ratio {ratio:.2f}"
            )
        milliseconds = sorted(_commit_to_submit(settings))
        lines.append(
            f"gateway, commit of a message to its submit_sm at idle: median {statistics.median(milliseconds):.1f} ms, "
            f"99th percentile {milliseconds[int(len(milliseconds) * 0.99)]:.1f} ms ({len(milliseconds)} messages)"
        )
    return lines


def _range(figures: list[float]) -> str:
    return f"{min(figures):,.0f}–{max(figures):,.0f}"


@contextmanager
def _school(folder: Path) -> Iterator[Settings]:
    """A database on a server as the launcher starts it, careful about power cuts, with one school."""
    sockets = folder / "sockets"
    sockets.mkdir()
    server = Postgres(folder / "var", sockets)
    server.create()
    with serving(server):
        server.create_database()
        made = SchoolDatabase("zvonok", server.url(), app_url(server.url(), SECRET_KEY))
        settings = settings_for(made, "redis://127.0.0.1:1/", folder / "var")
        launcher_database.prepare(settings)
        with psycopg.connect(made.owner_url, autocommit=True) as connection:
            connection.execute(
                "WITH school AS (INSERT INTO school (name, short_name, timezone, version)"
                " VALUES ('School', 'Sch', 'UTC', 1) RETURNING id)"
                " INSERT INTO school_setting (school_id, name, value, version)"
                " SELECT id, 'quiet_hours', 'no', 1 FROM school"
            )
        yield settings


@contextmanager
def _sink(*options: str) -> Iterator[tuple[int, IO[str]]]:
    """Its port, and what it says."""
    command = [sys.executable, "-m", "tests.bench.sink", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="ascii") as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline().split()[1]), process.stdout
        finally:
            process.kill()


@contextmanager
def _gateway(settings: Settings, port: int, window: int) -> Iterator[psycopg.Connection]:
    """A gateway bound to the sink; the owner's connection to its database, emptied."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "ZVONOK_VAR": str(settings.var),
        "ZVONOK_DATABASE_APP_URL": settings.database_app_url or "",
        "ZVONOK_SMSC_URL": f"smpp://zvonok:zvonok@127.0.0.1:{port}/?source=ZVONOK&window={window}",
    }
    with psycopg.connect(settings.database_url or "", autocommit=True) as connection:
        connection.execute("TRUNCATE sms_message, sms_part, sms_receipt, sms_delivery, sms_link CASCADE")
        with open(settings.var / "gateway.log", "ab") as log:
            process = subprocess.Popen([sys.executable, "-c", GATEWAY], cwd=ROOT, env=environment, stderr=log)
        try:
            _until(connection, "SELECT count(*) = 1 FROM sms_link WHERE state = 'bound'")
            yield connection
        finally:
            process.terminate()
            process.wait(20)


def _until(connection: psycopg.Connection, question: str, pause_seconds: float = 0.05) -> None:
    give_up_at = time.monotonic() + GIVE_UP_SECONDS
    while connection.execute(question.encode()).fetchone() != (True,):
        if time.monotonic() > give_up_at:
            raise TimeoutError(question)
        time.sleep(pause_seconds)


def _queue(connection: psycopg.Connection, messages: int) -> None:
    connection.execute(
        "INSERT INTO sms_message (school_id, phone, body, kind, priority, state, parts, attempts, expires_at, trace)"
        " SELECT (SELECT min(id) FROM school), '+7999' || lpad((n %% 1000000)::text, 7, '0'), %s, 'digest', 4,"
        " 'queued', 1, 0, now() + interval '1 day', md5(n::text) FROM generate_series(1, %s) AS n",
        (TEXT, messages),
    )


def _bare(window: int) -> float:
    with _sink() as (port, _):
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.bare", str(port), str(window), str(MESSAGES)],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
    return float(told.stdout)


def _through_the_gateway(settings: Settings, window: int) -> float:
    with _sink() as (port, _), _gateway(settings, port, window) as connection:
        _queue(connection, MESSAGES)
        began = connection.execute("SELECT clock_timestamp()").fetchone()
        _until(connection, "SELECT NOT EXISTS (SELECT FROM sms_message WHERE done_at IS NULL)", 0.2)
        ended = connection.execute("SELECT max(done_at), count(*) FILTER (WHERE state = 'delivered') FROM sms_message")
        last, delivered = ended.fetchone() or (None, 0)
        assert began is not None and delivered == MESSAGES
        return float(MESSAGES / (last - began[0]).total_seconds())


def _commit_to_submit(settings: Settings) -> list[float]:
    """Milliseconds from the return of the commit to the submit_sm at the SMSC, by one clock."""
    milliseconds = []
    with _sink("--times") as (port, says), _gateway(settings, port, 50) as connection:
        for _ in range(SINGLE_MESSAGES):
            _queue(connection, 1)
            committed = time.time()
            milliseconds.append(1000 * (float(says.readline()) - committed))
            _until(connection, "SELECT NOT EXISTS (SELECT FROM sms_message WHERE done_at IS NULL)", 0.01)
    return milliseconds


if __name__ == "__main__":
    print("\n".join(run()))
