"""A made school, and its people at the door: each as a program with a token and as a browser."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.web.resources import resources
from tests.factories import PASSWORD, MadeSchool, the_school
from tests.pristine import Pristine
from tests.support import SchoolDatabase
from tests.web_support import Api, Browser, api_for, client_for


@pytest.fixture(scope="session")
def app(web_app: Flask) -> Flask:
    return web_app


@pytest.fixture
def engine(app: Flask, database: SchoolDatabase) -> Engine:
    return resources(app).engine


@pytest.fixture
def made(engine: Engine, first_state: Pristine) -> MadeSchool:
    return the_school(engine, first_state)


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
