"""Servers and databases for every test that needs them: real PostgreSQL and Redis, each database fresh."""

import itertools
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
import pytest
import redis
from psycopg import sql

from config import Settings
from launcher import sockets
from launcher.addresses import app_url
from launcher.postgres import OWNER, Postgres
from launcher.redis import Redis
from launcher.serving import serving
from tests.pristine import Pristine
from tests.running import RunningSchool, running_school
from tests.support import SECRET_KEY, SchoolDatabase, install, settings_for
from tests.web_support import web, web_app

# Before whoever imports one of them: the attack walks by the matrix's map.
MATRIX = ("families", "fields", "further", "pages", "records", "rights_end", "sheets", "why")
pytest.register_assert_rewrite(*(f"tests.matrix.{name}" for name in MATRIX))

__all__ = ["web", "web_app"]

TEMPLATE = "zvonok_template"
UNSAFE_AND_FAST = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off",
    "wal_level": "minimal", "max_wal_senders": "0", "checkpoint_timeout": "1h", "max_wal_size": "256MB",
    "scram_iterations": "1",
}  # fmt: skip
MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 3 * 2**30  # for the databases of a few workers


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """In a run in parts: what shares a demo stays together, and what takes longest begins first."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests.work_units import InUnits

    return InUnits(config, log)


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
    with in_memory(tmp_path_factory) as folder:
        server = Postgres(folder, socket_folder, settings=UNSAFE_AND_FAST)
        server.create(sync=False)
        with serving(server):
            _take_a_cheap_password(server)
            yield server


@contextmanager
def in_memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for what need not last, in memory where there is room: a copy of a database is a thousand files."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH_BYTES:
        for left in MEMORY.glob("zvonok-tests-*"):  # by a run that was killed
            if not psutil.pid_exists(int(left.name.split("-")[2])):
                shutil.rmtree(left, ignore_errors=True)
        prefix = f"zvonok-tests-{os.getpid()}-"
        with tempfile.TemporaryDirectory(prefix=prefix, dir=MEMORY, ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("postgres")


def _take_a_cheap_password(server: Postgres) -> None:
    """The same password, hashed once and not 4096 times at each of thousands of connections."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        change = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(OWNER), connection.info.password)
        connection.execute(change)


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

    def run(statement: LiteralString, words: dict[str, sql.Identifier]) -> None:
        """By a connection of its own: a test may end those that stand."""
        with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(**words))

    @contextmanager
    def copy() -> Iterator[SchoolDatabase]:
        name = f"copy_{next(numbers)}"
        role_url = template_database.app_url.replace(f"/{TEMPLATE}?", f"/{name}?")
        words = {"name": sql.Identifier(name), "template": sql.Identifier(TEMPLATE)}
        run("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy", words)
        yield SchoolDatabase(name, postgres_server.url(name), role_url)
        run("DROP DATABASE {name} WITH (FORCE)", words)

    return copy


@pytest.fixture(scope="session")
def shared_database(fresh_database: Callable[[], AbstractContextManager[SchoolDatabase]]) -> Iterator[SchoolDatabase]:
    """The database that the tests use one after another; its address stays, so an application may be kept too."""
    with fresh_database() as made:
        yield made


@pytest.fixture(scope="session")
def first_state(shared_database: SchoolDatabase) -> Iterator[Pristine]:
    with closing(Pristine(shared_database.owner_url)) as kept:
        yield kept


@pytest.fixture
def database(shared_database: SchoolDatabase, first_state: Pristine) -> Iterator[SchoolDatabase]:
    """The database as a school finds it on its first day (no demo school); put back after the test."""
    yield shared_database
    first_state.restore()


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
