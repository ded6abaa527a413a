"""The demo school for tests: laid once in a test run, and copied for each test that wants it.

A folder's conftest takes the fixtures by `from tests.demo_support import demo_database, demo_school, demo_settings`.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from psycopg import sql
from werkzeug.security import generate_password_hash

import seeds.demo
from config import Settings
from launcher.postgres import Postgres
from tests.support import SchoolDatabase, settings_for

_numbers = itertools.count(1)


def quick_hash(password: str) -> str:
    """A password's hash as the product makes it, but in no time; so is each sign-in with it."""
    return generate_password_hash(password, method="pbkdf2:sha256:1")


@pytest.fixture(scope="session")
def demo_school(
    fresh_database: Callable[[], AbstractContextManager[SchoolDatabase]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SchoolDatabase]:
    """The demo school of this test run: for tests that only read, and that leave no connection open."""
    with fresh_database() as made:
        with patch("seeds.demo.accounts.generate_password_hash", quick_hash):
            seeds.demo.install(settings_for(made, "redis://127.0.0.1:1/", tmp_path_factory.mktemp("demo")))
        yield made


@pytest.fixture
def demo_database(demo_school: SchoolDatabase, postgres_server: Postgres) -> Iterator[SchoolDatabase]:
    """A copy of the demo school for this test alone."""
    name = f"demo_{next(_numbers)}"
    words = {"name": sql.Identifier(name), "demo": sql.Identifier(demo_school.name)}
    with psycopg.connect(postgres_server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {demo} STRATEGY file_copy").format(**words))
        role_url = demo_school.app_url.replace(f"/{demo_school.name}?", f"/{name}?")
        yield SchoolDatabase(name, postgres_server.url(name), role_url)
        connection.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**words))


@pytest.fixture
def demo_settings(demo_database: SchoolDatabase, redis_url: str, tmp_path: Path) -> Settings:
    """Settings on this test's copy of the demo school."""
    return settings_for(demo_database, redis_url, tmp_path / "demo-var")
