"""Sessions end with a change of password, role, group or use of the account, and with nothing else."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Group, Role, User

from app.session.actors import system
from app.web.resources import resources
from tests.support import SchoolDatabase
from tests.web_support import Browser, add_account, client_for


def change(web: Flask, act: Callable[[Any, Any], None]) -> None:
    with web.app_context():
        session = resources().db()
        session.info["actor"] = system("test")
        act(session, session.query(User).filter_by(username="anna").one())
        session.commit()


def give_role(session: Any, user: Any) -> None:
    user.roles.append(Role(name="one more"))


def take_roles(session: Any, user: Any) -> None:
    user.roles = []


def put_into_group(session: Any, user: Any) -> None:
    session.add(Group(name="a group", label="", description="", users=[user]))


def name_in_role(session: Any, user: Any) -> None:
    role = session.query(Role).filter_by(name="role of boris").one()
    role.user.append(user)
    session.flush()


def disable(session: Any, user: Any) -> None:
    user.active = False


@pytest.fixture
def anna(web: Flask, database: SchoolDatabase) -> Browser:
    add_account(database, "anna")
    add_account(database, "boris")
    return client_for(web, "anna")


@pytest.mark.parametrize("act", [give_role, take_roles, put_into_group, name_in_role, disable])
def test_a_session_ends_with_a_change_of_rights(web: Flask, anna: Browser, act: Callable[[Any, Any], None]) -> None:
    boris = client_for(web, "boris")

    change(web, act)

    assert anna.get("/").status_code == 302
    assert boris.get("/").status_code == 200


def test_a_session_outlives_a_new_surname(web: Flask, anna: Browser) -> None:
    change(web, lambda session, user: setattr(user, "last_name", "Новая"))

    assert "Новая" in anna.get("/").text
