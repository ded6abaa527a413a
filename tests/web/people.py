"""What the stories of accounts share: rows of a school, and time that passes in the database."""

from typing import Any

import psycopg
from sqlalchemy import Engine

from app.models import Staff
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool, account
from tests.support import SchoolDatabase

#: Accounts of the whole installation: these stories have no school.
ACCOUNTS = [
    ("can_list", "UserDBModelView"),
    ("can_add", "UserDBModelView"),
    ("can_edit", "UserDBModelView"),
    ("can_see", "breadth.all_schools"),
]
ROLES = [("can_list", "RoleModelView"), ("can_add", "RoleModelView"), ("can_edit", "RoleModelView")]
OWN_PASSWORD = [("can_this_form_get", "ResetMyPasswordView"), ("can_this_form_post", "ResetMyPasswordView")]


def ask(database: SchoolDatabase, question: str, *values: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner_url) as connection:
        return connection.execute(question, values or None).fetchall()


def execute(database: SchoolDatabase, statement: str, *values: Any) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute(statement, values or None)


def minutes_pass(database: SchoolDatabase, minutes: int) -> None:
    """Nobody uses any session for so long."""
    execute(
        database,
        f"UPDATE web_session SET used_at = now() - interval '{minutes} minutes', "
        f"seen_at = now() - interval '{minutes} minutes'",
    )


def a_school(database: SchoolDatabase, staff: int | None = None, **settings: str) -> int:
    """A school with these settings, and perhaps an account of its staff; the school's id."""
    [(school_id,)] = _made(
        database, "INSERT INTO school (version, name, short_name, timezone) VALUES (1, 'Школа', 'Шк', 'Europe/Moscow')"
    )
    for name, value in settings.items():
        execute(
            database,
            "INSERT INTO school_setting (version, school_id, name, value) VALUES (1, %s, %s, %s)",
            school_id, name, value,
        )  # fmt: skip
    if staff is not None:
        execute(
            database,
            "INSERT INTO staff (version, school_id, surname, given_name, patronymic, position, user_id) "
            "VALUES (1, %s, 'Иванова', 'Ольга', '', '', %s)",
            school_id, staff,
        )  # fmt: skip
    return int(school_id)


def a_guardian(database: SchoolDatabase, user_id: int) -> None:
    """The account is a parent's, in a school of its own."""
    execute(
        database,
        "INSERT INTO guardian (version, school_id, surname, given_name, patronymic, user_id) "
        "VALUES (1, %s, 'Ёлкина', 'Мария', '', %s)",
        a_school(database, second_factor_roles="none"), user_id,
    )  # fmt: skip


def _made(database: SchoolDatabase, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        return connection.execute(f"{statement} RETURNING id").fetchall()


def an_administrator(engine: Engine, school: MadeSchool, login: str = "admin") -> None:
    """An account that administers the school and belongs to it."""
    with transaction(engine, SEEDER) as session:
        user_id = account(session, login, "school administrator", "Ада Админова")
        session.add(Staff(school_id=school.school.id, surname="Админова", given_name="Ада", user_id=user_id))
