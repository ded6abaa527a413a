"""The API of a record: what people may write by it, what is refused, and in which words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.factories import MadeSchool
from tests.generator.school import count, give_mark, mark_body, told
from tests.support import SchoolDatabase
from tests.web_support import Api

UNKNOWN_ROW = {"message": {"student": ["Выберите из найденных."]}}


def test_a_teacher_gives_a_mark_and_reads_it_again(teacher: Api, made: MadeSchool) -> None:
    answer = teacher.post("/api/v1/mark/", json=mark_body(made, comment="Молодец 👍 <b> =HYPERLINK(1)"))

    assert answer.status_code == 201
    given = told(answer)["result"]
    assert (given["lesson"], given["student"], given["work_type"]) == (made.own_lesson.id, made.anna.id, made.answer.id)
    assert given["comment"] == "Молодец 👍 <b> =HYPERLINK(1)"
    assert given["names"]["student"] == "Ёлкина Анна"
    assert teacher.get(f"/api/v1/mark/{given['id']}").json == answer.json


def test_a_change_touches_only_what_is_sent_and_tells_the_new_version(teacher: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made, comment="устно")

    answer = teacher.put(f"/api/v1/mark/{mark}", json={"value": "4", "version": 1})

    assert answer.status_code == 200
    assert {name: told(answer)["result"][name] for name in ("value", "comment", "version")} == {
        "value": "4",
        "comment": "устно",
        "version": 2,
    }


def test_an_edit_of_an_old_version_changes_nothing(teacher: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made)
    assert teacher.put(f"/api/v1/mark/{mark}", json={"value": "4", "version": 1}).status_code == 200

    answer = teacher.put(f"/api/v1/mark/{mark}", json={"value": "2", "version": 1})

    assert answer.status_code == 409
    assert told(answer) == {"message": "Вы правили версию 1, а последняя — 2. Ничего не изменено."}
    assert told(teacher.get(f"/api/v1/mark/{mark}"))["result"]["value"] == "4"


def test_a_deleted_record_is_gone_and_one_in_use_stays(teacher: Api, secretary: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made)

    assert teacher.delete(f"/api/v1/mark/{mark}").status_code == 200
    assert teacher.get(f"/api/v1/mark/{mark}").status_code == 404
    in_use = secretary.delete(f"/api/v1/student/{made.anna.id}")
    assert in_use.status_code == 409
    assert told(in_use) == {"message": "От этой записи зависят другие; удалить её нельзя."}


def test_a_teacher_is_told_the_scale_when_a_mark_is_out_of_it(
    teacher: Api, made: MadeSchool, database: SchoolDatabase
) -> None:
    before = count(database, "mark", "revision", "notice")

    answer = teacher.post("/api/v1/mark/", json=mark_body(made, value="9"))

    assert answer.status_code == 422
    assert told(answer) == {"message": {"value": ["Отметка — 2–5, зч, нз, осв, н/а, а не 9."]}}
    assert count(database, "mark", "revision", "notice") == before


def test_all_that_is_missing_is_named_at_once(secretary: Api) -> None:
    answer = secretary.post("/api/v1/guardianship/", json={"kinship": "mother"})

    assert answer.status_code == 422
    assert told(answer)["message"].keys() == {"guardian", "student"}


def test_a_foreign_child_and_one_that_does_not_exist_are_refused_alike(teacher: Api, made: MadeSchool) -> None:
    foreign, unknown, beyond = (
        teacher.post("/api/v1/mark/", json=mark_body(made, student=student))
        for student in (made.boris.id, 999_999, 10**40)
    )

    assert [answer.status_code for answer in (foreign, unknown, beyond)] == [422, 422, 422]
    assert told(foreign) == UNKNOWN_ROW
    assert foreign.data == unknown.data == beyond.data


def test_a_foreign_record_and_one_that_does_not_exist_are_answered_alike(
    teacher: Api, mother: Api, made: MadeSchool, api: Callable[[str], Api]
) -> None:
    other = api("other_teacher")
    foreign = told(
        other.post("/api/v1/mark/", json=mark_body(made, lesson=made.foreign_lesson.id, student=made.boris.id))
    )["id"]
    own = give_mark(teacher, made)

    assert mother.get(f"/api/v1/mark/{own}").status_code == 200
    for path in ("/api/v1/mark/{}", "/api/v1/mark/{}/history"):
        answers = [mother.get(path.format(key)) for key in (foreign, 999_999, 10**40, "x", "-1", "1.0", "%00")]
        assert {answer.status_code for answer in answers} == {404}
        assert {answer.data for answer in answers} == {answers[0].data}
    for call in (teacher.delete, lambda path: teacher.put(path, json={"value": "2"})):
        assert call(f"/api/v1/mark/{foreign}").data == call("/api/v1/mark/999999").data
        assert call(f"/api/v1/mark/{foreign}").status_code == 404


def test_a_guardian_may_look_but_not_write_and_a_stranger_neither(
    app: Flask, teacher: Api, mother: Api, made: MadeSchool
) -> None:
    mark = give_mark(teacher, made)

    assert mother.post("/api/v1/mark/", json=mark_body(made)).status_code == 403
    assert mother.put(f"/api/v1/mark/{mark}", json={"value": "5"}).status_code == 403
    assert mother.delete(f"/api/v1/mark/{mark}").status_code == 403
    assert mother.get("/api/v1/sms_message/").status_code == 403
    assert app.test_client().get(f"/api/v1/mark/{mark}").status_code == 401
    assert app.test_client().post("/api/v1/mark/", json=mark_body(made)).status_code == 401


def test_a_mark_cannot_be_moved_to_a_foreign_child_or_lesson(
    teacher: Api, made: MadeSchool, api: Callable[[str], Api]
) -> None:
    mark = give_mark(teacher, made)

    moved = [teacher.put(f"/api/v1/mark/{mark}", json=change) for change in (
        {"student": made.boris.id}, {"lesson": made.foreign_lesson.id},
    )]  # fmt: skip

    assert [answer.status_code for answer in moved] == [422, 422]
    kept = told(teacher.get(f"/api/v1/mark/{mark}"))["result"]
    assert (kept["student"], kept["lesson"], kept["version"]) == (made.anna.id, made.own_lesson.id, 1)


BAD_VALUES: dict[str, tuple[str, Any]] = {
    "a nested object where an id belongs": ("student", {"surname": "Призрак"}),
    "an id as text": ("student", "1"),
    "a list where an id belongs": ("lesson", [1]),
    "a number where a text belongs": ("value", 5),
    "a NUL": ("comment", "до\x00после"),
    "half a surrogate pair": ("comment", "\ud800"),
    "an end of line in a one-line text": ("comment", "а\nб"),
    "501 characters where 500 go": ("comment", "я" * 501),
    "nothing where something must be": ("value", None),
    "blanks where something must be": ("value", "   "),
    "an id of its own": ("id", 7),
    "a school of its own": ("school_id", 1),
    "a column that the form does not have": ("published_at", "2026-11-20T10:00:00Z"),
    "a key of the database": ("lesson_id", 1),
    "a field that does not exist": ("нет такого", 1),
}


@pytest.mark.parametrize(("field", "value"), BAD_VALUES.values(), ids=list(BAD_VALUES))
def test_bad_input_names_its_field_and_saves_nothing(
    teacher: Api, made: MadeSchool, database: SchoolDatabase, field: str, value: Any
) -> None:
    before = count(database, "mark", "student", "revision", "notice")

    answer = teacher.post("/api/v1/mark/", data=json.dumps(mark_body(made, **{field: value})), headers=JSON)

    assert answer.status_code == 422
    assert told(answer)["message"].keys() == {field}
    assert all(isinstance(words, str) for words in told(answer)["message"][field])
    assert count(database, "mark", "student", "revision", "notice") == before


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ("{", JSON),
        ("[]", JSON),
        ('"mark"', JSON),
        ("null", JSON),
        ("[" * 100_000, JSON),
        ('{"value":' * 100_000, JSON),
        ('{"value": ' + "9" * 10_000 + "}", JSON),
        (b"\xff\xfe", JSON),
        ("value=5", {"Content-Type": "application/x-www-form-urlencoded"}),
        ("{}", {"Content-Type": "text/plain"}),
    ],
)
def test_what_is_no_json_object_is_answered_400(
    teacher: Api, made: MadeSchool, body: str | bytes, headers: dict[str, str]
) -> None:
    mark = give_mark(teacher, made)

    assert teacher.post("/api/v1/mark/", data=body, headers=headers).status_code == 400
    assert teacher.put(f"/api/v1/mark/{mark}", data=body, headers=headers).status_code == 400


def test_what_the_database_would_refuse_is_said_by_the_field(secretary: Api, made: MadeSchool) -> None:
    twice = secretary.post("/api/v1/guardianship/", json={"guardian": made.mother.id, "student": made.anna.id})
    head_first = secretary.post(
        "/api/v1/school_class/", json={"academic_year": made.year.id, "name": "13А", "grade_level": 13}
    )

    assert twice.status_code == 409
    assert told(twice) == {"message": "Такая запись уже есть."}
    assert head_first.status_code == 422
    assert told(head_first) == {"message": {"grade_level": ["Число от 1 до 12."]}}


def test_history_tells_what_changed_by_whom(teacher: Api, mother: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made)
    teacher.put(f"/api/v1/mark/{mark}", json={"value": "4"})

    changed, added = told(mother.get(f"/api/v1/mark/{mark}/history"))["result"]

    assert (changed["action"], changed["author"]) == ("changed", "Иванова Ольга")
    assert changed["changes"] == {"value": {"old": "5", "new": "4"}}
    assert added["changes"]["student"] == {"old": None, "new": made.anna.id}
