"""What tests of the generator do again and again in the made school."""

from typing import Any

import psycopg

from tests.factories import MadeSchool
from tests.support import SchoolDatabase
from tests.web_support import Api


def mark_body(made: MadeSchool, **changes: Any) -> dict[str, Any]:
    """What the API takes for a five of Anna's in the teacher's own lesson; name what should differ."""
    return {"lesson": made.own_lesson.id, "student": made.anna.id, "value": "5", **changes}


def give_mark(teacher: Api, made: MadeSchool, **changes: Any) -> int:
    """A mark that the teacher has given; its id."""
    answer = teacher.post("/api/v1/mark/", json=mark_body(made, **changes))
    assert answer.status_code == 201, answer.text
    return int(told(answer)["id"])


def told(answer: Any) -> dict[str, Any]:
    """The JSON object of an answer."""
    assert isinstance(answer.json, dict), answer.text
    return answer.json


def count(database: SchoolDatabase, *tables: str) -> list[int]:
    """How many rows the tables have."""
    with psycopg.connect(database.owner_url) as connection:
        return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]  # type: ignore


def as_superuser(database: SchoolDatabase, *statements: str) -> None:
    """Change the database past the application and its triggers."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]
