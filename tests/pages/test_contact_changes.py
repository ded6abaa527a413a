"""The old address is told when a contact of an account changes, by whichever door it was changed."""

from collections.abc import Callable

import psycopg
import pytest
from flask import Flask

from app.models import Guardian, Staff
from app.session.actors import SEEDER
from app.session.engine import transaction
from app.web.resources import resources
from tests.factories import PASSWORD, MadeSchool, a_school, account
from tests.pages.test_recovery import code_in_sms, key_in_mail
from tests.support import SchoolDatabase
from tests.web.people import ask
from tests.web_support import Browser, api_for, client_for

OLD_PHONE, OLD_MAIL, NEW_MAIL = "+79990000001", "old@mail.ru", "new@mail.ru"


@pytest.fixture
def made(web: Flask, database: SchoolDatabase) -> MadeSchool:
    school = a_school(resources(web).engine)
    with transaction(resources(web).engine, SEEDER) as session:
        session.get_one(Guardian, school.mother.id).email = OLD_MAIL
        user = account(session, "admin", "school administrator")
        session.add(Staff(school_id=school.school.id, surname="Админ", given_name="Имя", user_id=user))
    return school


@pytest.fixture
def told(database: SchoolDatabase) -> Callable[[], tuple[list[str], list[str]]]:
    """To whom mails about the account and texts of it went since it was asked last."""

    def ask_and_forget() -> tuple[list[str], list[str]]:
        with psycopg.connect(database.owner_url) as connection:
            mails = connection.execute(
                "UPDATE mail_message SET kind = 'sms' WHERE kind = 'security' RETURNING address"
            ).fetchall()
            texts = connection.execute(
                "UPDATE sms_message SET kind = 'weekly' WHERE kind = 'immediate' RETURNING phone"
            ).fetchall()
        return sorted(row[0] for row in mails), sorted(row[0] for row in texts)

    return ask_and_forget


def test_the_old_phone_and_address_of_a_guardian_hear_of_it_by_every_door_of_the_office(
    web: Flask, made: MadeSchool, database: SchoolDatabase, told: Callable[[], tuple[list[str], list[str]]]
) -> None:
    secretary, api = client_for(web, "secretary", PASSWORD), api_for(web, "secretary", PASSWORD)
    page, record = f"/records/guardian/{made.mother.id}", f"/api/v1/guardian/{made.mother.id}"

    def version() -> int:
        return int(ask(database, "SELECT version FROM guardian WHERE id = %s", made.mother.id)[0][0])  # type: ignore[call-overload]

    secretary.get(f"{page}/edit")
    names = {"surname": "Ёлкина", "given_name": "Мария", "patronymic": ""}
    edited = secretary.post(
        f"{page}/edit", names | {"phone": "+79990000011", "email": NEW_MAIL, "version": str(version())}
    )
    assert edited.status_code in (302, 303), edited.text
    assert told() == ([OLD_MAIL], [OLD_PHONE])
    (body,) = {row[0] for row in ask(database, "SELECT body FROM sms_message WHERE phone = %s", OLD_PHONE)}
    assert "сообщите школе" in str(body) and "+7999" not in str(body) and "Ёлкина" not in str(body)

    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE guardian SET phone_confirmed_at = now() WHERE id = %s", (made.mother.id,))
    assert (
        api.put(record, json={"phone": "+79990000012", "email": "x@mail.ru", "version": version()}).status_code == 200
    )
    assert told() == ([NEW_MAIL], ["+79990000011"])
    assert api.put(record, json={"phone": "+79990000013", "version": version()}).status_code == 200
    assert told() == ([], [])  # that phone was never proved to be hers
    assert api.put(record, json={"surname": "Иная", "email": "X@mail.ru", "version": version()}).status_code == 200
    assert told() == ([], [])  # the same address
    secretary.get(f"{page}/cell/email")
    cell = secretary.post(f"{page}/cell/email", {"email": "y@mail.ru", "version": str(version())})
    assert cell.status_code < 400, cell.text
    assert told() == (["X@mail.ru"], [])

    with psycopg.connect(database.owner_url) as connection:  # a guardian without an account has no contact of one
        connection.execute("UPDATE guardian SET user_id = NULL WHERE id = %s", (made.father.id,))
    father = f"/api/v1/guardian/{made.father.id}"
    assert api.put(father, json={"phone": "+79990000099", "version": 1}).status_code == 200
    assert api.put(record, json={"phone": "12", "version": version()}).status_code == 422
    assert told() == ([], [])


