"""What the stories of getting in share: a school with families who have no account yet, and letters that are read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.models import Guardian, Guardianship, Student
from app.pages import invitations
from app.services.invitations import Letter
from app.session.actors import SEEDER
from app.session.engine import transaction
from app.web.resources import resources
from tests.factories import PASSWORD, MadeSchool, a_school
from tests.pristine import Pristine
from tests.web_support import Browser, client_for

GOOD_PASSWORD = "верблюд рисует снег"


@dataclass
class Letters:
    """The letters that were printed, by the name on them; the newest counts."""

    read: dict[str, Letter] = field(default_factory=dict)

    def code(self, name: str) -> str:
        return self.read[name].code


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Letters:
    """Letters are read as they go to the printer; typst itself is asked in one story only."""
    printed = Letters()

    def read(made: Any, *_: Any) -> bytes:
        printed.read |= {letter.invited.name: letter for letter in made}
        return b"%PDF-"

    monkeypatch.setattr(invitations, "letters_pdf", read)
    return printed


@pytest.fixture
def engine(web: Flask) -> Engine:
    return resources(web).engine


@pytest.fixture
def made(engine: Engine, first_state: Pristine) -> MadeSchool:
    """In 5А: Anna and her mother have accounts, Gleb and his father and mother have none; she is barred."""
    return first_state.lay("a school with letters to write", lambda: _with_gleb_s_family(a_school(engine), engine))


def _with_gleb_s_family(school: MadeSchool, engine: Engine) -> MadeSchool:
    with transaction(engine, SEEDER) as session:
        gleb = session.get_one(Student, school.gleb.id)
        for given_name, barred in (("Пётр", False), ("Вера", True)):
            guardian = Guardian(school_id=school.school.id, surname="Зимин", given_name=given_name)
            session.add(guardian)
            session.flush()
            session.add(Guardianship(guardian=guardian, student=gleb, barred=barred))
    return school


@pytest.fixture
def print_for(web: Flask, made: MadeSchool, letters: Letters) -> Callable[..., str]:
    """`print_for("Зимин Пётр")`: a letter by the class teacher of 5А; its code."""
    teacher = client_for(web, "class_teacher", PASSWORD)
    page = f"/invitations/{made.class_5a.id}"

    def make(name: str) -> str:
        answer = teacher.post(f"{page}/letters", {"person": key_of(teacher, page, name)})
        assert answer.mimetype == "application/pdf", answer.text
        return letters.code(name)

    return make


def key_of(browser: Browser, page: str, name: str) -> str:
    """By which the page knows a person."""
    text = browser.get(page).text
    before = text[: text.index(f'aria-label="Письмо: {name}"')]
    return before.rpartition('value="')[2].partition('"')[0]


def signs_up(browser: Browser, code: str, contact: str = "petr@example.org", **more: str) -> Any:
    """From the code to the account, as a browser does."""
    browser.get("/join/")
    shown = browser.post("/join/", {"code": code})
    if shown.status_code != 200:
        return shown
    given = {"code": code, "name": "Зимин Пётр", "contact": contact, "password": GOOD_PASSWORD, **more}
    return browser.post("/join/register", given)
