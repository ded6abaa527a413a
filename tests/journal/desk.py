"""A person at the journal: opens its page, writes in its cells as the page's script does, and reads what stands."""

import itertools
import re
from typing import Any

import psycopg
from werkzeug.test import TestResponse

from tests.factories import MadeSchool
from tests.support import SchoolDatabase
from tests.web_support import Browser

_keys = itertools.count(1)


class Desk:
    def __init__(self, browser: Browser, made: MadeSchool, database: SchoolDatabase) -> None:
        self.browser, self.made, self.database = browser, made, database
        self.path = f"/journal/{made.class_5a.id}/{made.maths.id}/{made.term.id}"
        self.who = 0

    def open(self, path: str = "") -> str:
        """The page of the journal, or another, as HTML."""
        answer = self.browser.get(path or self.path)
        assert answer.status_code == 200, answer.text
        who = re.search(r'data-who="(\d+)"', answer.text)
        self.who = int(who[1]) if who else self.who
        return answer.text

    def write(self, text: str, was: str = "", **more: Any) -> dict[str, Any]:
        """Type into a cell (Anna's in the own lesson, unless another is named); the door's answer to it."""
        given = {"lesson": self.made.own_lesson.id, "student": self.made.anna.id, "text": text, "was": was}
        (answer,) = self.send([given | more])
        return answer

    def send(self, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
        answer = self.post({"who": self.who, "changes": [{"key": f"key {next(_keys)}", **one} for one in changes]})
        assert answer.status_code == 200, answer.text
        return list(answer.json["answers"])  # type: ignore[index]

    def post(self, body: Any) -> TestResponse:
        if not self.who:
            self.who = int(self.browser.get("/journal/state").json["who"])  # type: ignore[index]
            if isinstance(body, dict) and body.get("who") == 0:
                body["who"] = self.who
        return self.browser.api("POST", "/journal/cells", json=body)

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database holds."""
        with psycopg.connect(self.database.owner_url) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def marks(self) -> list[str]:
        return [value for (value,) in self.ask("SELECT value FROM mark ORDER BY id")]


def row_of(html: str, name: str) -> str:
    """The line of a student."""
    return next(row for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL) if name in row)


def cells_of(html: str, name: str) -> list[str]:
    """The texts of a student's cells, averages and all."""
    return [re.sub("<[^>]*>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row_of(html, name), re.DOTALL)]
