"""The made school of tests/session, and this process as a worker of it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from config import Settings
from tests.session.conftest import engine, made, teacher
from workers import place

__all__ = ["engine", "made", "teacher", "working"]


@pytest.fixture
def working(engine: Engine, settings: Settings) -> Iterator[Settings]:
    """Jobs that are called in this process work on the test's database."""
    place.settle_in(settings)
    yield settings
    place.engine().dispose()
    place.engine.cache_clear()
