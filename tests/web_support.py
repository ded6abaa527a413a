"""The web for tests: an application on a database of its own, accounts, and people who are signed in by each door."""

import io
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.datastructures import FileStorage
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse, encode_multipart

from app.factory import create_app
from app.web.resources import resources
from launcher.redis import Redis
from tests.support import DEMO_PASSWORD, SchoolDatabase, settings_for

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Browser:
    """A browser: keeps its cookies and sends the form token of the page it is on. Nothing may answer 500."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self._token: str | None = ""

    @property
    def token(self) -> str:
        """The form token; who has just signed in opens the start page when they first need one."""
        if self._token is None:
            self._token = ""
            self.get("/")
        return self._token

    @token.setter
    def token(self, token: str) -> None:
        self._token = token

    def get(self, path: str, **more: Any) -> TestResponse:
        return self._told(self.client.get(path, buffered=True, **more))

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form; the token goes along."""
        return self._told(
            self.client.post(path, data={"csrf_token": self.token, **(data or {})}, buffered=True, **more)
        )

    def upload(self, path: str, content: bytes, name: str) -> TestResponse:
        """Send a form with one file; encoded here, for the test client would leave its temporary file open."""
        file = FileStorage(io.BytesIO(content), filename=name)
        boundary, body = encode_multipart({"csrf_token": self.token, "file": file})
        kind = f"multipart/form-data; boundary={boundary}"
        return self._told(self.client.post(path, data=body, content_type=kind, buffered=True))

    def api(self, method: str, path: str, **more: Any) -> TestResponse:
        """Call the API as a script of a page does: by the session, with the token in a header."""
        headers = {"X-CSRFToken": self.token, **more.pop("headers", {})}
        return self._told(self.client.open(path, method=method, headers=headers, buffered=True, **more))

    def sign_in(self, username: str, password: str = DEMO_PASSWORD, path: str = "/login/") -> TestResponse:
        self.get("/login/")
        answer = self.post(path, {"username": username, "password": password})
        if answer.status_code == 303:
            self._token = None
        return answer

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found is not None else None

    def _told(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code != 500, answer.text
        token = _TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        self._token = token[1] if token else self._token
        return answer


class Api:
    """A program that shows a token. Nothing may answer 500."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, **more: Any) -> TestResponse:
        headers = {**self.headers, **more.pop("headers", {})}
        answer = self.client.open(path, method=method, headers=headers, buffered=True, **more)
        assert answer.status_code != 500, answer.text
        return answer

    def get(self, path: str, q: Any = None, **more: Any) -> TestResponse:
        """`q` is the API's query as a dictionary."""
        if q is not None:
            more["query_string"] = {"q": json.dumps(q)}
        return self.call("GET", path, **more)

    def post(self, path: str, **more: Any) -> TestResponse:
        return self.call("POST", path, **more)

    def put(self, path: str, **more: Any) -> TestResponse:
        return self.call("PUT", path, **more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        return self.call("DELETE", path, **more)


def client_for(app: Flask, username: str, password: str = DEMO_PASSWORD) -> Browser:
    """A browser in which this person is signed in."""
    browser = Browser(app)
    answer = browser.sign_in(username, password)
    assert answer.status_code == 303, answer.text
    return browser


def token_for(app: Flask, username: str, password: str = DEMO_PASSWORD, **more: Any) -> dict[str, str]:
    """What the API gives for name and password."""
    answer = app.test_client().post(
        "/api/v1/security/login", json={"username": username, "password": password, "provider": "db", **more}
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def api_for(app: Flask, username: str, password: str = DEMO_PASSWORD) -> Api:
    """A program that acts as this person."""
    return Api(app, token_for(app, username, password)["access_token"])


def add_account(
    database: SchoolDatabase,
    username: str,
    permissions: Iterable[tuple[str, str]] = (),
    *,
    password: str = DEMO_PASSWORD,
    active: bool = True,
) -> int:
    """An account, with a role of its own that has these permissions (permission, record). Its id."""
    hashed = generate_password_hash(password, method="pbkdf2:sha256:1")
    with psycopg.connect(database.owner_url) as connection:
        user_id: int = connection.execute(
            "INSERT INTO ab_user (first_name, last_name, username, password, active, email) "
            "VALUES ('Тест', %s, %s, %s, %s, %s) RETURNING id",
            (username.title(), username, hashed, active, f"{username}@example.org"),
        ).fetchone()[0]  # type: ignore[index]
        role_id = connection.execute(
            "INSERT INTO ab_role (name) VALUES (%s) RETURNING id", (f"role of {username}",)
        ).fetchone()[0]  # type: ignore[index]
        connection.execute("INSERT INTO ab_user_role (user_id, role_id) VALUES (%s, %s)", (user_id, role_id))
        for permission, record in permissions:
            connection.execute(
                "INSERT INTO ab_permission_view_role (permission_view_id, role_id) "
                "SELECT pv.id, %s FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id "
                "JOIN ab_view_menu v ON v.id = pv.view_menu_id WHERE p.name = %s AND v.name = %s",
                (role_id, permission, record),
            )
    return user_id


class Statements:
    """The SQL that an application says inside `with`."""

    def __init__(self, app: Flask) -> None:
        self.engine = resources(app).engine
        self.said: list[str] = []

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self._hear)
        return self.said

    def __exit__(self, *_: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._hear)

    def _hear(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        self.said.append(statement)


@pytest.fixture(scope="session")
def web_app(
    shared_database: SchoolDatabase, redis_server: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The application that all tests share; it is made once, since its database stays at one address."""
    app = create_app(settings_for(shared_database, redis_server.url, Path(tmp_path_factory.mktemp("var"))))
    with closing(resources(app)):
        yield app


@pytest.fixture
def web(web_app: Flask, database: SchoolDatabase, redis_url: str) -> Flask:
    """The application on a database as on a school's first day, and an empty Redis."""
    return web_app
