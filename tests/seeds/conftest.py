"""The demo school, and ways to ask it."""

import psycopg
import pytest
from psycopg.rows import namedtuple_row

from tests.demo_support import demo_database, demo_school, demo_settings

__all__ = ["demo_database", "demo_school", "demo_settings"]


@pytest.fixture
def ask(demo_school):
    """`ask("SELECT …", …)`: the rows of the demo school."""
    with psycopg.connect(demo_school.owner_url, autocommit=True, row_factory=namedtuple_row) as connection:
        yield lambda query, *given: connection.execute(query, given).fetchall()


@pytest.fixture
def number(ask):
    """`number("SELECT …", …)`: the one value that comes back."""

    def only(query, *given):
        ((found,),) = ask(query, *given)
        return found

    return only
