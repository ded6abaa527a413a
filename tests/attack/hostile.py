"""Every form that was shown, sent back with values that no person types; and addresses with such arguments."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.attack.visits import Visit
from tests.matrix.doors import Doors
from tests.matrix.records import in_turn

HOSTILE = (
    "\0", "x\0" * 40, "\u202e\u2066\u200f", "я" * 10_000, "9" * 5000, "-1", "1e999", "NaN", "0001-01-01",
    "+292277026596-12-04",
    "../../etc/passwd", "%00", "\r\nX: y", "[]", "{}", "null", "\U0001f469\u200d\U0001f467" * 50, "'", '"><q9>',
)  # fmt: skip
#: Names that no form has: what is sent under them changes nothing and breaks nothing.
STRANGE = {
    "id": "1",
    "school_id": "1",
    "version": "x",
    "student[id]": "1",
    "__class__": "x",
    "q9'--": "x",
    "\0": "x",
    "": "x",
}
#: Acts on the session itself, after which nothing more could be asked in it.
LEFT = ("/logout/", "/lock", "/unlock", "/sessions", "/second-factor", "/password", "/join", "/recover", "/contacts")
GENERAL = ("q", "page", "page_size", "order", "columns", "row", "act", "id", "next", "phone", "view")


@dataclass
class Form:
    """A form as a page shows it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)


class Forms(HTMLParser):
    """The forms of a page, each with what stands in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(told.get("action", ""), told.get("method", "get").lower()))
        elif tag in ("input", "select", "textarea") and self.found and told.get("name"):
            self.found[-1].fields[told["name"]] = told.get("value", "")
            if told.get("type") == "hidden":
                self.found[-1].hidden.add(told["name"])


def sent_forms(visits: list[Visit]) -> Iterator[tuple[Visit, Form]]:
    """Each form that sends, once for each kind of address."""
    seen = set()
    for visit in visits:
        if not visit.page or visit.answer.status_code != 200:
            continue
        for form in Forms(visit.answer.text).found:
            path = form.action or visit.path
            kind = re.sub(r"\d+", "#", urlsplit(path).path)
            if form.method == "post" and kind not in seen and not path.startswith(LEFT):
                seen.add(kind)
                yield visit, Form(path, "post", form.fields, form.hidden)


def send_back(doors: dict[str, Doors], visits: list[Visit]) -> Iterator[str]:
    """Send them; what went wrong. Where a form is hidden from people, its hidden fields are hostile too."""
    values = itertools.cycle(HOSTILE)
    for turn, (visit, form) in enumerate(sent_forms(visits)):
        typed = {name for name in form.fields if name not in form.hidden}
        keys = form.hidden - {"csrf_token", "request_key"}
        for names in in_turn([each for each in (typed, keys) if each], 1, turn):
            value = next(values)
            sent = form.fields | dict.fromkeys(names, value) | STRANGE
            yield from _told(
                visit.login, "POST", form.action, value, doors[visit.login].ask("POST", form.action, data=sent)
            )


def strange_addresses(doors: dict[str, Doors], visits: list[Visit]) -> Iterator[str]:
    """Arguments of lists and pages, also such as their forms have, with hostile values."""
    values, seen = itertools.cycle(HOSTILE), set()
    for visit in visits:
        path = urlsplit(visit.path).path
        is_list = not re.search(r"/\d+|_info|/add$|/views$|/export.xlsx$", path)
        if visit.answer.status_code != 200 or path in seen or not is_list:
            continue
        seen.add(path)
        names = {name for form in (Forms(visit.answer.text).found if visit.page else ()) for name in form.fields}
        value = next(values)[:2000]
        query = dict.fromkeys((*GENERAL, *names), value) | {f"f.{value[:20]}": "1", value[:20]: value[:20]}
        address = f"{path}?{urlencode(query)}"
        yield from _told(visit.login, "GET", path, value, doors[visit.login].ask("GET", address))


def _told(login: str, method: str, path: str, value: str, answer: Any) -> Iterator[str]:
    where = f"{login} {method} {path} with {value[:20]!r}"
    if answer.status_code >= 500:
        yield f"{where}: {answer.status_code}"
    place = answer.headers.get("Location", "/")
    if not place.startswith("/") or place.startswith("//"):
        yield f"{where}: leads to {place}"
    if answer.mimetype == "text/html":
        page = Visit(login, path, answer).page
        yield from (f"{where}: {fault}" for fault in (page.faults if page else ()))
