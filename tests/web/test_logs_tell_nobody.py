"""What people type is not in the log: no name, phone, address, code, password, text, cookie or token."""

import io
import logging
import re
from collections.abc import Callable, Iterator

import pytest
import structlog
from flask import Flask

from app import logs
from app.web.resources import resources
from tests.factories import PASSWORD
from tests.pages.letters import engine, letters, made, print_for, signs_up
from tests.pages.test_recovery import code_in_sms, key_in_mail
from tests.support import SchoolDatabase
from tests.web.people import ask
from tests.web.test_second_factor import Phone
from tests.web_support import Browser, api_for, client_for

__all__ = ["engine", "letters", "made", "print_for"]

TYPED = {
    "login": "kanareika", "password": "пароль-канарейки", "name": "Канарейкина Жёлтая", "mail": "kanareika@example.org",
    "phone": "+79995550123", "comment": "замечание канарейке", "search": "канарейкин", "code": "11112222333344445555",
}  # fmt: skip


@pytest.fixture
def log(web: Flask) -> Iterator[io.StringIO]:
    """What a web process would write."""
    stream, before = io.StringIO(), structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("web", resources(web).settings, stream)
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    structlog.configure(**before)
    root.handlers[:], root.level = handlers, level


def test_a_day_of_people_leaves_nothing_of_them_in_the_log(
    web: Flask, database: SchoolDatabase, print_for: Callable[[str], str], made: object, log: io.StringIO
) -> None:
    secrets = set(TYPED.values())
    stranger = Browser(web)
    stranger.sign_in(TYPED["login"], TYPED["password"])
    web.test_client().post("/api/v1/security/login", json={"username": TYPED["login"], "password": TYPED["password"]})
    stranger.get("/recover/")
    for contact in (TYPED["mail"], TYPED["phone"]):
        stranger.post("/recover/", {"contact": contact})
    stranger.get("/join/")
    stranger.post("/join/", {"code": TYPED["code"]})
    code = print_for("Зимин Пётр")
    father = Browser(web)
    assert signs_up(father, code, TYPED["phone"], name=TYPED["name"], password=TYPED["password"]).status_code == 303
    [(contact,)] = ask(database, "SELECT id FROM account_contact")
    father.get("/contacts/")
    father.post(f"/contacts/{contact}/code", {"code": code_in_sms(database)})
    father.post("/contacts/add", {"contact": TYPED["mail"]})
    key = key_in_mail(database, "confirmation")
    father.post("/contacts/confirm", {"key": key})
    phone = Phone(father)
    phone.set_up(father)
    secretary, program = client_for(web, "secretary", PASSWORD), api_for(web, "secretary", PASSWORD)
    secretary.get(f"/find?q={TYPED['search']}")
    secretary.get(f"/records/guardian/?q={TYPED['search']}&f.phone={TYPED['phone']}&f.email={TYPED['mail']}")
    body = {"surname": TYPED["name"], "given_name": TYPED["name"], "phone": TYPED["phone"], "email": "no address"}
    program.post("/api/v1/guardian/", json=body)
    program.post("/api/v1/guardian/", json={**body, "email": TYPED["mail"]})
    program.post(
        "/api/v1/guardian/", json={**body, "email": TYPED["mail"]}, headers={"Idempotency-Key": TYPED["login"]}
    )
    secretary.upload("/imports/new/families", TYPED["name"].encode(), f"{TYPED['name']}.csv")
    father.post("/logout/")
    secrets |= {code, code_in_sms(database), key, phone.code(), *phone.paper, phone.codes.secret, PASSWORD}
    secrets |= {browser.cookie("session") or "none" for browser in (father, secretary)}
    secrets.add(program.headers["Authorization"].partition(" ")[2])

    written = log.getvalue()
    assert written.count("\n") > 30
    told = {secret for secret in secrets if secret.lower() in written.lower()}
    told |= {secret for secret in secrets if re.sub(r"\W", "", secret) in written}
    assert told == set()
