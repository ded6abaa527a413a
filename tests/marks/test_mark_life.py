"""A mark's life against a model, in short; tests/soak has it in long, and asks the ledger afterwards."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from tests.factories import MadeSchool
from tests.marks.mark_life import life_of_marks


def test_a_mark_lives_as_the_model_says(engine: Engine, made: MadeSchool) -> None:
    short = settings(max_examples=5, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck))

    run_state_machine_as_test(life_of_marks(engine, made), settings=short)
