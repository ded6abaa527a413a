"""Accounts for staff who have none: made in one act after a look, with a sheet of passwords that is shown once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from app.models import SchoolClass, Staff, Teaching
from app.pages import staff_accounts
from app.records import ALL
from app.services import slips
from app.services import staff_accounts as service
from app.services.one_time import require_change
from app.session.actors import SEEDER
from app.session.engine import install, transaction
from app.web.resources import resources
from tests.factories import PASSWORD, MadeSchool, a_school
from tests.pristine import Pristine
from tests.support import SchoolDatabase
from tests.web.people import an_administrator, ask, execute
from tests.web_support import Browser, client_for

PAGE, OWN = "/accounts/for-staff", "верблюд рисует снег"


@pytest.fixture
def engine(web: Flask) -> Engine:
    return resources(web).engine


@pytest.fixture
def school(engine: Engine, first_state: Pristine) -> MadeSchool:
    """Зоя Щукина teaches and leads 5Б, Яна Щукина does neither; both have no account."""
    install(ALL)
    return first_state.lay("a school with new staff", lambda: _with_new_staff(a_school(engine), engine))


def _with_new_staff(made: MadeSchool, engine: Engine) -> MadeSchool:
    an_administrator(engine, made)
    with transaction(engine, SEEDER) as session:
        for name in ("Зоя", "Яна"):
            session.add(Staff(school_id=made.school.id, surname="Щукина", given_name=name, position="учитель"))
        session.flush()
        zoya = session.query(Staff).filter_by(given_name="Зоя").one()
        session.add(Teaching(teacher=zoya, school_class_id=made.class_5b.id, subject_id=made.maths.id))
        session.get_one(SchoolClass, made.class_5b.id).class_teacher_id = zoya.id
    return made


@pytest.fixture
def admin(web: Flask, school: MadeSchool) -> Browser:
    return client_for(web, "admin", PASSWORD)


@pytest.fixture
def in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo forces nobody to choose an own password."""

    def forced(*given: Any, is_demo: bool) -> None:
        assert is_demo
        require_change(*given, is_demo=False)

    monkeypatch.setattr(service, "require_change", forced)


@pytest.fixture
def sheet(monkeypatch: pytest.MonkeyPatch) -> dict[str, service.Slip]:
    """The slips that went to the printer, by login; typst itself is asked too."""
    printed: dict[str, service.Slip] = {}

    def read(made: list[service.Slip], *about: Any) -> bytes:
        printed.update({slip.username: slip for slip in made})
        return slips.slips_pdf(made, *about)

    monkeypatch.setattr(staff_accounts, "slips_pdf", read)
    return printed


def number_of(database: SchoolDatabase, name: str) -> str:
    [(number,)] = ask(database, "SELECT id FROM staff WHERE given_name = %s", name)
    return str(number)


def role(database: SchoolDatabase, name: str) -> str:
    [(number,)] = ask(database, "SELECT id FROM ab_role WHERE name = %s", name)
    return str(number)


