"""A paper goes with an absence notice: who brings it, who sees it, and what is refused in words at its place."""

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.models import AbsenceNotice, Attachment, SchoolSetting, Staff
from app.pages.absences import send as send_notice
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.diary.conftest import Browse, Clock, Put
from tests.factories import MadeSchool, account
from tests.homework.test_files import PDF, docx, picture, send
from tests.web_support import Api, Browser

NEXT = "2026-11-23"
TYPED = {"begins_on": NEXT, "ends_on": "", "reason": "ill", "comment": "Была у врача"}
MEGABYTE = 2**20


def papers(engine: Engine) -> list[tuple[str, str]]:
    with transaction(engine, SEEDER) as session:
        query = select(Attachment.name, Attachment.kind).where(Attachment.absence_notice_id.is_not(None))
        return [(row.name, row.kind) for row in session.execute(query.order_by(Attachment.id))]


def test_a_paper_goes_with_the_notice_and_is_seen_by_those_who_see_it(
    browser: Browse, api: Any, engine: Engine, made: MadeSchool, clock: Clock
) -> None:
    with transaction(engine, SEEDER) as session:
        user = account(session, "health", "health worker")
        session.add(Staff(school_id=made.school.id, surname="Врачёва", given_name="Ия", user_id=user))
    mother, here = browser("mother"), f"/absences/{made.anna.id}"
    assert 'type="file"' in mother.get(here).text
    assert send(mother, here, [("справка.jpg", picture()), ("план.pdf", PDF)], **TYPED).status_code == 303
    assert papers(engine) == [("справка.jpg", "jpeg"), ("план.pdf", "pdf")]
    with transaction(engine, SEEDER) as session:
        key, paper = session.scalars(select(AbsenceNotice.id)).one(), session.scalars(select(Attachment.id)).first()

    at = f"/absence-notices/files/{paper}"
    assert at in mother.get(here).text
    for login in ("mother", "anna", "class_teacher", "secretary", "head", "health"):
        answer = browser(login).get(at)
        assert (answer.status_code, answer.content_type) == (200, "image/jpeg"), login
        assert answer.headers["Content-Disposition"].startswith("attachment; filename="), login
    for login in ("father", "other_teacher"):
        assert browser(login).get(at).status_code == 404, login
        assert api(login).get(f"/api/v1/attachment/{paper}").status_code in (403, 404), login
    assert browser("secretary").get(f"/files/{paper}").status_code == 403

    leader = browser("class_teacher")
    assert at in leader.get("/absence-notices/").text
    assert leader.post(f"/absence-notices/{key}", {"decision": "accept", "answer": ""}).status_code == 303
    assert at in leader.get("/absence-notices/").text
    later = f"/files/of/absence_notice/{key}"
    assert send(mother, later, [("после.pdf", PDF)]).status_code == 303
    assert "после.pdf" in mother.get(here).text
    assert mother.post(f"/records/attachment/{paper}/delete", {"version": "1"}).status_code == 403
    for login, status in (("anna", 403), ("class_teacher", 403), ("father", 404)):
        assert send(browser(login), later, [("чужой.pdf", PDF)]).status_code == status, login
    assert len(papers(engine)) == 3
    assert mother.get(f"/files/of/homework/{made.own_lesson.id}").status_code == 404


