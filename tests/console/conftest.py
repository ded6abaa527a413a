"""The console's people, each signed in, in an application on two schools."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.web.resources import resources
from tests.console.school import TwoSchools, two_schools
from tests.factories import PASSWORD
from tests.pristine import Pristine
from tests.web_support import Browser, client_for


@pytest.fixture
def engine(web: Flask) -> Engine:
    return resources(web).engine


@pytest.fixture
def schools(engine: Engine, first_state: Pristine) -> TwoSchools:
    return two_schools(engine, first_state)


@pytest.fixture
def browser(web: Flask, schools: TwoSchools) -> Callable[[str], Browser]:
    """`browser("operator")`: a browser in which this person is signed in."""
    return lambda username: client_for(web, username, PASSWORD)


@pytest.fixture
def operator(browser: Callable[[str], Browser]) -> Browser:
    return browser("operator")


@pytest.fixture
def admin(browser: Callable[[str], Browser]) -> Browser:
    return browser("admin")
