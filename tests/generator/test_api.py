"""The API of records: what is taken, what is refused, and how."""

from tests.factories import MadeSchool
from tests.web_support import Api


def a_mark(made: MadeSchool, **changes: object) -> dict[str, object]:
    return {"lesson": made.own_lesson.id, "student": made.anna.id, "value": "5", **changes}


def test_a_teacher_gives_a_mark_and_reads_it_again(teacher: Api, made: MadeSchool) -> None:
    answer = teacher.post("/api/v1/mark/", json=a_mark(made, comment="Молодец 👍"))

    assert answer.status_code == 201, answer.text
    assert answer.json is not None
    assert answer.json["result"]["work_type"] == made.answer.id
    assert teacher.get(f"/api/v1/mark/{answer.json['id']}").json == answer.json
