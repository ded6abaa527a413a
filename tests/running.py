"""A whole school, started as a person starts it: `python run.py`, with doors for tests."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import psutil
import psycopg

from launcher.ports import free_ports
from tests.support import DEMO_PASSWORD

ROOT = Path(__file__).resolve().parents[1]
OPEN_SECONDS = 180.0
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


@dataclass
class Answer:
    """What a door said."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Redirects are answers too."""

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass
class Door:
    """A person's way in over real HTTP: a program with a token, or a browser with cookies."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar), _Stay())

    @property
    def cookies(self) -> str:
        """As a header: for another client that comes as the same person."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._jar)

    def call(
        self, method: str, path: str, body: Any = None, form: dict[str, Any] | None = None, **headers: str
    ) -> Answer:
        data = None
        sent = dict(self.headers)
        if body is not None:
            data, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif form is not None:
            data = urllib.parse.urlencode(form, doseq=True).encode()
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=data, headers=sent, method=method)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Answer(answer.status, answer.read().decode(), dict(answer.headers))
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.read().decode(), dict(refused.headers))

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None) -> Answer:
        return self.call("PUT", path, body)

    def form(self, path: str, **values: Any) -> Answer:
        """Open the page, fill in its form, send it."""
        page = self.get(path)
        token = _TOKEN.search(page.text)
        assert token, page.text[:2000]
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)"[^>]* value="([^"]*)"', page.text))
        return self.call("POST", path, form={**hidden, "csrf_token": token[1], **values})


@dataclass
class RunningSchool:
    """The launcher and what it started."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    var: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['ZVONOK_PORT']}"

    def program(self, username: str) -> Door:
        """A program with this person's token."""
        said = Door(self.url).post(
            "/api/v1/security/login", {"username": username, "password": DEMO_PASSWORD, "provider": "db"}
        )
        assert said.status == 200, said.text
        return Door(self.url, {"Authorization": f"Bearer {said.json['access_token']}"})

    def browser(self, username: str) -> Door:
        """A browser in which this person is signed in."""
        door = Door(self.url)
        answer = door.form("/login/", username=username, password=DEMO_PASSWORD)
        assert answer.status in (302, 303), answer.text[:2000]
        return door

    def texts(self, phone: str) -> list[dict[str, Any]]:
        """What the phone shows, oldest first."""
        port = self.environment["ZVONOK_SIMULATOR_HTTP_PORT"]
        answer = Door(f"http://127.0.0.1:{port}").get(f"/phones/{urllib.parse.quote(phone)}")
        return list(answer.json["messages"])

    def reply(self, phone: str, text: str) -> None:
        """Write a text on the phone."""
        port = self.environment["ZVONOK_SIMULATOR_HTTP_PORT"]
        answer = Door(f"http://127.0.0.1:{port}").post(f"/phones/{urllib.parse.quote(phone)}/reply", {"text": text})
        assert answer.status == 202, answer.text

    def children(self, name: str) -> list[psutil.Process]:
        """The processes of one part: worker, web, gateway, …; the launcher's own child first."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if child.cmdline()[-2:] == ["run.py", name] or name in child.name():
                    found.append(child)
            except psutil.Error:
                continue
        return found

    def kill(self, name: str) -> None:
        """kill -9 one part."""
        for child in self.children(name):
            try:
                child.kill()
            except psutil.Error:
                continue

    def owner(self) -> psycopg.Connection[Any]:
        """The database as its superuser."""
        services = json.loads((self.var / "run" / "services.json").read_text())
        url = next(value for key, value in services.items() if "owner" in key or key == "database_url")
        return psycopg.connect(url, autocommit=True)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`python run.py …` beside the running school."""
        return subprocess.run(
            [sys.executable, "run.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )


def wait_for(what: Callable[[], Any], seconds: float = 30.0, pause: float = 0.05) -> Any:
    """The first true answer of `what`; fails when none came in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = what()
        except OSError:
            answer = None
        if answer:
            return answer
        assert time.monotonic() < deadline, f"did not come true in {seconds:g} s: {what}"
        time.sleep(pause)


@contextmanager
def running_school(var: Path, **changes: str) -> Iterator[RunningSchool]:
    """A demo school on free ports, open when the block begins, ended when it is left."""
    web, smpp, http = map(str, free_ports(3))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZVONOK_")} | {
        "ZVONOK_VAR": str(var),
        "ZVONOK_PORT": web,
        "ZVONOK_SIMULATOR_PORT": smpp,
        "ZVONOK_SIMULATOR_HTTP_PORT": http,
        "ZVONOK_DEMO_PASSWORD": DEMO_PASSWORD,
        "ZVONOK_BASE_URL": "",
        **changes,
    }
    log = var.parent / f"{var.name}.log"
    with log.open("ab") as written:
        process = subprocess.Popen(
            [sys.executable, "run.py"],
            cwd=ROOT,
            env=environment,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    school = RunningSchool(process, environment, var, log)
    try:
        wait_until_open(school)
        yield school
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_open(school: RunningSchool) -> None:
    """Wait for /healthz; show the log where the launcher gave up."""

    def is_open() -> bool:
        assert school.process.poll() is None, school.log.read_text(errors="replace")[-4000:]
        return Door(school.url).get("/healthz").status == 200

    wait_for(is_open, OPEN_SECONDS, 0.2)