def test_the_old_address_hears_of_an_accepted_request(
    web: Flask, made: MadeSchool, database: SchoolDatabase, told: Callable[[], tuple[list[str], list[str]]]
) -> None:
    mother, teacher = client_for(web, "mother", PASSWORD), client_for(web, "class_teacher", PASSWORD)
    mother.get("/my-details/")
    field = f"g{made.mother.id}"
    mother.post(f"/my-details/{made.mother.id}/change", {f"{field}-phone": "+79995554433", f"{field}-email": NEW_MAIL})
    assert told() == ([], [])  # nothing is changed yet
    teacher.get("/requests/")
    teacher.post(f"/requests/{ask(database, 'SELECT id FROM data_request')[0][0]}/accept")

    assert told() == ([OLD_MAIL], [OLD_PHONE])


def test_the_old_address_of_an_account_hears_of_the_administrators_form(
    web: Flask, made: MadeSchool, database: SchoolDatabase, told: Callable[[], tuple[list[str], list[str]]]
) -> None:
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE ab_user SET email = %s WHERE username = 'mother'", (OLD_MAIL,))
    admin = client_for(web, "admin", PASSWORD)
    [(key,)] = ask(database, "SELECT id FROM ab_user WHERE username = 'mother'")
    [(role,)] = ask(database, "SELECT id FROM ab_role WHERE name = 'guardian'")
    form = {"last_name": "Ёлкина", "first_name": "Мария", "username": "mother", "active": "y", "roles": str(role)}
    for email, heard in ((OLD_MAIL.upper(), []), (NEW_MAIL, [OLD_MAIL.upper()]), ("", [NEW_MAIL])):
        admin.get(f"/accounts/{key}")
        assert admin.post(f"/accounts/{key}", form | {"email": email}).status_code == 303
        assert told() == (heard, [])


def test_the_contacts_that_an_account_has_hear_of_a_new_one_and_of_their_end(
    web: Flask, made: MadeSchool, database: SchoolDatabase, told: Callable[[], tuple[list[str], list[str]]]
) -> None:
    mother = client_for(web, "mother", PASSWORD)
    mother.get("/contacts/")
    mother.post("/contacts/add", {"contact": OLD_MAIL})
    reader = Browser(web)
    reader.get("/contacts/confirm")
    assert reader.post("/contacts/confirm", {"key": key_in_mail(database, "confirmation")}).status_code == 303
    assert told() == ([], [])  # the first: nobody had been there

    mother.post("/contacts/add", {"contact": "+79995554433"})
    [(phone,)] = ask(database, "SELECT id FROM account_contact WHERE kind = 'phone'")
    assert told() == ([], [])  # it is not proved yet
    mother.post(f"/contacts/{phone}/code", {"code": code_in_sms(database)})
    assert told() == ([OLD_MAIL], [])
    mother.post("/contacts/add", {"contact": NEW_MAIL})
    reader.get("/contacts/confirm")
    assert reader.post("/contacts/confirm", {"key": key_in_mail(database, "confirmation")}).status_code == 303
    assert told() == ([OLD_MAIL], ["+79995554433"])

    mother.get("/contacts/")
    mother.post(f"/contacts/{phone}/remove")
    assert told() == ([], ["+79995554433"])
    bodies = [str(row[0]) for row in ask(database, "SELECT body FROM mail_message WHERE address = %s", OLD_MAIL)]
    assert any("n***@mail.ru" in body for body in bodies) and not any(NEW_MAIL in body for body in bodies)
