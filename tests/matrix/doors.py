"""The two doors of a person: a browser that is signed in, and a program with a token."""

from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from tests.matrix.people import Person
from tests.web_support import Api, Browser


@dataclass
class Doors:
    """A person at both doors. What was asked of an unknown id is kept: it is compared again and again."""

    person: Person
    browser: Browser
    api: Api
    kept: dict[tuple[str, str, str], TestResponse] = field(default_factory=dict)

    def ask(self, method: str, path: str, **more: Any) -> TestResponse:
        """By the door to which the address belongs. A fault of ours is an answer too: a cell will tell it."""
        if path.startswith("/api/"):
            if method in ("POST", "PUT") and "json" not in more:
                more["json"] = {}
            return self.api.client.open(path, method=method, headers=self.api.headers, buffered=True, **more)
        if method != "GET":
            more["data"] = {"csrf_token": self.browser.token, **more.get("data", {})}
        return self.browser.client.open(path, method=method, buffered=True, **more)

    def of_unknown(self, method: str, path: str, **more: Any) -> TestResponse:
        key = (method, path, repr(more))
        if key not in self.kept:
            self.kept[key] = self.ask(method, path, **more)
        return self.kept[key]
