"""What to bring: said with the homework or alone, and read wherever the homework is."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from sqlalchemy import Engine, select

from app.models import Homework
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool
from tests.homework.conftest import LATER, NEXT
from tests.services.test_compose import deliver, outbox
from tests.web_support import Api, Browser


def cell(at: Browser, lesson: int, field: str, text: str, was: str) -> str:
    """Written in place on the lesson's screen."""
    who = at.get("/journal/state").json["who"]  # type: ignore[index]
    change = {
        "lesson": lesson,
        "field": field,
        "text": text,
        "was": was,
        "key": sha256(f"{field} {text} {was}".encode()).hexdigest()[:32],
    }
    answer = at.api("POST", "/journal/cells", json={"who": who, "changes": [change]})
    assert answer.json is not None
    return str(answer.json["answers"][0]["status"])


def test_what_to_bring_reaches_the_family_wherever_the_homework_does(
    browser: Callable[[str], Browser],
    api: Callable[[str], Api],
    engine: Engine,
    made: MadeSchool,
    neighbours: dict[str, int],
    page: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = browser("teacher")
    assert 'name="bring"' in at.get(page).text
    given = {"text": "Начертить план", "bring": "  цветные   карандаши ", "due": str(NEXT)}
    assert at.post(page, given).status_code == 303
    assert "цветные карандаши" in at.get(page).text
    assert at.post(page, {"text": "", "bring": "контурную карту", "due": str(LATER)}).status_code == 303
    refused = at.post(page, {"text": " ", "bring": " "})
    assert refused.status_code == 422 and 'aria-invalid="true"' in refused.text
    long = at.post(page, {"text": "Не потеряно", "bring": "ж" * 201})
    assert long.status_code == 422 and "200" in long.text and "Не потеряно</textarea>" in long.text
    assert "ж" * 201 in long.text

    child = made.anna.id
    for path in (f"/diary/{child}?week={NEXT}", f"/homework/{child}?from={NEXT}&until={LATER}", "/"):
        told = browser("mother").get(path).text
        assert "цветные карандаши" in told and "взять:" in told, path
    assert "контурную карту" in browser("anna").get(f"/diary/{child}/news").text
    deliver(engine, and_digests=True)
    texts = " ".join(body for _phone, _kind, body in outbox(engine))
    assert "Начертить план; взять цветные карандаши" in texts and "взять контурную карту" in texts, texts

    with transaction(engine, SEEDER) as session:
        first, alone = session.scalars(select(Homework).order_by(Homework.id)).all()
    assert api("teacher").get(f"/api/v1/homework/{alone.id}").json["result"]["bring"] == "контурную карту"  # type: ignore[index]
    empty = api("teacher").put(f"/api/v1/homework/{alone.id}", json={"bring": "", "version": alone.version})
    assert empty.status_code == 422 and "text" in empty.json["message"]  # type: ignore[index]
    assert first.text == "Начертить план"


def test_it_is_written_in_place_on_the_screen_of_a_lesson(
    browser: Callable[[str], Browser], engine: Engine, made: MadeSchool, neighbours: dict[str, int]
) -> None:
    at, lesson = browser("teacher"), made.own_lesson.id
    assert 'data-field="bring"' in at.get(f"/journal/lesson/{lesson}").text

    def stands() -> list[tuple[str, str]]:
        with transaction(engine, SEEDER) as session:
            return [(one.text, one.bring) for one in session.scalars(select(Homework).order_by(Homework.id))]

    assert cell(at, lesson, "bring", "краски", "") == "saved"
    assert stands() == [("", "краски")]
    assert cell(at, lesson, "homework", "§ 7", "") == "saved"
    assert cell(at, lesson, "bring", "кисти", "") == "conflict"
    assert cell(at, lesson, "bring", "ж" * 201, "краски") == "refused"
    assert stands() == [("§ 7", "краски")]
    assert cell(at, lesson, "homework", "", "§ 7") == "saved"
    assert stands() == [("", "краски")]
    assert cell(at, lesson, "bring", "", "краски") == "saved"
    assert stands() == []
