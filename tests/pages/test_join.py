"""A new family comes in with nothing but the printed letter; and every code that should open nothing opens nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.pages import join
from tests.factories import PASSWORD, a_school
from tests.pages.letters import GOOD_PASSWORD, Letters, engine, key_of, letters, made, print_for, signs_up
from tests.support import SchoolDatabase
from tests.web.people import ask, execute
from tests.web_support import Browser, client_for

__all__ = ["engine", "letters", "made", "print_for"]

Print = Callable[[str], str]


def tied(database: SchoolDatabase) -> list[tuple[Any, ...]]:
    return ask(
        database, "SELECT g.given_name, u.username FROM guardian g JOIN ab_user u ON u.id = g.user_id ORDER BY 2"
    )


def test_a_father_joins_with_three_fields_and_sees_his_child_at_once(
    web: Flask, database: SchoolDatabase, print_for: Print
) -> None:
    code, father = print_for("Зимин Пётр"), Browser(web)
    father.get("/join/")
    shown = father.post("/join/", {"code": f" {code[:4]}-{code[4:8]} {code[8:]} "})
    assert shown.status_code == 200 and "Зимин Глеб" in shown.text and 'value="Зимин Пётр"' in shown.text

    weak = signs_up(father, code, password="12345678901")
    assert weak.status_code == 422 and "petr@example.org" in weak.text
    assert ask(database, "SELECT count(*) FROM invitation WHERE used_at IS NOT NULL") == [(0,)]

    answer = signs_up(father, code, name="Зимин Пётр Ильич")
    assert (answer.status_code, answer.location) == (303, "/")
    start = father.get("/").text
    assert "Глеб" in start and "petr@example.org" in start
    assert "расходится со школьным" in start and "расходится" in father.get("/my-details/").text
    assert father.get("/sessions/").text.count("Письмо") == 0 and "по письму" in father.get("/sessions/").text
    [(first, last, active)] = ask(
        database, "SELECT first_name, last_name, active FROM ab_user WHERE username = 'petr@example.org'"
    )
    assert (first, last, active) == ("Пётр Ильич", "Зимин", True)
    cookie = father.client.get_cookie("session")
    assert cookie is not None and cookie.max_age is not None  # the own device: it stays signed in
    father.post("/logout/")
    assert father.sign_in("Petr@example.org", GOOD_PASSWORD).status_code == 303
    [(mail, to)] = ask(database, "SELECT path, address FROM mail_message WHERE kind = 'confirmation'")
    assert to == "petr@example.org" and mail.startswith("/contacts/confirm#")
    assert ask(database, "SELECT email, phone FROM guardian WHERE given_name = 'Пётр'") == [(None, None)]


def test_a_student_joins_as_a_student_and_not_as_the_guardian(
    web: Flask, database: SchoolDatabase, print_for: Print
) -> None:
    gleb = Browser(web)
    assert print_for("Зимин Глеб") != print_for("Зимин Пётр")

    assert signs_up(gleb, print_for("Зимин Глеб"), "8 (999) 123-45-67").status_code == 303
    assert ask(
        database,
        "SELECT u.username, r.name FROM student s JOIN ab_user u ON u.id = s.user_id "
        "JOIN ab_user_role ur ON ur.user_id = u.id JOIN ab_role r ON r.id = ur.role_id WHERE s.given_name = 'Глеб'",
    ) == [("+79991234567", "student")]
    assert ("Пётр", "+79991234567") not in tied(database)
    [(phone, kind)] = ask(database, "SELECT phone, kind FROM sms_message")
    assert (phone, kind) == ("+79991234567", "code")


def test_every_code_that_opens_nothing_is_answered_alike(
    web: Flask, database: SchoolDatabase, print_for: Print, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, revoked = print_for("Зимин Глеб"), print_for("Зимин Пётр")
    assert signs_up(Browser(web), used, "gleb@example.org").status_code == 303
    expired = print_for("Зимин Пётр")  # and the one before is dead by it
    execute(database, "UPDATE invitation SET expires_at = now() WHERE used_at IS NULL AND revoked_at IS NULL")
    stranger = Browser(web)
    stranger.get("/join/")
    before = ask(database, "SELECT count(*) FROM ab_user")

    answers = set()
    bad = (used, revoked, expired, "1" * 20, "1" * 10_000, "\0" * 20, "\u202e" + used, "", "' OR 1=1", "٣" * 20)
    for code in bad:
        for door in ("/join/", "/join/register", "/join/return"):
            given = {"code": code, "name": "А Б", "contact": "x@example.org", "password": GOOD_PASSWORD}
            answer = stranger.post(door, given)
            text = answer.text.replace(stranger.token, "")
            answers.add((answer.status_code, text[: text.index('name="code"')], text[text.index("placeholder") :]))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 422
    assert ask(database, "SELECT count(*) FROM ab_user") == before

    monkeypatch.setattr(join, "JOIN", replace(join.JOIN, address=len(bad) * 3))
    assert stranger.post("/join/", {"code": used}).status_code == 429


def test_two_requests_with_one_code_make_one_account(web: Flask, database: SchoolDatabase, print_for: Print) -> None:
    code = print_for("Зимин Пётр")
    browsers = [Browser(web), Browser(web)]

    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda n: signs_up(browsers[n], code, f"petr{n}@example.org"), (0, 1))

    assert sorted((first.status_code, second.status_code)) == [303, 422]
    assert ask(database, "SELECT count(*) FROM ab_user WHERE username LIKE 'petr%%'") == [(1,)]
    assert ask(database, "SELECT count(*) FROM account_contact") == [(1,)]


def test_a_second_account_of_the_same_person_is_refused_and_one_account_takes_several_schools(
    web: Flask, database: SchoolDatabase, print_for: Print, letters: Letters, engine: Engine
) -> None:
    father = Browser(web)
    assert signs_up(father, print_for("Зимин Пётр")).status_code == 303
    other = a_school(engine, "Школа № 2", "second_")
    teacher = client_for(web, "second_class_teacher", PASSWORD)
    execute(database, "UPDATE guardian SET user_id = NULL WHERE id = %s", other.mother.id)
    page = f"/invitations/{other.class_5a.id}"
    teacher.post(f"{page}/letters", {"person": key_of(teacher, page, str(other.mother))})
    code = letters.code(str(other.mother))

    refused = signs_up(Browser(web), code, "PETR@example.org")
    assert refused.status_code == 422 and "/recover/" in refused.text and "уже есть" in refused.text
    assert father.get("/join/").status_code == 200
    offered = father.post("/join/", {"code": code})
    assert "/join/attach" in offered.text and "/join/register" not in offered.text
    assert signs_up(father, code, "second@example.org").status_code == 200  # signed in, no second account is made
    assert father.post("/join/attach", {"code": code}).status_code == 303

    start = father.get("/").text
    assert "Глеб" in start and "Анна" in start
    assert father.post("/join/attach", {"code": code}).status_code == 422


def test_who_is_barred_after_the_letter_gets_nothing(web: Flask, database: SchoolDatabase, print_for: Print) -> None:
    code = print_for("Зимин Пётр")
    execute(database, "UPDATE guardianship SET barred = true")

    assert signs_up(Browser(web), code).status_code == 422
    assert ("Пётр", "petr@example.org") not in tied(database)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact", "nobody"),
        ("contact", "a@b,c@d.ru"),
        ("name", "Зимин"),
        ("name", "Зи\u202eмин Пётр"),
        ("name", "\0 П"),
    ],
)
def test_a_wrong_field_is_named_and_the_code_stays_good(web: Flask, print_for: Print, field: str, value: str) -> None:
    code, father = print_for("Зимин Пётр"), Browser(web)

    refused = signs_up(father, code, **{field: value})
    assert refused.status_code == 422 and f'id="{field}-error"' in refused.text
    assert signs_up(father, code).status_code == 303
