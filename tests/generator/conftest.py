"""A made school, and its people at the door: each as a program with a token and as a browser."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.factory import create_app
from app.web.resources import resources
from launcher.redis import Redis
from tests.factories import PASSWORD, MadeSchool, a_school
from tests.support import SchoolDatabase, settings_for
from tests.web_support import Api, Browser, api_for, client_for


@pytest.fixture(scope="session")
def app(
    shared_database: SchoolDatabase, redis_server: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The application that all tests of the generator share."""
    made = create_app(settings_for(shared_database, redis_server.url, Path(tmp_path_factory.mktemp("generator"))))
    with closing(resources(made)):
        yield made


@pytest.fixture
def engine(app: Flask, database: SchoolDatabase) -> Engine:
    return resources(app).engine


@pytest.fixture
def made(engine: Engine) -> MadeSchool:
    return a_school(engine)


@pytest.fixture
def api(app: Flask, made: MadeSchool) -> Callable[[str], Api]:
    """`api("teacher")`: a program that acts as this person."""
    return lambda username: api_for(app, username, PASSWORD)


@pytest.fixture
def browser(app: Flask, made: MadeSchool) -> Callable[[str], Browser]:
    """`browser("teacher")`: a browser in which this person is signed in."""
    return lambda username: client_for(app, username, PASSWORD)


@pytest.fixture
def teacher(api: Callable[[str], Api]) -> Api:
    return api("teacher")


@pytest.fixture
def mother(api: Callable[[str], Api]) -> Api:
    return api("mother")


@pytest.fixture
def secretary(api: Callable[[str], Api]) -> Api:
    return api("secretary")
