"""A family, its class teacher, and what they ask: for the stories of own data and of requests."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.models import AccountContact, DataRequest, Guardian, MailMessage
from app.session.actors import ONBOARDING, SEEDER
from app.session.engine import transaction
from app.web.resources import resources
from tests.factories import PASSWORD, MadeSchool, a_school
from tests.support import SchoolDatabase
from tests.web_support import Browser, client_for


@pytest.fixture
def engine(web: Flask) -> Engine:
    return resources(web).engine


@pytest.fixture
def made(engine: Engine, database: SchoolDatabase) -> MadeSchool:
    school = a_school(engine)
    with psycopg.connect(database.owner_url) as connection:
        connection.execute(
            "UPDATE ab_user SET email = 'teacher@school.org' WHERE username = 'class_teacher'; "
            "UPDATE ab_user SET email = 'mama@mail.ru' WHERE username = 'mother'"
        )
    return school


@pytest.fixture
def mother(web: Flask, made: MadeSchool) -> Browser:
    return client_for(web, "mother", PASSWORD)


@pytest.fixture
def teacher(web: Flask, made: MadeSchool) -> Browser:
    return client_for(web, "class_teacher", PASSWORD)


def main(answer: Any) -> str:
    assert answer.status_code in (200, 422), answer.status_code
    return str(answer.text.split("<main")[1].split("</main>")[0])


def asks(mother: Browser, made: MadeSchool, act: str = "change", **what: str) -> Any:
    """A change of details; names stand in the form as the page has them."""
    mother.get("/my-details/")
    letter = "g" if act == "change" else "c"
    fields = {f"{letter}{made.mother.id}-{name}": value for name, value in what.items()} if act != "not-mine" else what
    return mother.post(f"/my-details/{made.mother.id}/{act}", fields)


def the_request(engine: Engine) -> DataRequest:
    with transaction(engine, SEEDER) as session:
        return session.scalars(select(DataRequest).order_by(DataRequest.id.desc())).first()  # type: ignore[return-value]


def the_mother(engine: Engine, made: MadeSchool) -> Guardian:
    with transaction(engine, SEEDER) as session:
        return session.get_one(Guardian, made.mother.id)


def mails(engine: Engine, to: str) -> Sequence[MailMessage]:
    with transaction(engine, SEEDER) as session:
        return session.scalars(select(MailMessage).where(MailMessage.address == to).order_by(MailMessage.id)).all()


def proves(engine: Engine, made: MadeSchool, kind: str, address: str) -> None:
    with transaction(engine, ONBOARDING) as session:
        session.add(
            AccountContact(
                user_id=session.get_one(Guardian, made.mother.id).user_id, kind=kind, address=address,
                confirmed_at=made.mother.phone_confirmed_at,
            )
        )  # fmt: skip
