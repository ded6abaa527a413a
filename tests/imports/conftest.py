"""A made school, a secretary at the door, and the worker's jobs called in this process."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from config import Settings
from tests.factories import MadeSchool
from tests.generator.conftest import app, browser, engine, made
from tests.imports.desk import Desk
from tests.support import SchoolDatabase
from tests.web_support import Browser
from workers import place

__all__ = ["app", "browser", "engine", "made"]


@pytest.fixture
def desk(
    app: Flask, made: MadeSchool, database: SchoolDatabase, settings: Settings, browser: Callable[[str], Browser]
) -> Iterator[Desk]:
    """The secretary's desk."""
    place.settle_in(settings)
    yield Desk(browser("secretary"), database)
    place.engine().dispose()
    place.engine.cache_clear()
