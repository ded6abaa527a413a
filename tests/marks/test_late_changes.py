"""After the days of free correction every change is asked for its reason, by every door; and who wrote for whom."""

from collections.abc import Callable

from sqlalchemy import Engine, text

from app.models import Absence, Teaching, Term, TermMark
from tests.factories import MadeSchool, a_mark
from tests.marks.conftest import Put
from tests.web_support import Api, Browser

GRANT = """INSERT INTO ab_permission_view_role (permission_view_id, role_id)
    SELECT pv.id, r.id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id
    JOIN ab_view_menu v ON v.id = pv.view_menu_id JOIN ab_role r ON r.name = 'secretary'
    WHERE (p.name, v.name) IN (('can_write', 'mark'), ('can_read', 'mark'), ('can_write', 'journal_for_others'))"""
WHY = "Перепутала с Зиминым"


def history(api: Api, record: str, key: int) -> list[dict[str, object]]:
    return api.get(f"/api/v1/{record}/{key}/history").json["result"]  # type: ignore[index, no-any-return]


def test_an_old_mark_is_changed_with_a_reason_by_every_door(
    made: MadeSchool, put: Put, setting: Callable[[str, str], None], teacher: Api, mother: Api,
    browser: Callable[[str], Browser],
) -> None:  # fmt: skip
    setting("free_edit_days", "0")
    marks = [put(a_mark(made, value="2", work_type_id=made.answer.id, given_on=made.own_lesson.date)) for _ in range(5)]
    rest, form, cell, bulk, gone = (mark.id for mark in marks)

    refused = teacher.put(f"/api/v1/mark/{rest}", json={"value": "4"})
    assert refused.status_code == 422
    assert list(refused.json["message"]) == ["change_reason"]  # type: ignore[index]
    changed = teacher.put(f"/api/v1/mark/{rest}", json={"value": "4", "change_reason": WHY})
    assert changed.status_code == 200
    assert history(teacher, "mark", rest)[0]["reason"] == WHY
    assert WHY not in mother.get(f"/api/v1/mark/{rest}/history").text
    too_long = teacher.put(f"/api/v1/mark/{rest}", json={"value": "5", "change_reason": "x" * 301})
    assert (too_long.status_code, list(too_long.json["message"])) == (422, ["change_reason"])  # type: ignore[index]

    desk = browser("teacher")
    asked = desk.get(f"/records/mark/{form}/edit").text
    assert 'name="change_reason"' in asked
    given = {"lesson": made.own_lesson.id, "student": made.anna.id, "value": "4", "work_type": made.answer.id}
    again = desk.post(f"/records/mark/{form}/edit", given | {"version": "1"})
    assert again.status_code == 422
    assert "Скажите, почему" in again.text
    saved = desk.post(f"/records/mark/{form}/edit", given | {"version": "1", "change_reason": WHY})
    assert saved.status_code == 303
    assert WHY in desk.get(f"/records/mark/{form}/history").text

    part = {"headers": {"Zvonok-Part": "in-place"}}
    desk.get(f"/records/mark/{cell}/cell/value")
    assert desk.post(f"/records/mark/{cell}/cell/value", {"value": "3", "version": "1"}, **part).status_code == 422
    told = {"value": "3", "version": "1", "change_reason": WHY}
    assert desk.post(f"/records/mark/{cell}/cell/value", told, **part).status_code == 200

    some = {"act": "set.work_type", "given": "1", "work_type": made.test.id, "row": f"{bulk}:1"}
    preview = desk.post("/records/mark/bulk", some)
    assert preview.status_code == 200
    assert 'name="change_reason"' in preview.text
    assert desk.post("/records/mark/bulk", some | {"sure": "1"}).status_code == 422
    assert desk.post("/records/mark/bulk", some | {"sure": "1", "change_reason": WHY}).status_code == 303

    assert teacher.delete(f"/api/v1/mark/{gone}", content_type="application/json").status_code == 422
    assert desk.post(f"/records/mark/{gone}/delete", {"version": "1"}).status_code == 422
    assert teacher.delete(f"/api/v1/mark/{gone}", json={"change_reason": WHY}).status_code == 200
    for key in (form, cell, bulk):
        assert history(teacher, "mark", key)[0]["reason"] == WHY


def test_young_lessons_and_new_entries_are_asked_nothing(
    made: MadeSchool, put: Put, setting: Callable[[str, str], None], teacher: Api
) -> None:
    setting("free_edit_days", "0")
    late = teacher.post("/api/v1/mark/", json={"lesson": made.own_lesson.id, "student": made.gleb.id, "value": "3"})
    assert late.status_code == 201  # entered late is no correction
    setting("free_edit_days", "3000")
    assert teacher.put(f"/api/v1/mark/{late.json['id']}", json={"value": "4"}).status_code == 200  # type: ignore[index]
    assert teacher.delete(f"/api/v1/mark/{late.json['id']}").status_code == 200  # type: ignore[index]


def test_absences_and_term_marks_are_asked_too(
    made: MadeSchool, put: Put, setting: Callable[[str, str], None], teacher: Api
) -> None:
    setting("free_edit_days", "0")
    absence = put(
        Absence(lesson_id=made.own_lesson.id, student_id=made.gleb.id, reason="absent", missed_on=made.own_lesson.date)
    )
    path = f"/api/v1/absence/{absence.id}"
    assert teacher.put(path, json={"reason": "ill"}).status_code == 422
    assert teacher.put(path, json={"reason": "ill", "change_reason": "справка"}).status_code == 200

    over = put(
        Term(
            school_id=made.school.id, academic_year_id=made.year.id, name="1 четверть",
            begins_on=made.year.begins_on, ends_on=made.year.begins_on.replace(month=10),
        )
    )  # fmt: skip
    given = put(TermMark(student_id=made.anna.id, subject_id=made.maths.id, term_id=over.id, value="4", reason="-"))
    path = f"/api/v1/term_mark/{given.id}"
    assert teacher.put(path, json={"value": "5"}).status_code == 422
    assert teacher.put(path, json={"value": "5", "change_reason": "ошибка"}).status_code == 200


def test_who_writes_in_anothers_lesson_is_kept_with_whose_lesson_it_is(
    engine: Engine, made: MadeSchool, put: Put, api: Callable[[str], Api], teacher: Api
) -> None:
    put(Teaching(teacher_id=made.other_teacher.id, school_class_id=made.class_5a.id, subject_id=made.maths.id))
    helper = api("other_teacher")
    body = {"lesson": made.own_lesson.id, "student": made.anna.id, "value": "5"}
    made_by_helper = helper.post("/api/v1/mark/", json=body).json["id"]  # type: ignore[index]
    made_by_own = teacher.post("/api/v1/mark/", json=body).json["id"]  # type: ignore[index]

    (first,) = history(teacher, "mark", made_by_helper)
    assert "Петрова" in str(first["author"])
    assert "Иванова" in str(first["entered_for"])
    (own,) = history(teacher, "mark", made_by_own)
    assert own["entered_for"] == ""

    assert api("secretary").post("/api/v1/mark/", json=body).status_code == 403
    with engine.begin() as connection:  # the office copies paper sheets: a role that an administrator makes up
        connection.execute(text(GRANT))
    office = api("secretary")
    copied = office.post("/api/v1/mark/", json=body)
    assert copied.status_code == 201
    (told,) = history(teacher, "mark", copied.json["id"])  # type: ignore[index]
    assert ("Лисина" in str(told["author"]), "Иванова" in str(told["entered_for"])) == (True, True)
