"""Days on which everything goes wrong: the line breaks among fifty cells, clocks lie, the lesson is gone meanwhile."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask

from app.models import Lesson
from tests.factories import PASSWORD, MadeSchool
from tests.journal.desk import Desk
from tests.web_support import client_for

BATCH = 25  # so many at once, as the page sends them


@pytest.fixture
def fifty(made: MadeSchool, a_lesson: Callable[..., Lesson]) -> list[dict[str, Any]]:
    """Changes of fifty cells as the page keeps them, each with its key."""
    days = [date(2026, 11, 2) + timedelta(days=number) for number in range(24)]
    lessons = [made.own_lesson.id, *(a_lesson(day, period=3).id for day in days)]
    return [
        {"lesson": lesson, "student": student.id, "text": "4", "was": "", "key": f"{lesson}:{student.id}"}
        for lesson in lessons
        for student in (made.anna, made.gleb)
    ]


def test_the_line_breaks_among_fifty_cells_and_the_rest_is_sent_after_a_new_sign_in(
    app: Flask, teacher: Desk, made: MadeSchool, fifty: list[dict[str, Any]], desk: Callable[[str], Desk]
) -> None:
    teacher.open()
    who = teacher.who
    assert {one["status"] for one in teacher.send(fifty[: BATCH - 5])} == {"saved"}  # some answers came, then none
    with psycopg.connect(teacher.database.owner_url) as connection:  # an hour later the session is over
        connection.execute("DELETE FROM web_session")
    assert teacher.post({"who": who, "changes": fifty}).status_code in (302, 400)
    assert len(teacher.marks()) == BATCH - 5

    other = desk("class_teacher")  # somebody else at the same computer
    assert other.browser.get("/journal/state").json["who"] != who  # type: ignore[index]
    assert other.post({"who": who, "changes": fifty}).status_code == 409
    assert len(teacher.marks()) == BATCH - 5

    back = Desk(client_for(app, "teacher", PASSWORD), made, teacher.database)
    state = back.browser.get("/journal/state").json
    assert state["who"] == who  # type: ignore[index]
    back.who = who
    answers = [*back.send(fifty[:BATCH]), *back.send(fifty[BATCH:])]  # from the first that it has no answer of
    assert {(one["status"], one["text"]) for one in answers} == {("saved", "4")}
    assert len(back.marks()) == len(fifty)
    assert back.ask("SELECT count(*) FROM revision WHERE record = 'mark'") == [(len(fifty),)]
    assert back.ask("SELECT count(*) FROM notice WHERE record = 'mark'") == [(len(fifty),)]


def test_a_devices_clock_decides_nothing(teacher: Desk, made: MadeSchool) -> None:
    before = datetime.now(UTC)
    for place, lie in enumerate((0, "1970-01-01T00:00:00Z", 9_999_999_999_999, None)):
        told = {"at": lie, "happened_at": lie, "published_at": lie, "given_on": lie}
        student = (made.anna, made.gleb)[place % 2]
        stands = teacher.ask("SELECT id || '.' || version FROM mark WHERE student_id = %s", student.id)
        answer = teacher.write(str(2 + place), stands[0][0] if stands else "", student=student.id, **told)
        assert answer["status"] == "saved"

    query = "SELECT given_on, published_at >= %s AND published_at <= now() FROM mark"
    assert set(teacher.ask(query, before)) == {(made.own_lesson.date, True)}
    assert teacher.ask(
        "SELECT bool_and(happened_at BETWEEN %s AND now()) FROM revision WHERE record = 'mark'", before
    ) == [(True,)]


def test_what_was_possible_when_the_page_was_opened_and_is_not_any_more_is_said_at_the_cell(
    teacher: Desk, made: MadeSchool
) -> None:
    teacher.open()
    first = teacher.write("5")

    def now(statement: str, *values: Any) -> str:
        """What a correction is answered, when this has happened meanwhile."""
        with psycopg.connect(teacher.database.owner_url) as connection:
            connection.execute(statement, values)  # type: ignore[arg-type]
        return str(teacher.write("4", first["versions"])["message"])

    lesson, anna = made.own_lesson.id, made.anna.id
    assert now("UPDATE lesson SET state = 'cancelled' WHERE id = %s", lesson) == "Урок отменён."
    end = "UPDATE enrollment SET ends_on = %s WHERE student_id = %s"
    with psycopg.connect(teacher.database.owner_url) as connection:
        connection.execute("UPDATE lesson SET state = 'planned' WHERE id = %s", (lesson,))
    assert now(end, date(2026, 11, 1), anna) == "Этого ученика (больше) нет в вашем журнале."
    with psycopg.connect(teacher.database.owner_url) as connection:
        connection.execute("UPDATE enrollment SET ends_on = NULL")
    assert now("UPDATE term SET closed = true") == "Учебный период закрыт."
    gone = "UPDATE teaching SET ends_on = %s WHERE teacher_id = %s"
    with psycopg.connect(teacher.database.owner_url) as connection:
        connection.execute("UPDATE term SET closed = false")
        connection.execute("UPDATE lesson SET teacher_id = %s WHERE id = %s", (made.head.id, lesson))
    assert now(gone, date(2026, 9, 2), made.teacher.id) == "Выберите из найденных."
    assert teacher.marks() == ["5"]
