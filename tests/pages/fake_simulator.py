"""A simulator that answers the demo's pages as the test says, and remembers what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.factory import create_app
from app.web.resources import resources
from sms_gateway.simulator.behaviour import Behaviour
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
