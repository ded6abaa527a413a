"""A class teacher prints letters: for whom, by whom, how often, and what never shows."""

import re

import pytest
from flask import Flask

from app.domain.codes import readable
from app.services.letters import letters_pdf
from tests.factories import PASSWORD, MadeSchool
from tests.pages.letters import Letters, engine, key_of, letters, made, print_for, signs_up
from tests.support import SchoolDatabase
from tests.web.people import ask, execute
from tests.web_support import Browser, client_for

__all__ = ["engine", "letters", "made", "print_for"]


@pytest.fixture
def teacher(web: Flask, made: MadeSchool) -> Browser:
    return client_for(web, "class_teacher", PASSWORD)


@pytest.fixture
def page(made: MadeSchool) -> str:
    return f"/invitations/{made.class_5a.id}"


def test_the_class_teacher_sees_who_has_an_account_and_prints_for_all_who_have_none(
    web: Flask, database: SchoolDatabase, teacher: Browser, page: str, letters: Letters, made: MadeSchool
) -> None:
    assert teacher.get("/invitations/").location == page
    before = teacher.get(page).text
    assert "2 письма тем, у кого их нет" in before and "не допущен" in before
    assert "/invitations/" in teacher.get("/").text

    answer = teacher.post(f"{page}/letters", {"all": "missing"})

    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert set(letters.read) == {"Зимин Глеб", "Зимин Пётр"}
    after = teacher.get(page).text
    assert after.count("действует до") == 2
    for name in letters.read:
        for kept in (
            after,
            str(ask(database, "SELECT * FROM invitation")),
            str(ask(database, "SELECT * FROM revision")),
        ):
            assert letters.code(name) not in kept and readable(letters.code(name)) not in kept
    again = teacher.post(f"{page}/letters", {"all": "missing"})  # a second press kills no letter that is printing
    assert again.status_code == 303
    [(count, printed, by)] = ask(
        database,
        "SELECT count(*), count(printed_at), max(username) FROM invitation JOIN ab_user u ON u.id = made_by_user_id",
    )
    assert (count, printed, by) == (2, 2, "class_teacher")


def test_a_letter_is_printed_anew_or_revoked_and_the_old_code_is_dead(
    web: Flask, teacher: Browser, page: str, letters: Letters
) -> None:
    person = {"person": key_of(teacher, page, "Зимин Пётр")}
    codes = []
    for _ in range(2):
        teacher.post(f"{page}/letters", person)
        codes.append(letters.code("Зимин Пётр"))
    assert signs_up(Browser(web), codes[0]).status_code == 422

    assert teacher.post(f"{page}/revoke", person).status_code == 303
    assert signs_up(Browser(web), codes[1]).status_code == 422
    teacher.post(f"{page}/letters", {"all": "never"})
    assert signs_up(Browser(web), letters.code("Зимин Пётр")).status_code == 303
    assert "последний вход" in teacher.get(page).text


def test_nobody_prints_for_a_foreign_class_or_a_barred_guardian(
    web: Flask, database: SchoolDatabase, made: MadeSchool, teacher: Browser, page: str, letters: Letters
) -> None:
    [(barred,)] = ask(database, "SELECT id FROM guardian WHERE given_name = 'Вера'")
    people = [f"guardian-{barred}", f"guardian-{made.father.id}", f"student-{made.boris.id}", "guardian-\0", "x" * 9000]
    assert teacher.post(f"{page}/letters", {"person": people}).status_code == 303
    foreign = f"/invitations/{made.class_5b.id}"
    for address in (foreign, "/invitations/999999", f"/invitations/{10**30}"):
        assert teacher.get(address).status_code == 404
        assert teacher.post(f"{address}/letters", {"all": "missing"}).status_code == 404
    for name in ("teacher", "mother", "anna"):
        stranger = client_for(web, name, PASSWORD)
        assert stranger.get(page).status_code == 403
        assert stranger.post(f"{page}/letters", {"all": "missing"}).status_code == 403
        assert "/invitations/" not in stranger.get("/").text
    assert ask(database, "SELECT count(*) FROM invitation") == [(0,)]

    assert client_for(web, "secretary", PASSWORD).post(f"{foreign}/letters", {"all": "missing"}).status_code == 200
    assert set(letters.read) == {"Борисов Борис"}


def test_who_left_the_room_prints_nothing_for_others(
    database: SchoolDatabase, teacher: Browser, page: str, letters: Letters
) -> None:
    execute(database, "UPDATE web_session SET proved_at = now() - interval '1 hour'")

    asked = teacher.post(f"{page}/letters", {"all": "missing"})
    assert asked.status_code == 403 and 'name="proof_password"' in asked.text
    assert letters.read == {}
    given = teacher.post(f"{page}/letters", {"all": "missing", "proof_password": PASSWORD})
    assert given.mimetype == "application/pdf"


def test_a_letter_gives_a_new_password_only_to_who_has_neither_address_nor_phone(
    web: Flask, database: SchoolDatabase, made: MadeSchool, teacher: Browser, page: str, letters: Letters
) -> None:
    assert "Письмо для нового пароля" in teacher.get(page).text
    anna = key_of(teacher, page, str(made.anna))
    assert f"guardian-{made.mother.id}" not in teacher.get(page).text  # her phone is confirmed
    assert teacher.post(f"{page}/letters", {"person": f"guardian-{made.mother.id}"}).status_code == 303

    teacher.post(f"{page}/letters", {"person": anna})
    code, browser = letters.code(str(made.anna)), Browser(web)
    signed_in = client_for(web, "anna", PASSWORD)
    browser.get("/join/")
    shown = browser.post("/join/", {"code": code})
    assert "Ваш логин: anna" in shown.text
    assert browser.post("/join/return", {"code": code, "password": "anna12345678"}).status_code == 422
    assert browser.post("/join/return", {"code": code, "password": "жираф читает газету"}).status_code == 303
    assert signed_in.get("/").status_code == 302  # everywhere else she is signed out
    assert browser.sign_in("anna", "жираф читает газету").status_code == 303
    assert browser.post("/join/return", {"code": code, "password": "другой совсем пароль"}).status_code == 422

    teacher.post(f"{page}/letters", {"person": anna})
    execute(database, "UPDATE staff SET user_id = (SELECT user_id FROM student WHERE id = %s) WHERE id = %s",
            made.anna.id, made.head.id)  # fmt: skip
    assert signs_up(Browser(web), letters.code(str(made.anna))).status_code == 422  # no letter opens a staff account


def test_the_paper_is_a_pdf_that_leads_to_the_address_of_the_installation_and_nowhere_else(
    web: Flask, teacher: Browser, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(
        "app.pages.invitations.letters_pdf", lambda *given: seen.append(given[-1]) or letters_pdf(*given)
    )

    answer = teacher.post(f"{page}/letters", {"all": "missing"}, headers={"X-Forwarded-Host": "evil.example"})

    assert answer.data.startswith(b"%PDF-") and "attachment" in answer.headers["Content-Disposition"]
    assert len(re.findall(rb"/Type\s*/Page\b", answer.data)) <= 1
    assert seen and "evil" not in seen[0]
    assert answer.headers["Cache-Control"] == "no-store"
