"""One world for all tests of the matrix, in a database of its own; each person signs in once at each door."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from functools import cache
from typing import Any

import psycopg
import pytest
from flask import Flask, render_template

from app.factory import create_app
from app.web import errors
from app.web.actors import current_account
from app.web.resources import resources
from launcher.redis import Redis
from tests.factories import PASSWORD
from tests.matrix.doors import Doors
from tests.matrix.people import PEOPLE
from tests.matrix.world import World, make_world
from tests.support import SchoolDatabase, settings_for
from tests.web_support import api_for, client_for

LAST = ("test_the_matrix_has_as_many_cells_as_it_should", "test_each_role_is_told_the_fields_of_the_table_and_no_other")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What was told and how much is counted last, in whatever order the others are asked."""
    items.sort(key=lambda item: item.name in LAST)


@pytest.fixture(scope="package")
def matrix_database(fresh_database: Callable[[], AbstractContextManager[SchoolDatabase]]) -> Iterator[SchoolDatabase]:
    with fresh_database() as made:
        yield made


@pytest.fixture(scope="package")
def app(
    matrix_database: SchoolDatabase, redis_server: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    made = create_app(settings_for(matrix_database, redis_server.url, tmp_path_factory.mktemp("matrix")))
    with closing(resources(made)):
        yield made


@pytest.fixture(scope="package")
def kept() -> dict[Any, str]:
    """Error pages that were rendered before."""
    return {}


@pytest.fixture(autouse=True)
def _error_pages_are_kept(kept: dict[Any, str]) -> Iterator[None]:
    """An error page is rendered once for each person and each thing that it says: a third of the time is saved.

    For one test at a time: a page that another folder's test meets carries its own session's token.
    """

    def render(template: str, **said: Any) -> str:
        account = current_account()
        key = (account.id if account else None, template, *(said[each] for each in sorted(said) if each != "trace"))
        if key not in kept:
            kept[key] = render_template(template, **said | {"trace": ""})
        return kept[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(errors, "render_template", render)
        yield


@pytest.fixture(autouse=True)
def _denials_are_not_logged() -> Iterator[None]:
    """There are thousands."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.getLogger("flask_appbuilder.security.decorators"), "disabled", True)
        yield


@pytest.fixture(scope="package")
def world(app: Flask) -> World:
    return make_world(resources(app).engine)


@pytest.fixture(scope="package")
def doors(app: Flask, world: World) -> Callable[[str], Doors]:
    """`doors("mother")`: the person's browser and program."""
    people = {each.login: each for each in PEOPLE}

    @cache
    def of(login: str) -> Doors:
        return Doors(people[login], client_for(app, login, PASSWORD), api_for(app, login, PASSWORD))

    return of


@pytest.fixture
def disabled(app: Flask, world: World, matrix_database: SchoolDatabase) -> Doors:
    """The other school's head, signed in at both doors and shut out since."""
    person = next(each for each in PEOPLE if each.login == "head")
    at = Doors(person, client_for(app, "stranger_head", PASSWORD), api_for(app, "stranger_head", PASSWORD))
    with psycopg.connect(matrix_database.owner_url) as connection:
        connection.execute("UPDATE ab_user SET active = false WHERE username = 'stranger_head'")
    return at
