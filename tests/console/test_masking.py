"""Texts are for those whose role reads them: for all others they are masked at every door, and found by none."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from openpyxl import load_workbook

from app.generator.fields import WrongDeclaration, check_guarded
from app.records import SMS_MESSAGES
from tests.console.school import REPLY, TEXT, TwoSchools
from tests.factories import PASSWORD
from tests.support import SchoolDatabase
from tests.web_support import Api, Browser, add_account, api_for, client_for

MASK = "•••"
READS = [("can_read", "sms_message"), ("can_read", "sms_inbound"), ("can_see", "breadth.all_schools")]
TEXTS = ("can_read_text", "sms_message")
GENERATED = (
    "/records/sms_message/",
    "/records/sms_message/{message}",
    "/records/sms_message/{message}/history",
    "/records/sms_message/export.csv",
    "/records/sms_inbound/",
    "/records/sms_inbound/{inbound}",
    "/records/sms_inbound/export.csv",
)
CONSOLE = (
    "/console/outbox/",
    "/console/uncertain/",
    "/console/inbound/",
    "/console/outbox/details/?id={message}",
    "/console/inbound/details/?id={inbound}",
)
REST = (
    "/api/v1/sms_message/",
    "/api/v1/sms_message/{message}",
    "/api/v1/sms_inbound/",
    "/api/v1/sms_inbound/{inbound}",
)


def places(paths: tuple[str, ...], schools: TwoSchools) -> list[str]:
    return [path.format(message=schools.by_state["delivered"], inbound=schools.inbound) for path in paths]


@pytest.fixture
def clerk(web: Flask, schools: TwoSchools, database: SchoolDatabase) -> Browser:
    """Somebody who reads the outbox, but not what stands in it."""
    add_account(database, "clerk", READS)
    return client_for(web, "clerk")


@pytest.fixture
def clerk_program(web: Flask, clerk: Browser) -> Api:
    return api_for(web, "clerk")


def test_the_administrator_minds_the_outbox_without_reading_it(
    admin: Browser, operator: Browser, schools: TwoSchools
) -> None:
    for path in places(CONSOLE, schools):
        masked, told = admin.get(path), operator.get(path)
        assert masked.status_code == told.status_code == 200
        assert TEXT not in masked.text and REPLY not in masked.text
        assert MASK in masked.text
        assert TEXT in told.text or REPLY in told.text


def test_pages_and_exports_mask_texts(clerk: Browser, schools: TwoSchools) -> None:
    for path in places(GENERATED, schools):
        answer = clerk.get(path)
        assert answer.status_code == 200, path
        assert "матем" not in answer.text and "спасибо" not in answer.text, path
        assert MASK in answer.text or "history" in path

    book = load_workbook(io.BytesIO(clerk.get("/records/sms_message/export.xlsx").data))
    values = [cell.value for row in book.active.iter_rows() for cell in row]
    assert MASK in values and TEXT not in values


def test_rest_masks_texts(clerk_program: Api, schools: TwoSchools) -> None:
    for path in places(REST, schools):
        answer = clerk_program.get(path)
        assert answer.status_code == 200
        found = answer.json["result"]
        for row in found if isinstance(found, list) else [found]:
            assert row["body"] == MASK


@pytest.mark.parametrize(
    "q",
    [
        {"filters": [{"col": "body", "opr": "sw", "value": "Анна"}]},
        {"filters": [{"col": "body", "opr": "eq", "value": TEXT}]},
        {"order_column": "body"},
    ],
)
def test_rest_is_no_way_to_guess_a_text(clerk_program: Api, q: dict[str, object]) -> None:
    assert clerk_program.get("/api/v1/sms_inbound/", q=q).status_code == 422
    assert clerk_program.get("/api/v1/sms_message/", q=q).status_code == 422
    assert "body" not in clerk_program.get("/api/v1/sms_message/_info").json["order_columns"]


def test_a_page_is_no_way_to_guess_a_text(clerk: Browser, schools: TwoSchools) -> None:
    everything = clerk.get("/records/sms_inbound/").text

    for query in ("order=body", "order=-body", "f.body=спасибо", "f.body=нет такого"):
        assert clerk.get(f"/records/sms_inbound/?{query}").text.count("data-label") == everything.count("data-label")
    assert "записей" not in clerk.get("/records/sms_inbound/?q=спасибо").text
    assert "спасибо" not in clerk.get(f"/records/sms_inbound/{schools.inbound}").text


def test_the_permission_shows_them(web: Flask, schools: TwoSchools, database: SchoolDatabase) -> None:
    add_account(database, "reader", [*READS, TEXTS])
    reader, program = client_for(web, "reader"), api_for(web, "reader")

    assert TEXT in clerk_page(reader, schools)
    assert program.get(f"/api/v1/sms_inbound/{schools.inbound}").json["result"]["body"] == REPLY


def clerk_page(browser: Browser, schools: TwoSchools) -> str:
    return browser.get(f"/records/sms_message/{schools.by_state['delivered']}").text


def test_head_and_operator_read_them_as_before(web: Flask, schools: TwoSchools) -> None:
    for person in ("head", "operator"):
        program = api_for(web, person, PASSWORD)
        found = program.get(f"/api/v1/sms_message/{schools.by_state['delivered']}").json["result"]
        assert found["body"] == TEXT
        assert "can_read_text" in program.get("/api/v1/sms_message/_info").json["permissions"]


def test_administrators_grant_it_in_the_browser(browser: Callable[[str], Browser], schools: TwoSchools) -> None:
    told = browser("admin").get("/roles/add").text

    for words in ("Открывать пульт СМС", "Действовать на пульте СМС", "Читать тексты СМС"):
        assert words in told


def test_a_guarded_column_may_stand_in_no_form_and_no_order() -> None:
    for changes in ({"fields": ("body",)}, {"order": ("-body",)}):
        with pytest.raises(WrongDeclaration, match="guarded"):
            check_guarded(replace(SMS_MESSAGES, **changes))
