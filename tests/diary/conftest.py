"""The diary's stories: the made school on the Friday of the factories, its people in browsers."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from app.pages import diary
from tests.factories import TODAY, MadeSchool
from tests.generator.conftest import api, app, browser, engine, made, mother, secretary, teacher
from tests.marks.conftest import Put, put, setting
from tests.pages.start_day import a_day
from tests.web_support import Browser

__all__ = [
    "Browse", "Put", "api", "app", "browser", "engine", "made", "mother", "put", "secretary", "setting", "teacher",
]  # fmt: skip

Browse = Callable[[str], Browser]


class Clock:
    """The moment that the diary's pages take for now; a test moves it."""

    now = datetime(TODAY.year, TODAY.month, TODAY.day, 10, tzinfo=ZoneInfo("Europe/Moscow"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(diary, "now", lambda: clock.now)
    return clock


@pytest.fixture
def day(engine: Engine, made: MadeSchool, clock: Clock) -> MadeSchool:
    """The school in the middle of its day: a mark, an absence, homework, remarks."""
    a_day(engine, made)
    return made
