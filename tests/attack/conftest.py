"""The poisoned world, in a database of its own."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from functools import cache

import pytest
from flask import Flask

from app.factory import create_app
from app.web.resources import resources
from launcher.redis import Redis
from tests.attack.poisoned import further_rows, poison
from tests.factories import PASSWORD
from tests.matrix.doors import Doors
from tests.matrix.people import PEOPLE
from tests.matrix.world import World, make_world
from tests.support import SchoolDatabase, settings_for
from tests.web_support import api_for, client_for

DoorsOf = Callable[[str], Doors]


@pytest.fixture(scope="package")
def poisoned_database(fresh_database: Callable[[], AbstractContextManager[SchoolDatabase]]) -> Iterator[SchoolDatabase]:
    with fresh_database() as made:
        yield made


@pytest.fixture(scope="package")
def app(
    poisoned_database: SchoolDatabase, redis_server: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    made = create_app(settings_for(poisoned_database, redis_server.url, tmp_path_factory.mktemp("attack")))
    with closing(resources(made)):
        yield made


@pytest.fixture(scope="package")
def doors(app: Flask, world: World) -> DoorsOf:
    """`doors("mother")`: the person's browser and program, signed in before the world was poisoned."""
    return _doors(app)


@cache
def _doors(app: Flask) -> DoorsOf:
    people = {each.login: each for each in PEOPLE}
    made = {
        login: Doors(people[login], client_for(app, login, PASSWORD), api_for(app, login, PASSWORD)) for login in people
    }
    return made.__getitem__


@pytest.fixture(scope="package")
def world(app: Flask, poisoned_database: SchoolDatabase) -> World:
    made = make_world(resources(app).engine)
    further_rows(resources(app).engine, made)
    _doors(app)
    assert poison(poisoned_database) > 1000
    return made
