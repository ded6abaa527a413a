"""The API keeps its own description, whoever asks whatever; a few cases here, many in tests/soak."""

from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.attack.contract import FOREIGN, attack, operations
from tests.factories import MadeSchool, a_school
from tests.generator.conftest import api, app, engine, made
from tests.matrix.records import in_turn
from tests.support import SchoolDatabase
from tests.web_support import Api

__all__ = ["api", "app", "engine", "made"]


@pytest.fixture
def elsewhere(engine: Engine, made: MadeSchool, database: SchoolDatabase) -> None:
    """Another school in the same database, with a surname that is nobody's here."""
    other = a_school(engine, "Школа № 2", "second_")
    with psycopg.connect(database.owner_url) as connection:
        for table in ("student", "guardian", "staff"):
            connection.execute(f"UPDATE {table} SET surname = %s WHERE school_id = %s", (FOREIGN, other.school.id))


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(("who", "place"), [("teacher", 0), ("mother", 1), ("nobody", 2)])
def test_the_api_keeps_its_description(app: Flask, api: Callable[[str], Api], who: str, place: int) -> None:
    headers = api(who).headers if who != "nobody" else {}
    every = operations(app, api("teacher").headers)

    assert list(attack(in_turn(every, 12, place), headers, examples=2, number=place)) == []
    assert len(every) > 200
