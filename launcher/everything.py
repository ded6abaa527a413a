"""`python run.py`: everything on one machine, in order, until somebody asks for the end."""

import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import structlog

from config import ROOT, Settings
from launcher import addresses, children, demo, running
from launcher.attention import Attention
from launcher.errors import CannotStart, StopRequested
from launcher.keys import own_folder
from launcher.lock import only_one
from launcher.metrics import clear_metrics
from launcher.ports import why_not
from launcher.postgres import Postgres
from launcher.redis import Redis
from launcher.serving import Server, wait_until_it_answers
from launcher.sockets import socket_folder
from launcher.supervisor import Child, Supervisor

SECOND_TRIES_SECONDS = 8.0  # after a kill, processes of the old server may hold its shared memory for a moment

log = structlog.get_logger(__name__)


def run(settings: Settings) -> int:
    """Start all, say when the school is open, look after it, and end all; the exit status."""
    running.refuse_half_a_database(settings)
    with only_one(settings.var), Attention() as attention:
        was_killed = running.clear_after_unclean_end(settings.var)
        children.end_left_behind(settings.var)
        with socket_folder() as sockets, running.noted_sockets(settings.var, sockets):
            return _run(settings, attention, sockets, was_killed=was_killed)


def _run(settings: Settings, attention: Attention, sockets: Path, *, was_killed: bool) -> int:
    supervisor = Supervisor(attention)
    try:
        _refuse_taken_ports(settings, patience_seconds=5.0 if was_killed else 0.0, attention=attention)
        complete = _start_servers(running.with_secrets(settings), supervisor, sockets)
        _prepare(complete, attention)
        _start_children(complete, supervisor)
        _announce(complete, supervisor)
        while True:
            supervisor.look_after(60)
    except StopRequested:
        log.info("is ending")
        return 0
    finally:
        supervisor.end_all()
        (settings.var / "run" / "services.json").unlink(missing_ok=True)


def _refuse_taken_ports(settings: Settings, *, patience_seconds: float, attention: Attention) -> None:
    wanted = [("ZVONOK_PORT", settings.host, settings.port)]
    if settings.has_simulator:
        wanted.append(("ZVONOK_SIMULATOR_PORT", "127.0.0.1", settings.simulator_port))
        wanted.append(("ZVONOK_SIMULATOR_HTTP_PORT", "127.0.0.1", settings.simulator_http_port))
    give_up_at = time.monotonic() + patience_seconds
    for variable, host, port in wanted:
        while reason := why_not(host, port):
            if time.monotonic() >= give_up_at:
                raise CannotStart(f"Zvonok cannot start: {reason}. Set {variable} to another.")
            attention.pause(0.1)


def _start_servers(settings: Settings, supervisor: Supervisor, sockets: Path) -> Settings:
    """The settings with the addresses of the servers, which answer now."""
    owner_url, redis_url = settings.database_url, settings.redis_url
    if owner_url is None:
        postgres = Postgres(settings.var, sockets)
        postgres.create(supervisor.attention.wait)
        _start_server("postgres", postgres, supervisor)
        postgres.create_database()
        owner_url = postgres.url()
    if redis_url is None:
        redis = Redis(settings.var, sockets)
        _start_server("redis", redis, supervisor)
        redis_url = redis.url
    app_url = settings.database_app_url or addresses.app_url(owner_url, settings.secret_key)
    running.Services(owner_url, app_url, redis_url).publish(settings.var)
    return replace(settings, database_url=owner_url, database_app_url=app_url, redis_url=redis_url)


def _start_server(name: str, server: Server, supervisor: Supervisor) -> None:
    child = Child(name, server.start, server.stop_signal, patience_seconds=60, may_be_hurried=False)
    process = supervisor.start(child)
    give_up_at = time.monotonic() + SECOND_TRIES_SECONDS
    while True:
        try:
            wait_until_it_answers(server, process, supervisor.attention.pause)
            return
        except CannotStart:
            if time.monotonic() > give_up_at:
                raise
        supervisor.attention.pause(0.5)
        process = child.start()


def _prepare(settings: Settings, attention: Attention) -> None:
    """Migrations, roles, seeds, in a process of their own that can be broken off at any moment."""
    given = {
        **children.environment(settings, _metrics(settings)),
        "ZVONOK_DATABASE_URL": settings.database_url or "",
    }
    step = subprocess.Popen([sys.executable, "run.py", "prepare"], cwd=ROOT, env=given, stdin=subprocess.DEVNULL)
    if attention.wait(step) != 0:
        raise CannotStart("The database could not be made ready; the reason stands above.")


def _start_children(settings: Settings, supervisor: Supervisor) -> None:
    clear_metrics(_metrics(settings))
    given = children.environment(settings, _metrics(settings))
    for name in children.NAMES:
        if name != "simulator" or settings.has_simulator:
            supervisor.start(Child(name, partial(children.start, name, given, settings.var)))


def _metrics(settings: Settings) -> Path:
    return own_folder(settings.var / "run") / "metrics"


def _announce(settings: Settings, supervisor: Supervisor) -> None:
    """Wait until the web answers, then tell the address and who may sign in."""
    while not _is_healthy(settings):
        supervisor.look_after(0.1)
    print(f"Zvonok is open: {settings.public_url}", flush=True)
    if settings.is_demo:
        print(demo.announcement(settings), flush=True)


def _is_healthy(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    connection = HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
