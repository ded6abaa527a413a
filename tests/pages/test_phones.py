"""The demo's phones, read from a simulator, and the operator between, who behaves as the page says."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.factory import create_app
from app.pages import phones_behaviour
from app.web.resources import resources
from sms_gateway.simulator.behaviour import CHOICES, Behaviour
from tests.support import SchoolDatabase, settings_for
from tests.web_support import Browser, add_account, client_for

PHONE = "+79990000001"
TEXT = {
    "id": 1,
    "direction": "to_phone",
    "text": "Анна: матем 5 <b>& =1+1</b>",
    "parts": 2,
    "at": "2026-11-20T11:05:09+00:00",
    "other": "ZVONOK",
    "receipt": "delivered",
}


@dataclass
class FakeSimulator:
    """Answers as the simulator's HTTP side does."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    port: int = 0


@pytest.fixture(scope="module")
def simulator() -> Iterator[FakeSimulator]:
    fake = FakeSimulator()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fake.asked.append((self.command, self.path, json.loads(body) if body else None))
            found = fake.answers.get(self.path)
            written = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(404 if found is None else fake.statuses.get(self.path, 200))
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *arguments: Any) -> None:
            """Keeps quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def demo(
    shared_database: SchoolDatabase, simulator: FakeSimulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    var = Path(tmp_path_factory.mktemp("var"))
    settings = settings_for(shared_database, "redis://127.0.0.1:1/", var, SIMULATOR_HTTP_PORT=str(simulator.port))
    app = create_app(settings)
    with closing(resources(app)):
        yield app


@pytest.fixture
def anna(demo: Flask, database: SchoolDatabase, simulator: FakeSimulator) -> Browser:
    simulator.asked.clear()
    simulator.answers.clear()
    simulator.statuses.clear()
    simulator.answers |= {
        "/behave": asdict(Behaviour()),
        "/behave/well": asdict(Behaviour()),
        "/phones": {"phones": [{"phone": PHONE, "messages": 1, "last_at": TEXT["at"], "last_text": TEXT["text"]}]},
        "/phones/%2B79990000001": {"phone": PHONE, "messages": [TEXT]},
        "/phones/%2B79990000001/reply": {"parts": 1},
    }
    add_account(database, "anna")
    return client_for(demo, "anna")


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


# The operator.

GOOD = phones_behaviour.shown(asdict(Behaviour()))


def test_every_behaviour_of_the_simulator_has_a_control_with_its_default() -> None:
    defaults = {one.name: getattr(Behaviour(), one.name) for one in fields(Behaviour)}

    assert {control.name: control.default for control in phones_behaviour.CONTROLS} == defaults
    for control in phones_behaviour.CONTROLS:
        if control.name in CHOICES:
            assert isinstance(control, phones_behaviour.Choice)
            assert tuple(value for value, _word in control.words) == CHOICES[control.name]


def test_what_is_shown_is_read_as_the_same_behaviour() -> None:
    odd = Behaviour().changed(
        {"fail_share": 0.125, "fail_numbers": {"79990000001": 0x400}, "undeliverable_numbers": ["+79990000002"]}
    )

    values, wrong = phones_behaviour.read(phones_behaviour.shown(asdict(odd)))

    assert wrong == {}
    assert Behaviour().changed(values) == odd


def test_the_panel_tells_how_the_operator_behaves_now(anna: Browser, simulator: FakeSimulator) -> None:
    assert "ведёт себя хорошо" in anna.get("/phones").text

    simulator.answers["/behave"] = {**asdict(Behaviour()), "fail_share": 0.25, "refuse_bind": 0x0E}
    page = anna.get("/phones").text

    assert "ведёт себя плохо" in page
    assert "Отказы, %: 25" in page
    assert "Подключение: 0x0E · неверный пароль подключения" in page
    assert 'name="fail_share" value="25"' in page


def test_the_operator_is_told_to_misbehave(anna: Browser, simulator: FakeSimulator) -> None:
    anna.get("/phones")
    typed = {
        **GOOD,
        "phone": PHONE,
        "throttle": "5",
        "fail_share": "12,5",
        "fail_status": "0x14",
        "fail_numbers": "8 999 000-00-01 0x0B\r\n\r\n+79990000002 1024",
        "undeliverable_numbers": "+7 999 000-00-03",
        "never_answer": "yes",
        "receipts": "early",
        "receipt_pdu": "data_sm",
    }

    answer = anna.post("/phones/behaviour", typed)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/phones?phone=%2B79990000001")
    ((_, _, told),) = [asked for asked in simulator.asked if asked[:2] == ("POST", "/behave")]
    assert Behaviour().changed(told) == Behaviour(
        throttle=5,
        fail_share=0.125,
        fail_status=0x14,
        fail_numbers={"79990000001": 0x0B, "79990000002": 1024},
        undeliverable_numbers=("79990000003",),
        never_answer=True,
        receipts="early",
        receipt_pdu="data_sm",
    )


@pytest.mark.parametrize(
    ("name", "typed", "words"),
    [
        ("throttle", "много", "Целое число от 0 до 1000000, а не «много»."),
        ("throttle", "1.5", "Целое число"),
        ("throttle", "", "Целое число"),
        ("fail_share", "101", "Число от 0 до 100, а не «101»."),
        ("fail_share", "-1", "Число от 0 до 100"),
        ("fail_share", "nan", "Число от 0 до 100"),
        ("answer_delay", "3601", "Число от 0 до 3600"),
        ("fail_status", "0x00", "Статус вроде 0x0B"),
        ("fail_status", "отказ", "Статус вроде 0x0B, а не «отказ»."),
        ("fail_status", "0x123456789", "Статус вроде 0x0B"),
        ("fail_numbers", "+79990000001", "номер выглядит так"),
        ("fail_numbers", "+79990000001 0", "Статус вроде 0x0B"),
        ("undeliverable_numbers", "Анна", "«Анна» — не номер телефона"),
        ("receipts", "later", "Одно из: после ответа"),
        ("refuse_bind", "<b>", "Статус вроде 0x0B, а не «&lt;b&gt;»."),
    ],
)
def test_a_wrong_value_is_answered_by_its_field_and_what_was_typed_stays(
    anna: Browser, simulator: FakeSimulator, name: str, typed: str, words: str
) -> None:
    anna.get("/phones")

    answer = anna.post("/phones/behaviour", {**GOOD, "receipt_delay": "7", "hex_ids": "yes", name: typed})

    assert answer.status_code == 422
    error = answer.text.split(f'id="{name}-error"')[1].split("</div>")[0]
    assert words in error
    assert 'name="receipt_delay" value="7"' in answer.text
    assert not [asked for asked in simulator.asked if asked[0] == "POST"]


def test_the_operator_is_made_a_good_one_again(anna: Browser, simulator: FakeSimulator) -> None:
    simulator.answers["/behave"] = {**asdict(Behaviour()), "never_answer": True}
    assert "Снова вести себя хорошо" in anna.get("/phones").text

    assert anna.post("/phones/behaviour/well", {"phone": ""}).headers["Location"] == "/phones"

    assert ("POST", "/behave/well", None) in simulator.asked


@pytest.mark.parametrize(("status", "answered"), [(400, 422), (500, 503)])
def test_what_the_simulator_does_not_take_is_told_and_stays(
    anna: Browser, simulator: FakeSimulator, status: int, answered: int
) -> None:
    anna.get("/phones")
    simulator.answers["/behave"] = {**asdict(Behaviour()), "message": "no such thing"}
    simulator.statuses["/behave"] = status

    answer = anna.post("/phones/behaviour", {**GOOD, "throttle": "7"})

    assert answer.status_code == answered
    assert 'name="throttle" value="7"' in answer.text


@pytest.mark.parametrize("state", [None, [], {}, {"throttle": "x"}, b"?"])
def test_where_the_state_cannot_be_told_the_phones_are_shown_all_the_same(
    anna: Browser, simulator: FakeSimulator, state: Any
) -> None:
    simulator.answers["/behave"] = state

    page = anna.get("/phones")

    assert page.status_code == 200
    assert f'data-phone="{PHONE}"' in page.text
    assert ">Оператор<" not in page.text


def test_a_form_without_the_pages_token_changes_nothing(anna: Browser, simulator: FakeSimulator) -> None:
    anna.get("/phones")
    anna.token = "wrong"

    assert anna.post("/phones/behaviour", GOOD).status_code == 400
    assert not [asked for asked in simulator.asked if asked[0] == "POST"]
