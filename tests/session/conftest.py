"""A made school in a database of the test's own, and the people of it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.session.actors import Actor
from app.session.engine import make_engine
from config import sqlalchemy_url
from tests.factories import MadeSchool, person, the_school
from tests.pristine import Pristine
from tests.support import SchoolDatabase


@pytest.fixture
def engine(database: SchoolDatabase) -> Iterator[Engine]:
    made = make_engine(sqlalchemy_url(database.app_url))
    yield made
    made.dispose()


@pytest.fixture
def made(engine: Engine, first_state: Pristine) -> MadeSchool:
    return the_school(engine, first_state)


@pytest.fixture
def teacher(engine: Engine, made: MadeSchool) -> Actor:
    return person(engine, "teacher")


@pytest.fixture
def class_teacher(engine: Engine, made: MadeSchool) -> Actor:
    return person(engine, "class_teacher")


@pytest.fixture
def head(engine: Engine, made: MadeSchool) -> Actor:
    return person(engine, "head")


@pytest.fixture
def mother(engine: Engine, made: MadeSchool) -> Actor:
    return person(engine, "mother")


@pytest.fixture
def anna(engine: Engine, made: MadeSchool) -> Actor:
    return person(engine, "anna")
