"""The worker's process: it does what is enqueued, outlives a restart of Redis, and ends in order."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis as Client
from rq import Worker
from sqlalchemy import Engine, select

from app.models import Notice
from app.services.jobs import DELIVER_NOTICES, SWEEP, enqueue
from app.session.actors import COMPOSER, Actor
from app.session.engine import transaction
from config import ROOT, Settings
from launcher.redis import Redis
from launcher.serving import serving
from tests.factories import MadeSchool, a_mark
from tests.services.test_compose import outbox, save
from tests.support import SchoolDatabase, settings_for
from tests.workers.test_clock import eventually

CODE = "import sys, config; from workers.main import run_worker; run_worker(config.load())"
Start = Callable[[Settings], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start(settings)` runs a worker as a process of its own."""
    made: list[subprocess.Popen[bytes]] = []

    def started(settings: Settings) -> "subprocess.Popen[bytes]":
        environment = {
            "ZVONOK_VAR": str(settings.var),
            "ZVONOK_REDIS_URL": settings.redis_url or "",
            "ZVONOK_DATABASE_APP_URL": settings.database_app_url or "",
        }
        with (tmp_path / "worker.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-c", CODE], cwd=ROOT, env=environment, stdout=log, stderr=log)
        made.append(process)
        return process

    yield started
    for process in made:
        process.kill()
        process.wait()


def workers_at(settings: Settings) -> int:
    with Client.from_url(settings.redis_url or "") as client:
        return Worker.count(connection=client)


def notices(engine: Engine) -> list[int]:
    with transaction(engine, COMPOSER) as session:
        return list(session.scalars(select(Notice.id)))


def test_what_is_enqueued_is_done_and_sigterm_ends_it_in_order(
    engine: Engine, teacher: Actor, made: MadeSchool, settings: Settings, start: Start
) -> None:
    worker = start(settings)
    eventually(lambda: workers_at(settings) == 1)
    save(engine, teacher, a_mark(made))

    assert enqueue(settings.redis_url or "", DELIVER_NOTICES, notices(engine))

    eventually(lambda: len(outbox(engine)) == 1)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert workers_at(settings) == 0


def test_a_worker_that_was_killed_leaves_nothing_undone(
    engine: Engine, teacher: Actor, made: MadeSchool, settings: Settings, start: Start
) -> None:
    worker = start(settings)
    eventually(lambda: workers_at(settings) == 1)
    worker.kill()
    worker.wait()
    save(engine, teacher, a_mark(made))
    enqueue(settings.redis_url or "", DELIVER_NOTICES, notices(engine))

    start(settings)

    eventually(lambda: len(outbox(engine)) == 1)


def test_it_outlives_a_restart_of_redis_and_of_its_database_connections(
    engine: Engine,
    teacher: Actor,
    made: MadeSchool,
    database: SchoolDatabase,
    tmp_path: Path,
    socket_folder: Path,
    start: Start,
) -> None:
    sockets = socket_folder / "second"
    sockets.mkdir(exist_ok=True)
    server = Redis(tmp_path / "redis", sockets)
    settings = settings_for(database, server.url, tmp_path / "var")
    with serving(server):
        worker = start(settings)
        eventually(lambda: workers_at(settings) == 1)
    time.sleep(1.5)
    (server.data / "appendonlydir").rename(server.data / "away")  # emptied too
    with serving(server):
        save(engine, teacher, a_mark(made))
        end_connections(engine)

        assert enqueue(server.url, DELIVER_NOTICES, notices(engine))
        assert enqueue(server.url, SWEEP)
        eventually(lambda: len(outbox(engine)) == 1)

        assert worker.poll() is None
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(10) == 0


def end_connections(engine: Engine) -> None:
    """As a restart of PostgreSQL does."""
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
