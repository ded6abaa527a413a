"""Servers and databases for every test that needs them: real PostgreSQL and Redis, each database fresh."""

import itertools
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from config import Settings
from launcher import sockets
from launcher.addresses import app_url
from launcher.postgres import Postgres
from launcher.redis import Redis
from launcher.serving import serving
from tests import pristine
from tests.running import RunningSchool, running_school
from tests.support import SECRET_KEY, SchoolDatabase, install, settings_for

TEMPLATE = "zvonok_template"
UNSAFE_AND_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test wants told at the end (`("told", …)` in its properties), also where another process ran it."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, words in getattr(report, "user_properties", ()):
                if name == "told":
                    terminalreporter.write_line(words)


@pytest.fixture(scope="session", autouse=True)
def _a_hangup_is_heard() -> Iterator[None]:
    """Also where the tests were started by nohup: what they start inherits whether a hang-up counts."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command that a test calls sets up its logging; the next test finds it as before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def socket_folder() -> Iterator[Path]:
    with sockets.socket_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory, socket_folder: Path) -> Iterator[Postgres]:
    """A running PostgreSQL of this test run, as the launcher starts it but without care for a power cut."""
    server = Postgres(tmp_path_factory.mktemp("postgres"), socket_folder, settings=UNSAFE_AND_FAST)
    server.create(sync=False)
    with serving(server):
        yield server


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory, socket_folder: Path) -> Iterator[Redis]:
    """A running Redis of this test run."""
    server = Redis(tmp_path_factory.mktemp("redis"), socket_folder)
    with serving(server):
        yield server


@pytest.fixture(scope="session")
def template_database(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> SchoolDatabase:
    """Migrated, with permissions and reference data; the model that each test's database is copied from."""
    postgres_server.create_database(TEMPLATE)
    owner_url = postgres_server.url(TEMPLATE)
    made = SchoolDatabase(TEMPLATE, owner_url, app_url(owner_url, SECRET_KEY))
    install(settings_for(made, "redis://127.0.0.1:1/", tmp_path_factory.mktemp("template")))
    return made


@pytest.fixture(scope="session")
def fresh_database(
    postgres_server: Postgres, template_database: SchoolDatabase
) -> Callable[[], AbstractContextManager[SchoolDatabase]]:
    """`with fresh_database() as database:` a copy of the template, for a test that changes tables, or many tests."""
    numbers = itertools.count(1)

    @contextmanager
    def copy() -> Iterator[SchoolDatabase]:
        name = f"copy_{next(numbers)}"
        role_url = template_database.app_url.replace(f"/{TEMPLATE}?", f"/{name}?")
        with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
            words = {"name": sql.Identifier(name), "template": sql.Identifier(TEMPLATE)}
            connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy").format(**words))
            yield SchoolDatabase(name, postgres_server.url(name), role_url)
            connection.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**words))

    return copy


@pytest.fixture(scope="session")
def shared_database(fresh_database: Callable[[], AbstractContextManager[SchoolDatabase]]) -> Iterator[SchoolDatabase]:
    """The database that the tests use one after another; its address stays, so an application may be kept too."""
    with fresh_database() as made:
        pristine.remember(made.owner_url)
        yield made


@pytest.fixture
def database(shared_database: SchoolDatabase) -> Iterator[SchoolDatabase]:
    """The database as a school finds it on its first day (no demo school); put back after the test."""
    yield shared_database
    pristine.restore(shared_database.owner_url)


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The address of a Redis that is empty at the start of this test."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def settings(database: SchoolDatabase, redis_url: str, tmp_path: Path) -> Settings:
    """Settings of a demo on this test's database, with an own var folder and free ports."""
    return settings_for(database, redis_url, tmp_path / "var")


@pytest.fixture(scope="session")
def running_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSchool]:
    """`python run.py` on an empty folder with a name that a person might give; one for all stories of a test run."""
    with running_school(tmp_path_factory.mktemp("Школа № 1") / "var") as opened:
        yield opened