@pytest.mark.usefixtures("in_production")
def test_one_act_makes_their_accounts_and_the_passwords_end(
    web: Flask, database: SchoolDatabase, admin: Browser, sheet: dict[str, service.Slip]
) -> None:
    zoya, yana = number_of(database, "Зоя"), number_of(database, "Яна")
    teacher, leader, secretary = (role(database, name) for name in ("teacher", "class teacher", "secretary"))
    chosen = {"staff": [zoya, yana], f"role-{zoya}": [teacher, leader]}
    page = admin.get(PAGE).text
    for told in ("shchukina.z", "shchukina.y", "учитель, классный руководитель"):
        assert told in page, told

    without_role = admin.post(PAGE, {**chosen, "make": "1"})
    assert (without_role.status_code, "Выберите роль: без неё" in without_role.text) == (422, True)
    assert admin.post(PAGE, {"make": "1"}).status_code == 422
    chosen[f"role-{yana}"] = [secretary, role(database, "authority"), role(database, "guardian")]  # one of them counts
    look = admin.post(PAGE, chosen)
    assert "Создать 2 учётные записи" in look.text
    assert ask(database, "SELECT count(*) FROM ab_user WHERE last_name = 'Щукина'") == [(0,)]

    made = admin.post(PAGE, {**chosen, "make": "1"})
    again = admin.post(PAGE, {**chosen, "make": "1"})

    assert (made.status_code, made.mimetype, made.data[:5]) == (200, "application/pdf", b"%PDF-")
    assert again.status_code == 422  # they have accounts: nobody is chosen
    assert {slip.name for slip in sheet.values()} == {"Щукина Зоя", "Щукина Яна"}
    held = (
        "SELECT r.name FROM ab_role r JOIN ab_user_role x ON x.role_id = r.id JOIN staff s USING (user_id)"
        " WHERE s.id = %s"
    )
    assert {name for (name,) in ask(database, held, zoya)} == {"teacher", "class teacher"}
    assert ask(database, held, yana) == [("secretary",)]
    assert ask(database, "SELECT count(*) FROM account_event WHERE kind = 'account_made'") == [(2,)]
    slip = sheet["shchukina.z"]
    assert slip.password not in str(ask(database, "SELECT * FROM ab_user"))

    browser = Browser(web)
    assert browser.sign_in(slip.username, slip.password).status_code == 303
    assert browser.get("/records/mark/").location == "/password/"
    execute(database, "UPDATE one_time_password SET created_at = now() - interval '15 days'")
    late = Browser(web).sign_in(slip.username, slip.password)
    assert (late.status_code, "действовал столько дней: 14" in late.text, "Админова Ада" in late.text) == (
        403,
        True,
        True,
    )
    assert Browser(web).sign_in(slip.username, "wrong").status_code == 401
    token = {"username": slip.username, "password": slip.password, "provider": "db"}
    assert web.test_client().post("/api/v1/security/login", json=token).status_code == 403
    execute(database, "UPDATE ab_user SET active = false WHERE username = 'admin'")
    assert "Администратор школы" in Browser(web).sign_in(slip.username, slip.password).text


def test_a_school_says_how_long_and_a_new_one_counts_anew(
    web: Flask, database: SchoolDatabase, admin: Browser, school: MadeSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.pages import accounts

    def forced(*given: Any, is_demo: bool) -> None:
        require_change(*given, is_demo=False)

    monkeypatch.setattr(accounts, "require_change", forced)
    execute(
        database,
        "INSERT INTO school_setting (version, school_id, name, value) VALUES (1, %s, 'one_time_days', '30')",
        school.school.id,
    )
    [(teacher,)] = ask(database, "SELECT id FROM ab_user WHERE username = 'teacher'")
    admin.post(f"/accounts/{teacher}/one-time-password")
    for days, opens in ((29, 303), (31, 403)):
        execute(database, f"UPDATE one_time_password SET created_at = now() - interval '{days} days'")
        execute(database, "UPDATE ab_user SET password = (SELECT password FROM ab_user WHERE username = 'head')")
        assert Browser(web).sign_in("teacher", PASSWORD).status_code == opens, days
    shown = client_for(web, "admin", PASSWORD).post(f"/accounts/{teacher}/one-time-password").text
    assert ask(database, "SELECT created_at > now() - interval '1 hour' FROM one_time_password") == [(True,)]
    assert "одноразовый" in shown.lower()


def test_only_who_makes_accounts_and_writes_staff_opens_it(
    web: Flask, database: SchoolDatabase, admin: Browser, school: MadeSchool, engine: Engine
) -> None:
    other = a_school(engine, "Школа № 2", prefix="second_")
    with transaction(engine, SEEDER) as session:
        session.add(Staff(school_id=other.school.id, surname="Чужакова", given_name="Ия"))
    for login in ("head", "secretary", "teacher", "mother"):
        assert client_for(web, login, PASSWORD).get(PAGE).status_code == 403
    assert "Чужакова" not in admin.get(PAGE).text
    foreign = number_of(database, "Ия")
    sent = {"staff": [foreign], f"role-{foreign}": [role(database, "teacher")], "make": "1"}
    assert admin.post(PAGE, sent).status_code == 422
    assert ask(database, "SELECT user_id FROM staff WHERE surname = 'Чужакова'") == [(None,)]


def test_two_requests_at_once_make_one_account(
    web: Flask, database: SchoolDatabase, admin: Browser, sheet: dict[str, service.Slip]
) -> None:
    zoya = number_of(database, "Зоя")
    sent = {"staff": [zoya], f"role-{zoya}": [role(database, "teacher")], "make": "1"}
    browsers = [client_for(web, "admin", PASSWORD) for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda browser: browser.post(PAGE, sent).status_code, browsers))

    assert answers[0] == 200
    assert answers[1] in (303, 422)  # they have accounts already, or nobody is left to choose
    assert ask(database, "SELECT count(*) FROM ab_user WHERE last_name = 'Щукина'") == [(1,)]
    assert len(sheet) == 1
