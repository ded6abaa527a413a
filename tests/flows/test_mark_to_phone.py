"""A mark goes from the form, or the API, to a parent's phone, and its receipt comes back."""

import json
from typing import Any

from tests.running import Door, RunningSchool, wait_for

PARENT, PARENT2 = "+79990000001", "+79990000002"


def child_of_parent_in_5a(school: RunningSchool) -> dict[str, Any]:
    """The child of `parent` whom `teacher` teaches."""
    own = {one["id"] for one in school.program("parent").get("/api/v1/student/").json["result"]}
    taught: list[dict[str, Any]] = []
    page = 0
    while len(taught) < 200:
        found = school.program("teacher").get("/api/v1/student/", page=page, page_size=100).json["result"]
        taught += found
        if len(found) < 100:
            break
        page += 1
    (child,) = [one for one in taught if one["id"] in own]
    return child


def own_lesson_of(teacher: Door, student_id: int) -> int:
    """The newest held mathematics lesson of the student's class."""

    def found(record: str, order: str = "id", **equals: Any) -> list[dict[str, Any]]:
        filters = ",".join(f"(col:{name},opr:{how},value:'{value}')" for name, (how, value) in equals.items())
        q = f"(filters:!({filters}),order_column:{order},order_direction:desc,page_size:100)"
        return list(teacher.get(f"/api/v1/{record}/", q=q).json["result"])

    (maths,) = found("subject", name=("eq", "Математика"))
    school_class = found("enrollment", student=("rel_o_m", student_id))[0]["school_class"]
    lessons = found(
        "lesson",
        "date",
        school_class=("rel_o_m", school_class),
        subject=("rel_o_m", maths["id"]),
        state=("eq", "held"),
    )
    return int(lessons[0]["id"])


def test_a_mark_by_rest_reaches_the_phone_and_is_settled(school: RunningSchool) -> None:
    teacher = school.program("teacher")
    child = child_of_parent_in_5a(school)
    lesson = own_lesson_of(teacher, child["id"])
    before = len(school.texts(PARENT))

    answer = teacher.post("/api/v1/mark/", {"lesson": lesson, "student": child["id"], "value": "5"})

    assert answer.status == 201, answer.text
    text = wait_for(lambda: school.texts(PARENT)[before:])[0]["text"]
    assert child["given_name"] in text
    assert "матем 5" in text

    operator = school.program("operator")
    latest = "(order_column:id,order_direction:desc,page_size:1)"

    def settled() -> Any:
        (message,) = operator.get("/api/v1/sms_message/", q=latest).json["result"]
        return message if message["state"] == "delivered" else None

    message = wait_for(settled)
    assert message["phone"] == PARENT
    assert message["body"] == text
    assert message["done_at"]

    history = teacher.get(f"/api/v1/mark/{answer.json['id']}/history").json["result"]
    assert history[0]["action"] == "added"


def test_one_id_follows_a_mark_through_the_logs(school: RunningSchool) -> None:
    teacher = school.program("teacher")
    child = child_of_parent_in_5a(school)
    before = len(school.texts(PARENT))

    answer = teacher.post(
        "/api/v1/mark/", {"lesson": own_lesson_of(teacher, child["id"]), "student": child["id"], "value": "4"}
    )
    wait_for(lambda: [one for one in school.texts(PARENT)[before:] if one["receipt"] == "delivered"])

    def told() -> list[tuple[str, str]]:
        lines = (json.loads(line) for line in school.log.read_text().splitlines() if line.startswith("{"))
        return [(line["process"], line["event"]) for line in lines if line.get("trace") == answer.headers["X-Trace"]]

    wait_for(lambda: ("gateway", "receipt") in told())
    assert {process for process, _ in told()} == {"web", "worker", "gateway"}
    assert ("worker", "composed") in told()
    assert ("gateway", "submitted") in told()


def test_a_mark_corrected_in_the_form_is_told_and_stands_in_the_history(school: RunningSchool) -> None:
    teacher = school.program("teacher")
    child = child_of_parent_in_5a(school)
    lesson = own_lesson_of(teacher, child["id"])
    mark = teacher.post("/api/v1/mark/", {"lesson": lesson, "student": child["id"], "value": "2"}).json["id"]
    before = len(
        wait_for(lambda: [one for one in school.texts(PARENT) if "матем 2" in one["text"]]) and school.texts(PARENT)
    )

    page = school.browser("teacher")
    path = f"/records/mark/{mark}/edit"
    answer = page.form(path, lesson=lesson, student=child["id"], value="4")

    assert answer.status in (302, 303), answer.text[-1500:]
    corrected = wait_for(lambda: school.texts(PARENT)[before:])[0]["text"]
    assert "матем 4 вместо 2" in corrected
    shown = page.get(f"/records/mark/{mark}/history").text
    assert "2" in shown and "4" in shown


def test_a_family_that_is_not_subscribed_hears_nothing(school: RunningSchool) -> None:
    assert not [one for one in school.texts(PARENT2) if "матем" in one["text"]]


def test_stop_by_sms_holds_at_once_and_start_after_its_code(school: RunningSchool) -> None:
    before = len(school.texts(PARENT))

    school.reply(PARENT, "Стоп")

    answer = wait_for(lambda: [one for one in school.texts(PARENT)[before:] if "отключён" in one["text"]])
    assert answer
    parent = school.program("parent")
    assert {one["status"] for one in parent.get("/api/v1/sms_subscription/").json["result"]} == {"stopped"}

    school.reply(PARENT, "старт")
    asked = wait_for(lambda: [one["text"] for one in school.texts(PARENT)[before:] if "Ответьте ДА" in one["text"]])
    school.reply(PARENT, asked[0].partition("Ответьте ")[2].partition(".")[0])

    wait_for(lambda: [one for one in school.texts(PARENT)[before:] if "дневник включён" in one["text"]])
    assert {one["status"] for one in parent.get("/api/v1/sms_subscription/").json["result"]} == {"active"}


def test_urgent_news_reach_every_family(school: RunningSchool) -> None:
    head = school.program("head")

    answer = head.post("/api/v1/announcement/", {"title": "Завтра нет уроков", "text": "Мороз −30", "urgent": True})

    assert answer.status == 201, answer.text
    for phone in (PARENT, PARENT2):
        assert wait_for(lambda phone=phone: [one for one in school.texts(phone) if "Завтра нет уроков" in one["text"]])
