"""The demo's phones, read from a simulator."""

import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.factory import create_app
from app.web.resources import resources
from tests.pages.fake_simulator import PHONE, TEXT, FakeSimulator
from tests.support import SchoolDatabase, settings_for
from tests.web_support import Browser, add_account, client_for


def test_a_phone_shows_its_texts_as_text(anna: Browser) -> None:
    page = anna.get("/phones").text

    assert "Анна: матем 5 &lt;b&gt;&amp; =1+1&lt;/b&gt;" in page
    assert ">20.11.2026<" in page
    assert ">14:05<" in page  # Moscow
    assert "2 части" in page
    assert "доставлено" in page


def test_one_phone_is_opened_and_the_others_are_listed(anna: Browser, simulator: FakeSimulator) -> None:
    other = {"phone": "+79990000002", "messages": 1, "last_at": TEXT["at"], "last_text": "Борис: хим 3"}
    simulator.answers["/phones"]["phones"].append(other)
    simulator.answers["/phones/%2B79990000002"] = {"messages": [{**TEXT, "text": "Борис: хим 3", "receipt": "lost"}]}

    last_used, asked = anna.get("/phones").text, anna.get("/phones?phone=%2B7 999 000-00-02").text

    assert re.findall('class="phone-line" href="([^"]+)"', last_used) == [
        "/phones?phone=%2B79990000001",
        "/phones?phone=%2B79990000002",
    ]
    assert 'data-phone="+79990000001"' in last_used
    assert 'data-phone="+79990000002"' in asked
    assert "отчёт потерян" in asked


def test_of_a_long_conversation_the_end_is_shown(anna: Browser, simulator: FakeSimulator) -> None:
    many = [{**TEXT, "text": f"text {number}"} for number in range(102)]
    simulator.answers["/phones/%2B79990000001"] = {"messages": many}

    page = anna.get("/phones").text

    assert "Не показано 2 более ранних сообщения." in page
    assert "text 2<" in page and "text 101<" in page and "text 1<" not in page


def test_the_script_gets_the_phones_without_the_page(anna: Browser) -> None:
    answer = anna.get("/phones/screens")

    assert "<html" not in answer.text
    assert f'data-phone="{PHONE}"' in answer.text
    assert 'id="phone-book"' in answer.text


def test_an_answer_goes_to_the_school(anna: Browser, simulator: FakeSimulator) -> None:
    anna.get("/phones")

    answer = anna.post("/phones/+79990000001/reply", {"text": " СТОП "})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/phones?phone=%2B79990000001")
    assert ("POST", "/phones/%2B79990000001/reply", {"text": "СТОП"}) in simulator.asked


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
def test_an_empty_or_endless_answer_is_not_sent_and_kept_for_mending(
    anna: Browser, simulator: FakeSimulator, text: str
) -> None:
    anna.get("/phones")
    simulator.asked.clear()

    page = anna.post("/phones/+79990000001/reply", {"text": text})

    assert page.status_code == 422
    assert "от 1 до 1000 знаков" in page.text
    assert f'name="text" value="{text}"' in page.text
    assert not [asked for asked in simulator.asked if asked[0] == "POST"]


def test_an_answer_is_kept_when_the_simulator_is_away(anna: Browser, simulator: FakeSimulator) -> None:
    anna.get("/phones")
    del simulator.answers["/phones/%2B79990000001/reply"]

    page = anna.post("/phones/+79990000001/reply", {"text": "СТОП"})

    assert page.status_code == 503
    assert 'name="text" value="СТОП"' in page.text
    assert "ничего не отправлено" in page.text


@pytest.mark.parametrize("phone", ["x", "1", "../behave", "+7999000000123456", "٧٩٩٩٠٠٠٠٠٠١"])
def test_what_is_no_number_is_no_phone(anna: Browser, phone: str) -> None:
    page = anna.get("/phones", query_string={"phone": phone})

    assert page.status_code == 422
    assert "В номере телефона от 3 до 15 цифр" in page.text
    assert f'value="{phone}"' in page.text
    assert anna.post(f"/phones/{phone}/reply", {"text": "a"}).status_code == 404


@pytest.mark.parametrize("answer", [None, b"<html>", [], {"phones": [{}]}, {"phones": [{"phone": "+70000000"}]}])
def test_a_simulator_that_is_away_or_odd_is_told(anna: Browser, simulator: FakeSimulator, answer: Any) -> None:
    simulator.answers["/phones"] = answer

    page = anna.get("/phones")

    assert page.status_code == 200
    assert "Симулятор пока не отвечает" in page.text


def test_where_nothing_has_come_the_page_says_what_to_do(anna: Browser, simulator: FakeSimulator) -> None:
    simulator.answers["/phones"] = {"phones": []}

    assert "Войдите учителем" in anna.get("/phones").text


def test_with_a_real_smsc_there_are_no_phones(database: SchoolDatabase, tmp_path: Path) -> None:
    add_account(database, "anna")
    app = create_app(settings_for(database, "redis://127.0.0.1:1/", tmp_path, SMSC_URL="smpp://a:b@127.0.0.1:2999/"))
    with closing(resources(app)):
        anna = client_for(app, "anna")

        assert anna.get("/phones").status_code == 404
        assert anna.post("/phones/behaviour", {}).status_code == 404
        assert anna.post("/phones/behaviour/well", {}).status_code == 404
        assert "/phones" not in anna.get("/").text
