"""What the gateway's benchmarks share: a school on a careful server, a sink, gateways in processes, a queue to fill."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil
import psycopg

from config import ROOT, Settings
from launcher import database as launcher_database
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.serving import serving
from tests.bench.bare import TEXT
from tests.support import SECRET_KEY, SchoolDatabase, settings_for

GIVE_UP_SECONDS = 300
ALL_SETTLED = "SELECT NOT EXISTS (SELECT FROM sms_message WHERE done_at IS NULL)"

_GATEWAY = """
import sys, config
from app import logs
from sms_gateway.main import run_gateway
settings = config.load()
logs.configure("gateway", settings)
run_gateway(settings)
"""

_SCHOOL = """
WITH school AS (INSERT INTO school (name, short_name, timezone, version) VALUES ('School', 'Sch', 'UTC', 1)
    RETURNING id)
INSERT INTO school_setting (school_id, name, value, version) SELECT id, 'quiet_hours', 'no', 1 FROM school
"""

# Digests without a subscription: no right of theirs has to be looked up.
_QUEUE = """
INSERT INTO sms_message (school_id, phone, body, kind, priority, state, parts, attempts, expires_at, trace)
SELECT (SELECT min(id) FROM school), '+7999' || lpad((n %% 1000000)::text, 7, '0'), %s, 'digest', 4, 'queued', 1, 0,
    now() + interval '1 day', md5(n::text) FROM generate_series(1, %s) AS n
"""


@dataclass
class Sink:
    """The running sink: its port, and what it says."""

    port: int
    says: IO[str]


@dataclass
class Running:
    """Gateways at work, and the owner's connection to their database."""

    connection: psycopg.Connection
    processes: list["subprocess.Popen[bytes]"]

    @property
    def megabytes(self) -> float:
        """Resident memory of all of them."""
        return sum(psutil.Process(process.pid).memory_info().rss for process in self.processes) / 2**20

    def queue(self, messages: int) -> None:
        self.connection.execute(_QUEUE, (TEXT, messages))

    def until(self, question: str = ALL_SETTLED, pause_seconds: float = 0.2) -> None:
        """Ask the database until it says yes; raises TimeoutError."""
        give_up_at = time.monotonic() + GIVE_UP_SECONDS
        while self.connection.execute(question.encode()).fetchone() != (True,):
            if time.monotonic() > give_up_at:
                raise TimeoutError(question)
            time.sleep(pause_seconds)


@contextmanager
def a_school(folder: Path) -> Iterator[Settings]:
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
            connection.execute(_SCHOOL)
        yield settings


@contextmanager
def a_sink(*options: str) -> Iterator[Sink]:
    command = [sys.executable, "-m", "tests.bench.sink", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="ascii") as process:
        try:
            assert process.stdout is not None
            yield Sink(int(process.stdout.readline().split()[1]), process.stdout)
        finally:
            process.kill()


@contextmanager
def gateways(settings: Settings, sink: Sink, window: int, processes: int = 1) -> Iterator[Running]:
    """So many gateways bound to the sink, on emptied tables."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "ZVONOK_VAR": str(settings.var),
        "ZVONOK_DATABASE_APP_URL": settings.database_app_url or "",
        "ZVONOK_SMSC_URL": f"smpp://zvonok:zvonok@127.0.0.1:{sink.port}/?source=ZVONOK&window={window}",
    }
    with ExitStack() as stack:
        connection = stack.enter_context(psycopg.connect(settings.database_url or "", autocommit=True))
        connection.execute("TRUNCATE sms_message, sms_part, sms_receipt, sms_delivery, sms_link CASCADE")
        log = stack.enter_context(open(settings.var / "gateway.log", "ab"))
        started = []
        for _ in range(processes):
            process = subprocess.Popen([sys.executable, "-c", _GATEWAY], cwd=ROOT, env=environment, stderr=log)
            stack.callback(_end, process)
            started.append(process)
        for _ in started:
            assert sink.says.readline() == "bound\n"
        yield Running(connection, started)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(20)
