"""A record's history tells nobody what it said while it was another student's, or for guardians only."""

from collections.abc import Callable
from typing import Any

from tests.factories import MadeSchool
from tests.generator.school import give_mark, told
from tests.web_support import Api, Browser


def changes(reader: Api, path: str) -> list[dict[str, Any]]:
    """The changes of each revision that the person is told, newest first."""
    return [each["changes"] for each in told(reader.get(f"{path}/history"))["result"]]


def test_a_mark_that_was_another_student_s_keeps_what_it_said_to_itself(
    teacher: Api, mother: Api, browser: Callable[[str], Browser], made: MadeSchool
) -> None:
    mark = give_mark(teacher, made, student=made.gleb.id, value="2", comment="Глеб болтал")
    teacher.put(f"/api/v1/mark/{mark}", json={"value": "3"})
    teacher.put(f"/api/v1/mark/{mark}", json={"student": made.anna.id, "value": "5", "comment": None})

    assert changes(mother, f"/api/v1/mark/{mark}") == [
        {
            "student": {"old": None, "new": made.anna.id},
            "value": {"old": None, "new": "5"},
            "comment": {"old": None, "new": None},
        }
    ]
    page = browser("mother").get(f"/records/mark/{mark}/history")
    assert page.status_code == 200
    assert "болтал" not in page.text
    assert len(changes(teacher, f"/api/v1/mark/{mark}")) == 3


def test_a_mark_that_came_back_tells_only_that_it_was_away(teacher: Api, mother: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made)
    for change in ({"student": made.gleb.id}, {"value": "2"}, {"value": "5"}, {"student": made.anna.id}):
        assert teacher.put(f"/api/v1/mark/{mark}", json=change).status_code == 200

    back, away, added = changes(mother, f"/api/v1/mark/{mark}")

    assert back == {"student": {"old": None, "new": made.anna.id}}
    assert away == {"student": {"old": made.anna.id, "new": None}}
    assert added["value"] == {"old": None, "new": "5"}


def test_what_was_written_to_the_guardians_is_not_told_to_the_student_later(
    teacher: Api, mother: Api, api: Callable[[str], Api], made: MadeSchool
) -> None:
    remark = {"lesson": made.own_lesson.id, "student": made.anna.id, "text": "только родителям", "to_guardians": True}
    path = f"/api/v1/remark/{told(teacher.post('/api/v1/remark/', json=remark))['id']}"
    anna = api("anna")
    assert anna.get(f"{path}/history").status_code == 404

    teacher.put(path, json={"text": "всем", "to_guardians": False})

    assert changes(anna, path) == [{"text": {"old": None, "new": "всем"}, "to_guardians": {"old": None, "new": False}}]
    assert changes(mother, path)[0]["text"] == {"old": "только родителям", "new": "всем"}
