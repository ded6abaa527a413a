"""The week's behaviour by the class teacher, and remarks and praise in a lesson."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, text

from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import AROUND, TODAY, MadeSchool
from tests.services.test_compose import deliver, outbox
from tests.web_support import Api, Browser

MONDAY = TODAY - timedelta(days=TODAY.weekday())


def asked(engine: Engine, query: str) -> list[Any]:
    with transaction(engine, SEEDER) as session:
        return [tuple(row) for row in session.execute(text(query), execution_options=AROUND)]


def test_the_class_teacher_marks_a_week_and_the_family_sees_and_hears_it(
    browser: Callable[[str], Browser],
    api: Callable[[str], Api],
    made: MadeSchool,
    neighbours: dict[str, int],
    engine: Engine,
) -> None:
    at, place = browser("class_teacher"), f"/behaviour/{made.class_5a.id}/{TODAY}"
    assert at.get("/behaviour/").status_code == 303
    assert "Глеб" in at.get(place).text
    anna, gleb = made.anna.id, made.gleb.id
    sent = {f"value-{anna}": "exemplary", f"comment-{anna}": "помогала", f"version-{anna}": "0", f"value-{gleb}": ""}
    assert at.post(place, sent).status_code == 303
    assert asked(engine, "SELECT student_id, week, value, comment, author_id FROM behaviour_mark") == [
        (anna, MONDAY, "exemplary", "помогала", made.class_teacher.id)
    ]

    for login, sees in (("mother", True), ("anna", True), ("gleb", False), ("neighbour", False), ("father", False)):
        told = api(login).get("/api/v1/behaviour_mark/").json
        assert told["count"] == int(sees), login  # type: ignore[index]
        assert ("примерное" in browser(login).get(f"/diary/?week={MONDAY}").text) is sees, login
    deliver(engine, and_digests=True)
    assert [body for _phone, _kind, body in outbox(engine)] == [
        f"Анна: Поведение за неделю с {MONDAY:%d.%m}: примерное (помогала). Шк 1"
    ]

    answer = at.post(place, {f"value-{anna}": "good", f"version-{anna}": "0", f"value-{gleb}": "good"})
    assert answer.status_code == 409, "somebody was faster: nothing is saved"
    assert "message-bad" in answer.text
    assert len(asked(engine, "SELECT id FROM behaviour_mark")) == 1
    assert at.post(place, {f"value-{anna}": "exemplary", f"version-{anna}": "1", f"comment-{anna}": "помогала",
                           f"value-{gleb}": "", f"version-{gleb}": "0", "rest": "good"}).status_code == 303  # fmt: skip
    assert asked(engine, "SELECT value FROM behaviour_mark ORDER BY id") == [("exemplary",), ("good",)]
    wrong = at.post(place, {f"value-{gleb}": "5", f"version-{gleb}": "1", f"comment-{gleb}": "Не потеряно"})
    assert (wrong.status_code, "Не потеряно" in wrong.text) == (422, True)


def test_nobody_else_gives_it_and_a_week_is_a_week(
    browser: Callable[[str], Browser], api: Callable[[str], Api], made: MadeSchool, neighbours: dict[str, int]
) -> None:
    place = f"/behaviour/{made.class_5a.id}/{MONDAY}"
    sent = {f"value-{made.anna.id}": "good", f"version-{made.anna.id}": "0"}
    assert {login: browser(login).post(place, sent).status_code for login in ("teacher", "mother", "head")} == {
        "teacher": 403, "mother": 403, "head": 403,
    }  # fmt: skip
    assert "<select" not in browser("head").get(place).text.split("<main")[1].split("</main")[0]
    leader = browser("class_teacher")
    for strange in (f"/behaviour/{made.class_5b.id}/{MONDAY}", f"/behaviour/{made.class_5a.id}/1900-01-01",
                    f"/behaviour/{made.class_5a.id}/2026-02-31", "/behaviour/999999999/2026-11-16"):  # fmt: skip
        assert leader.get(strange).status_code == 404, strange

    by_rest = api("class_teacher")
    given = {"student": made.anna.id, "week": str(TODAY), "value": "good"}
    made_now = by_rest.post("/api/v1/behaviour_mark/", json=given)
    assert (made_now.status_code, made_now.json["result"]["week"]) == (201, str(MONDAY))  # type: ignore[index]
    assert by_rest.post("/api/v1/behaviour_mark/", json=given).status_code == 409
    foreign = by_rest.post("/api/v1/behaviour_mark/", json=given | {"student": made.boris.id})
    before = by_rest.post("/api/v1/behaviour_mark/", json=given | {"week": str(date(2026, 8, 3))})
    assert (foreign.status_code, before.status_code) == (422, 403)


def test_a_teacher_praises_in_the_own_lesson_and_tells_the_guardians_alone_what_is_for_them(
    browser: Callable[[str], Browser], made: MadeSchool, neighbours: dict[str, int]
) -> None:
    at, place = browser("teacher"), f"/behaviour/lesson/{made.own_lesson.id}"
    anna = str(made.anna.id)
    praise = {"student": anna, "kind": "praise", "text": "Решила сама"}
    assert at.post(place, praise).status_code == 303
    quiet = {"student": anna, "kind": "remark", "text": "Позвоните мне", "to_guardians": "on"}
    assert at.post(place, quiet).status_code == 303

    texts = ("Решила сама", "Позвоните мне")
    for login, sees in (("mother", (True, True)), ("anna", (True, False)), ("gleb", (False, False))):
        week = browser(login).get(f"/diary/?week={MONDAY}").text
        assert tuple(said in week for said in texts) == sees, login
    listed = browser("class_teacher").get(f"/behaviour/{made.class_5a.id}/{MONDAY}").text
    assert all(said in listed for said in texts)
    for wrong, field in (
        ({"student": ""}, "student"), ({"text": " "}, "text"), ({"kind": "joke"}, "kind"),
        ({"student": str(made.boris.id)}, "student"), ({"student": "999999999"}, "student"),
    ):  # fmt: skip
        answer = at.post(place, praise | {"text": "Осталось"} | wrong)
        assert answer.status_code == 422, wrong
        assert f'id="remark-{field}-error"' in answer.text, wrong
        assert field == "text" or "Осталось</textarea>" in answer.text
    assert browser("mother").post(place, praise).status_code == 403
    assert browser("other_teacher").get(place).status_code == 404
    assert browser("class_teacher").post(place, praise).status_code == 403
