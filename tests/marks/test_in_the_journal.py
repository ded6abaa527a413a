"""The class journal keeps the rules behind it: reasons, terms that are opened for a time, debts, weights of columns."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text

from app.models import TermUnlock
from tests.factories import MadeSchool, a_mark
from tests.marks.conftest import Put
from tests.web_support import Api, Browser


def sent(desk: Browser, made: MadeSchool, typed: str, was: str, **more: Any) -> dict[str, Any]:
    change = {
        "lesson": made.own_lesson.id,
        "student": made.anna.id,
        "text": typed,
        "was": was,
        "key": uuid4().hex,
    }
    who = desk.get("/journal/state").json["who"]  # type: ignore[index]
    answer = desk.api("POST", "/journal/cells", json={"who": who, "changes": [change | more]})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json["answers"][0]  # type: ignore[index]
    return told


def test_a_cell_of_an_old_lesson_asks_why(
    made: MadeSchool, put: Put, setting: Callable[[str, str], None], browser: Callable[[str], Browser], teacher: Api
) -> None:
    setting("free_edit_days", "0")
    mark = put(a_mark(made, value="2", work_type_id=made.answer.id, given_on=made.own_lesson.date))
    desk, was = browser("teacher"), f"{mark.id}.1"
    refused = sent(desk, made, "4", was)
    assert (refused["status"], refused["needs"]) == ("refused", "change_reason")
    saved = sent(desk, made, "4", was, why="апелляция")
    assert saved["status"] == "saved"
    assert sent(desk, made, "", saved["versions"])["needs"] == "change_reason"  # one reason is for one change
    history = teacher.get(f"/api/v1/mark/{mark.id}/history").json["result"]  # type: ignore[index]
    assert history[0]["reason"] == "апелляция"
    assert sent(desk, made, "4/5", saved["versions"])["status"] == "saved"  # a mark that is added is no correction


def test_a_closed_term_is_written_where_it_was_opened(
    engine: Engine, made: MadeSchool, put: Put, browser: Callable[[str], Browser]
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE term SET closed = true"))
    desk = browser("teacher")
    assert sent(desk, made, "5", "")["status"] == "refused"
    now = datetime.now(UTC)
    put(
        TermUnlock(
            school_id=made.school.id, term_id=made.term.id, reason="-", opens_at=now - timedelta(hours=1),
            closes_at=now + timedelta(hours=1), staff_id=made.teacher.id,
        )
    )  # fmt: skip
    assert sent(desk, made, "5", "")["status"] == "saved"
    page = desk.get(f"/journal/{made.class_5a.id}/{made.maths.id}/{made.term.id}").text
    assert "журнал можно читать" not in page