def test_what_is_wrong_with_a_paper_is_said_at_its_place_and_nothing_typed_is_lost(
    browser: Browse, engine: Engine, made: MadeSchool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(SchoolSetting(school_id=made.school.id, name="file_megabytes", value="1"))
    mother, here = browser("mother"), f"/absences/{made.anna.id}"
    mother.get(here)
    for name, content, said in (
        ("доклад.docx", docx(), "JPEG, PNG, GIF, WebP, PDF."),
        ("фото.jpg", b"<!DOCTYPE html><script>alert(1)</script>", "JPEG, PNG, GIF, WebP, PDF."),
        ("много.pdf", PDF + b" " * (MEGABYTE + 1), "не больше 1 МБ"),
    ):
        answer = send(mother, here, [(name, content)], **TYPED)
        assert answer.status_code == 422 and said in answer.text and f"«{name}»" in answer.text, name
        assert "Была у врача</textarea>" in answer.text and f'value="{NEXT}"' in answer.text, name
    assert papers(engine) == []

    monkeypatch.setattr(send_notice, "largest_request", 2 * MEGABYTE)
    nine = b"%PDF-1.4" + b" " * (MEGABYTE * 9 // 10) + b"%%EOF"
    crowded = send(mother, here, [(f"{number}.pdf", nine) for number in range(3)], **TYPED)
    assert crowded.status_code == 422 and "«2.pdf» не осталось места" in crowded.text and papers(engine) == []
    huge = two_hundred_megabytes(mother, here)
    assert huge.status_code == 422 and "«огромный.pdf»" in huge.text and "не больше 1 МБ" in huge.text
    assert "Была у врача</textarea>" in huge.text
    refused = mother.client.post(
        here, content_type="multipart/form-data; boundary=x", buffered=True,
        environ_overrides={"CONTENT_LENGTH": str(300 * MEGABYTE), "wsgi.input": io.BytesIO(b"")},
    )  # fmt: skip
    assert refused.status_code == 413 and "2 МБ" in refused.text
    assert mother.post(here, {**TYPED, "comment": "x" * 2 * MEGABYTE}).status_code == 413  # no file, no more room
    with transaction(engine, SEEDER) as session:
        assert session.scalars(select(AbsenceNotice.id)).all() == []


class Endless(io.RawIOBase):
    """A form with a file of so many octets, which are made as they are read."""

    def __init__(self, head: bytes, octets: int, tail: bytes) -> None:
        self.parts = [head, *[b" " * MEGABYTE] * (octets // MEGABYTE), tail]
        self.length = sum(map(len, self.parts))
        self.rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.rest and self.parts:
            self.rest = self.parts.pop(0)
        taken = self.rest[: len(buffer)]
        self.rest = self.rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


def two_hundred_megabytes(at: Browser, path: str) -> Any:
    """Sent as a browser without scripts does."""
    fields = {"csrf_token": at.token, **TYPED}
    head = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    head += '--x\r\nContent-Disposition: form-data; name="files"; filename="огромный.pdf"\r\n\r\n%PDF-'
    sent = Endless(head.encode(), 200 * MEGABYTE, b"%%EOF\r\n--x--\r\n")
    return at.client.post(
        path, buffered=True, environ_overrides={
            "CONTENT_LENGTH": str(sent.length), "CONTENT_TYPE": "multipart/form-data; boundary=x",
            "wsgi.input": io.BufferedReader(sent),
        },
    )  # fmt: skip


def test_a_sent_notice_shows_in_the_journal_before_it_is_accepted(
    browser: Browse, engine: Engine, made: MadeSchool, clock: Clock, put: Put, teacher: Api
) -> None:
    given = {"first": clock.now.date(), "last": clock.now.date() + timedelta(days=1)}
    notice = AbsenceNotice(
        student_id=made.anna.id, guardian_id=made.mother.id, begins_on=given["first"], ends_on=given["last"],
        reason="family", comment="Едем к бабушке",
    )  # fmt: skip
    put(notice)
    at = browser("teacher")
    grid = f"/journal/{made.class_5a.id}/{made.maths.id}/{made.term.id}"
    card = f"/journal/cell/{made.own_lesson.id}/{made.anna.id}"
    page = at.get(grid).text
    line = page.split("Ёлкина Анна")[1].split("</tr>")[0]
    assert line.count("is-announced") == 1 and "ответа ещё нет" in line
    assert "is-announced" not in page.split("Зимин Глеб")[1].split("</tr>")[0]
    assert "извещение подано" in at.get(f"/journal/lesson/{made.own_lesson.id}").text
    told = at.get(card).text
    assert "извещение подано" in told and "Едем к бабушке" in told and "Здесь ничего" not in told

    entry = {"lesson": made.own_lesson.id, "student": made.anna.id, "reason": "absent"}
    assert teacher.post("/api/v1/absence/", json=entry).status_code == 201
    assert "is-away is-announced" in at.get(grid).text
    answer = browser("class_teacher").post(f"/absence-notices/{notice.id}", {"decision": "decline", "answer": "Нет"})
    assert answer.status_code == 303
    assert "is-announced" not in at.get(grid).text and "извещение подано" not in at.get(card).text
