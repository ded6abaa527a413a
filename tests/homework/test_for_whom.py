"""Homework for everybody, a subgroup, or named students: who sees it at each door, and who hears of it."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text

from app.models import Homework
from app.session.actors import COMPOSER
from app.session.engine import transaction
from tests.factories import AROUND, MadeSchool, person
from tests.homework.conftest import LATER, NEXT
from tests.services.test_compose import deliver, outbox
from tests.web_support import Api, Browser


def asked(engine: Engine, query: str) -> list[Any]:
    with transaction(engine, COMPOSER) as session:
        return [tuple(row) for row in session.execute(text(query), execution_options=AROUND)]


def seen_by(one: Api, key: int) -> tuple[bool, bool, bool]:
    """Whether the piece stands in the list, opens by its number, and is found by the search of the list."""
    listed = one.get("/api/v1/homework/").json["ids"]  # type: ignore[index]
    found = one.get("/api/v1/homework/", q={"filters": [{"col": "id", "opr": "eq", "value": key}]})
    return key in listed, one.get(f"/api/v1/homework/{key}").status_code == 200, bool(found.json["count"])  # type: ignore[index]


def test_homework_for_a_named_student_is_seen_by_that_family_and_the_staff_at_every_door(
    browser: Callable[[str], Browser],
    api: Callable[[str], Api],
    made: MadeSchool,
    neighbours: dict[str, int],
    page: str,
    engine: Engine,
) -> None:
    teacher = browser("teacher")
    form = teacher.get(page).text
    assert "Глеб" in form
    assert f'<option value="{NEXT}" selected>' in form, "due in the next lesson by itself"

    sent = {
        "text": "Разобрать ошибки",
        "whom": "named",
        "students": str(made.anna.id),
        "minutes": "20",
        "due": str(LATER),
    }
    assert teacher.post(page, sent).status_code == 303

    ((key, minutes, due),) = asked(engine, "SELECT id, minutes, due FROM homework")
    assert (minutes, due) == (20, LATER)
    for login in ("teacher", "class_teacher", "head", "mother", "anna"):
        assert seen_by(api(login), key) == (True, True, True), login
    for login in ("gleb", "neighbour", "father", "other_teacher"):
        assert seen_by(api(login), key) == (False, False, False), login

    for login, sees in (("mother", True), ("anna", True), ("gleb", False), ("neighbour", False)):
        at = browser(login)
        week = at.get(f"/diary/?week={LATER}").text
        listed = at.get("/records/homework/").text
        exported = at.get("/records/homework/export.csv").text
        start = at.get("/").text
        assert [("Разобрать ошибки" in each) for each in (week, listed, exported, start)] == [sees] * 4, login
        unknown = at.get("/records/homework/999999999")
        assert at.get(f"/records/homework/{key}").status_code == (200 if sees else unknown.status_code), login

    told = api("mother").get(f"/api/v1/homework/{key}").json["result"]  # type: ignore[index]
    assert told["students"] == "•••", "whose work it is besides is not told"
    by_rest = api("teacher")
    assert by_rest.get(f"/api/v1/homework/{key}").json["result"]["students"] == [made.anna.id]  # type: ignore[index]
    both = {"students": [made.gleb.id, made.anna.id, made.anna.id], "version": 1}
    assert by_rest.put(f"/api/v1/homework/{key}", json=both).status_code == 200
    named = f"{made.anna.id},{made.gleb.id}"
    for path in (f"/records/homework/{key}/history", f"/api/v1/homework/{key}/history", f"/records/homework/{key}"):
        of_staff = by_rest if path.startswith("/api") else teacher
        of_family = api("mother") if path.startswith("/api") else browser("mother")
        assert named in "".join(of_staff.get(path).text.split()), path
        assert named not in "".join(of_family.get(path).text.split()), path
    assert seen_by(api("neighbour"), key) == (True, True, True)


def test_only_the_family_of_the_named_student_is_told_and_the_others_that_it_is_no_more(
    engine: Engine, made: MadeSchool, neighbours: dict[str, int]
) -> None:
    asked_for = person(engine, "teacher")
    with transaction(engine, COMPOSER) as session:
        session.execute(
            text("UPDATE sms_subscription SET phone_confirmed_at = now(), homework = 'at_once'"),
            execution_options=AROUND,
        )

    def texts() -> set[tuple[str, str]]:
        deliver(engine)
        return {(phone[-1], body) for phone, _kind, body in outbox(engine)}

    with transaction(engine, asked_for) as session:
        work = Homework(lesson_id=made.own_lesson.id, text="§5 для всех")
        session.add(work)
    first = texts()
    assert {phone for phone, _body in first} == {"1", "3"}

    with transaction(engine, asked_for) as session:
        session.get_one(Homework, work.id).students = [made.anna.id]
    then = texts() - first
    assert all("отменено" in body for phone, body in then if phone == "3"), then
    assert {phone for phone, _body in then} == {"3"}, "Anna's family knows it already"

    with transaction(engine, asked_for) as session:
        session.get_one(Homework, work.id).text = "§6 только Анне"
    assert [phone for phone, _body in texts() - first - then] == ["1"]


def test_homework_of_a_subgroup_is_for_its_members(
    api: Callable[[str], Api],
    made: MadeSchool,
    neighbours: dict[str, int],
    browser: Callable[[str], Browser],
    page: str,
) -> None:
    assert (
        browser("teacher").post(page, {"text": "В группе", "whom": f"group:{neighbours['group']}"}).status_code == 303
    )
    (key,) = api("teacher").get("/api/v1/homework/").json["ids"]  # type: ignore[index]

    assert seen_by(api("mother"), key) == (True, True, True)
    assert seen_by(api("neighbour"), key) == (False, False, False)
    assert "В группе" not in browser("gleb").get("/").text


def test_what_is_wrong_is_said_by_its_field_and_nothing_typed_is_lost(
    browser: Callable[[str], Browser], made: MadeSchool, neighbours: dict[str, int], page: str, teacher: Api
) -> None:
    at = browser("teacher")
    sent = {"text": "Сочинение", "whom": "named", "minutes": "9000", "due": "other", "due_on": "2026-02-31"}
    answer = at.post(page, sent)

    assert answer.status_code == 422
    for field in ("students", "minutes", "due"):
        assert f'id="homework-{field}-error"' in answer.text
    assert "Сочинение</textarea>" in answer.text
    for more, field in (
        ({"students": str(made.boris.id)}, "students"),
        ({"students": "999999999"}, "students"),
        ({"whom": "all", "due": "2026-11-01"}, "due"),
        ({"whom": "group:1e5"}, "whom"),
        ({"text": "  "}, "text"),
    ):
        answer = at.post(page, {"text": "Текст", "whom": "named", "students": str(made.anna.id), **more})
        assert answer.status_code == 422, more
        assert f'id="homework-{field}-error"' in answer.text, more
    given = {"lesson": made.own_lesson.id, "text": "Чужому", "students": [made.boris.id]}
    refused = teacher.post("/api/v1/homework/", json=given)
    assert (refused.status_code, list(refused.json["message"])) == (422, ["students"])  # type: ignore[index]
    unknown = teacher.post("/api/v1/homework/", json=given | {"students": [999999999]})
    assert unknown.json == refused.json
    assert browser("mother").post(page, {"text": "Не моё"}).status_code == 403
    assert browser("other_teacher").get(page).status_code == 404
    assert at.get("/journal/lesson/999999999/homework").status_code == 404


def test_a_form_sent_twice_gives_one_piece_an_old_one_changes_nothing_and_the_load_is_shown(
    browser: Callable[[str], Browser], made: MadeSchool, neighbours: dict[str, int], page: str, engine: Engine
) -> None:
    at = browser("teacher")
    form = {"text": "Задачи", "minutes": "100", "due": str(NEXT), "request_key": "tap tap"}
    assert [at.post(page, form).status_code for _ in range(2)] == [303, 303]
    ((key, version),) = asked(engine, "SELECT id, version FROM homework")

    assert at.post(page, {"text": "Ещё", "minutes": "70", "due": str(NEXT)}).status_code == 303
    shown = at.get(page).text
    assert re.search(r"170 мин", shown)
    assert "больше 150" in shown

    place = f"/journal/homework/{key}"
    assert at.post(place, {"text": "Иначе", "due": str(NEXT), "version": str(version)}).status_code == 303
    answer = at.post(place, {"text": "Поздно", "due": str(NEXT), "version": str(version)})
    assert answer.status_code == 409
    assert "Поздно</textarea>" in answer.text
    assert asked(engine, f"SELECT text FROM homework WHERE id = {key}") == [("Иначе",)]
