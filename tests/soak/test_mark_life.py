"""A mark's life against a model, in long; whatever happened, the ledger finds every chain whole.

ZVONOK_SOAK_MINUTES (10) bounds it.
"""

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from app.services.ledger import verify_all
from app.session.engine import make_engine
from config import Settings, sqlalchemy_url
from tests.factories import a_school
from tests.marks.mark_life import life_of_marks
from tests.support import SchoolDatabase


@pytest.fixture
def engine(database: SchoolDatabase) -> Iterator[Engine]:
    made = make_engine(sqlalchemy_url(database.app_url))
    yield made
    made.dispose()


def test_a_mark_lives_as_the_model_says_for_long(engine: Engine, settings_of_the_test: Settings) -> None:
    made = a_school(engine)
    long = settings(max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
    life = life_of_marks(engine, made)
    ends_at = time.monotonic() + 60 * float(os.environ.get("ZVONOK_SOAK_MINUTES", "10"))
    while time.monotonic() < ends_at:
        run_state_machine_as_test(life, settings=long)

    wrong = [
        one
        for one in verify_all(settings_of_the_test)
        if not one.startswith(("term_unlock", "term ", "school_setting"))
    ]
    assert wrong == []  # those three were moved past every rule, as time goes by


@pytest.fixture(name="settings_of_the_test")
def _settings_of_the_test(request: pytest.FixtureRequest) -> Settings:
    found: Settings = request.getfixturevalue("settings")
    return found
