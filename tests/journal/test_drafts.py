"""Draft columns and the column menu: unseen and unsent until published, then by the ordinary way."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from config import Settings
from tests.factories import PASSWORD, MadeSchool
from tests.journal.desk import Desk, cells_of
from tests.web_support import Browser, api_for
from workers import place, publish


@pytest.fixture
def column(teacher: Desk) -> Callable[..., Any]:
    """Send the menu of the own lesson's column; name what is ticked and typed."""

    def sending(**fields: str) -> Any:
        path = f"/journal/lesson/{teacher.made.own_lesson.id}/column"
        teacher.browser.get(path)
        (version,) = teacher.ask("SELECT version FROM lesson WHERE id = %s", teacher.made.own_lesson.id)[0]
        return teacher.browser.post(path, {"version": str(version), "counts": "on", **fields})

    return sending


def told(desk: Desk) -> int:
    return int(desk.ask("SELECT count(*) FROM notice WHERE record = 'mark'")[0][0])


def test_no_family_sees_or_hears_of_a_draft_before_it_is_published(
    teacher: Desk, browser: Callable[[str], Browser], made: MadeSchool, column: Callable[..., Any], add: Any
) -> None:
    assert column(draft="on").status_code == 303
    teacher.write("2")
    teacher.write("3", student=made.gleb.id)
    (mark,) = teacher.ask("SELECT id FROM mark WHERE student_id = %s", made.anna.id)[0]

    page = teacher.open()
    assert cells_of(page, "Ёлкина")[:2] == ["2", ""]  # no average knows it yet
    assert "is-draft" in page
    for person in ("mother", "anna"):
        family = api_for(teacher.browser.app, person, PASSWORD)
        assert family.get("/api/v1/mark/").json["count"] == 0  # type: ignore[index]
        assert family.get(f"/api/v1/mark/{mark}").status_code == 404
        assert family.get(f"/api/v1/mark/{mark}/history").status_code == 404
        client = browser(person)
        assert client.get(f"/records/mark/{mark}").status_code == 404
        assert client.get(f"/records/lesson/{made.own_lesson.id}/related/mark").text.count(f"/records/mark/{mark}") == 0
        assert "<b>2</b>" not in client.get("/").text
    assert browser("class_teacher").get(f"/records/mark/{mark}").status_code == 200
    assert told(teacher) == 0
    teacher.write("3", teacher.ask("SELECT id || '.' || version FROM mark WHERE id = %s", mark)[0][0])
    assert told(teacher) == 0

    assert column(draft="on", publish="now").status_code == 303
    assert told(teacher) == 2
    assert api_for(teacher.browser.app, "mother", PASSWORD).get(f"/api/v1/mark/{mark}").status_code == 200
    assert cells_of(teacher.open(), "Ёлкина")[:2] == ["3", "1"]
    # What it was while it was a draft stays the school's: the family's history begins where it was published.
    changes = api_for(teacher.browser.app, "mother", PASSWORD).get(f"/api/v1/mark/{mark}/history").json
    assert "2" not in {
        change["value"]["old"] for one in changes["result"] for change in [one["changes"]] if "value" in change
    }
    assert "2 на 3" not in browser("mother").get(f"/records/mark/{mark}").text
    teacher.write("4", teacher.ask("SELECT id || '.' || version FROM mark WHERE id = %s", mark)[0][0])
    story = browser("mother").get(f"/records/mark/{mark}").text
    assert "3 на 4" in story and "2 на 3" not in story


def test_a_teacher_who_is_a_mother_in_the_own_class_sees_its_drafts(
    teacher: Desk, made: MadeSchool, column: Callable[..., Any]
) -> None:
    column(draft="on")
    with psycopg.connect(teacher.database.owner_url) as connection:
        connection.execute(
            "UPDATE guardian SET user_id = (SELECT id FROM ab_user WHERE username = 'teacher') WHERE id = %s",
            (made.mother.id,),
        )
        connection.execute(
            "INSERT INTO ab_user_role (user_id, role_id) SELECT u.id, r.id FROM ab_user u, ab_role r"
            " WHERE u.username = 'teacher' AND r.name = 'guardian'"
        )
    written = teacher.write("4")

    assert written["status"] == "saved"
    assert cells_of(teacher.open(), "Ёлкина")[0] == "4"
    assert teacher.write("5", written["versions"])["text"] == "5"


def test_a_draft_is_published_by_itself_when_its_moment_comes(
    teacher: Desk, column: Callable[..., Any], made: MadeSchool, working: Settings
) -> None:
    later = datetime.now(UTC) + timedelta(days=2)
    column(draft="on", publish_at=f"{later:%Y-%m-%dT%H:%M}")
    teacher.write("5")

    publish.publish_columns()
    assert teacher.ask("SELECT draft, publish_at IS NOT NULL FROM lesson WHERE id = %s", made.own_lesson.id) == [
        (True, True)
    ]
    with psycopg.connect(teacher.database.owner_url) as connection:
        connection.execute("UPDATE lesson SET publish_at = now() - interval '1 minute' WHERE draft")
    publish.publish_columns()
    publish.publish_columns()

    assert teacher.ask("SELECT draft, publish_at FROM lesson WHERE id = %s", made.own_lesson.id) == [(False, None)]
    assert teacher.ask("SELECT published_at IS NOT NULL FROM mark") == [(True,)]
    assert told(teacher) == 1


@pytest.fixture
def working(made: MadeSchool, settings: Settings) -> Iterator[Settings]:
    """Jobs that are called in this process work on the test's database."""
    place.settle_in(settings)
    yield settings
    place.engine().dispose()
    place.engine.cache_clear()


def test_the_menu_sets_work_type_weight_and_whether_the_column_counts(
    teacher: Desk, made: MadeSchool, column: Callable[..., Any], desk: Callable[[str], Desk]
) -> None:
    teacher.write("5")
    column(work_type=str(made.answer.id))
    column(work_type=str(made.test.id), weight="2,5")

    assert teacher.ask("SELECT work_type_id FROM mark") == [(made.test.id,)]
    assert teacher.write("5/4", "1.2")["weights"] == [250, 250]
    uncounted = teacher.browser.post(
        f"/journal/lesson/{made.own_lesson.id}/column",
        {"version": str(teacher.ask("SELECT version FROM lesson WHERE id = %s", made.own_lesson.id)[0][0])},
    )
    assert uncounted.status_code == 303
    assert cells_of(teacher.open(), "Ёлкина")[1] == ""
    card = teacher.open(f"/journal/cell/{made.own_lesson.id}/{made.anna.id}")
    assert "Контрольная" in card
    assert "Ольга Иванова" in card or "Иванова Ольга" in card

    for wrong, says in (
        ({"weight": "100"}, "от 0,01 до 10"), ({"weight": "много"}, "от 0,01 до 10"),
        ({"draft": "on"}, "черновиком она стать не может"), ({"work_type": "987654321"}, "Выберите из найденных"),
        ({"draft": "on", "publish_at": "завтра"}, "2026-11-26T14:00"), ({"version": "1"}, "изменил"),
    ):  # fmt: skip
        answer = column(**wrong)
        assert answer.status_code == 422, wrong
        assert says in answer.text, wrong
    assert desk("class_teacher").browser.post(f"/journal/lesson/{made.own_lesson.id}/column").status_code == 403
