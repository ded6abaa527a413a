"""The demo's phones, read from a simulator."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.factory import create_app
from app.web.resources import resources
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
            self.send_response(404 if found is None else 200)
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
    simulator.answers |= {
        "/phones": {"phones": [{"phone": PHONE, "messages": 1, "last_at": TEXT["at"], "last_text": TEXT["text"]}]},
        "/phones/%2B79990000001": {"phone": PHONE, "messages": [TEXT]},
        "/phones/%2B79990000001/reply": {"parts": 1},
    }
    add_account(database, "anna")
    return client_for(demo, "anna")


def test_a_phone_shows_its_texts_as_text(anna: Browser) -> None:
    page = anna.get("/phones").text

    assert "Анна: матем 5 &lt;b&gt;&amp; =1+1&lt;/b&gt;" in page
    assert "20.11. 14:05:09" in page  # Moscow
    assert "2 части" in page
    assert "доставлено" in page


def test_the_script_gets_the_phones_without_the_page(anna: Browser) -> None:
    answer = anna.get("/phones/screens")

    assert "<html" not in answer.text
    assert f'data-phone="{PHONE}"' in answer.text


def test_an_answer_goes_to_the_school(anna: Browser, simulator: FakeSimulator) -> None:
    anna.get("/phones")

    answer = anna.post("/phones/+79990000001/reply", {"text": " СТОП "})

    assert answer.status_code == 303
    assert ("POST", "/phones/%2B79990000001/reply", {"text": "СТОП"}) in simulator.asked


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001])
def test_an_empty_or_endless_answer_is_not_sent(anna: Browser, simulator: FakeSimulator, text: str) -> None:
    anna.get("/phones")
    simulator.asked.clear()

    assert anna.post("/phones/+79990000001/reply", {"text": text}).status_code == 303
    assert not [asked for asked in simulator.asked if asked[0] == "POST"]


@pytest.mark.parametrize("phone", ["x", "1", "../behave", "+7999000000123456", "٧٩٩٩٠٠٠٠٠٠١"])
def test_what_is_no_number_is_no_phone(anna: Browser, phone: str) -> None:
    assert anna.get("/phones", query_string={"phone": phone}).status_code == 404
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
        assert "/phones" not in anna.get("/").text
