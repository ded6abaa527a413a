"""Walks through every page that a person can reach by links, and says what is wrong with each of them."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, WIDE

# Of WCAG 2.2 A and AA, whatever axe can tell; the size of targets is off unless it is asked for.
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
LOOKS = ((WIDE, "light"), (PHONE, "dark"))  # each width and each scheme; axe looks at a kind of page in one of them
# Left alone: what ends the session, files, and the API's try-out page, which is a library's own.
LEFT_ALONE = re.compile(r"^/(logout|static|swagger|api)(/|$)|/export|/template|/returned|\.(csv|xlsx|pdf|ics)$")
ALIKE = re.compile(r"^/records/\w+(/|/add|/views|/#/edit|/#/history|/#/delete|/#/cell|/#/related|/#)(/\w+)?$")
PIECES = """() => [...new Set([...document.querySelectorAll('*')].map(
    each => [each.tagName, each.getAttribute('class'), each.getAttribute('role'), each.getAttribute('type')].join('.')
))]"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def _words(look: tuple[dict[str, int], str]) -> str:
    return f"{look[0]['width']} {look[1]}"


@dataclass
class Crawl:
    """One walk by several people. Axe, which is slow, looks at pages that have a piece which no page had before."""

    url: str
    language: str = "ru"
    faults: list[str] = field(default_factory=list)
    pages: int = 0
    _axe: Axe = field(default_factory=Axe)
    _kinds: set[str] = field(default_factory=set)
    _pieces: dict[str, set[str]] = field(default_factory=lambda: {look: set() for look in map(_words, LOOKS)})

    def go(self, page: Page, person: str) -> None:
        """Open what the start page of `person`, signed in on `page`, links to, and from there each kind of page that
        nobody has opened yet; what is wrong goes to `faults`.
        """
        links = self._look(page, person, "/")
        waiting = deque({kind(link): link for link in links}.values())
        self._kinds |= {"/", *map(kind, waiting)}
        while waiting:
            for found in self._look(page, person, waiting.popleft()):
                if kind(found) not in self._kinds:
                    self._kinds.add(kind(found))
                    waiting.append(found)

    def _look(self, page: Page, person: str, path: str) -> list[str]:
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        page.emulate_media(color_scheme="light", reduced_motion="reduce")  # colours change at once
        try:
            answer = page.goto(self.url + path)
        except BrowserError as failed:
            if "Download is starting" not in failed.message:
                raise
            return []
        self.pages += 1
        if answer is None or answer.status != 200:
            self.faults.append(f"{person} {path}: answered {answer and answer.status}")
            return []
        self.faults += (f"{person} {path}: {fault}" for fault in self.faults_of(page))
        links = page.eval_on_selector_all("a[href]", "all => all.map(each => each.href)")
        return [each for each in map(self._own, links) if each and not LEFT_ALONE.search(urlsplit(each).path)]

    def faults_of(self, page: Page) -> Iterator[str]:
        """What is wrong with the page that stands open."""
        if page.get_attribute("html", "lang") != self.language:
            yield "does not say its language"
        if "appbuilder" in page.content().lower():
            yield "speaks of the framework"
        pieces = set(page.evaluate(PIECES))
        asked = LOOKS[crc32(kind(page.url.removeprefix(self.url)).encode()) % len(LOOKS)]
        for size, scheme in LOOKS:
            look = _words((size, scheme))
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            if page.evaluate(TOO_WIDE) > 0:
                yield f"({look}) is wider than its window"
            if (size, scheme) != asked or pieces <= self._pieces[look]:
                continue
            self._pieces[look] |= pieces
            for violation in self._violations(page):
                for node in violation["nodes"][:3]:
                    yield f"({look}) {violation['id']}: {node['html'][:200]}"

    def _violations(self, page: Page) -> list[dict[str, Any]]:
        """What axe says; it is loaded once into a page, and tells no more than this, for both cost as much as it."""
        if not page.evaluate("'axe' in window"):
            page.evaluate(self._axe.axe_script)
        return list(page.evaluate("rules => axe.run(rules).then(found => found.violations)", RULES))

    def _own(self, link: str) -> str:
        """The address within the school; empty for one that leads elsewhere."""
        if not link.startswith(self.url + "/"):
            return ""
        return link.removeprefix(self.url).split("#")[0]


def kind(path: str) -> str:
    """Pages of one kind differ by numbers, by what is asked of them, and where one template makes them all, by record.

    >>> kind("/records/mark/17/edit?back=/x&q=a"), kind("/records/mark/17/history"), kind("/records/mark/1/cell/value")
    ('/records/*/#/edit?', '/records/*/#/history', '/records/*/#/cell')
    >>> kind("/records/mark/"), kind("/records/mark/?q=a"), kind("/records/mark/add")
    ('/records/*/', '/records/*/?', '/records/*/add')
    """
    parts = urlsplit(path)
    pattern = re.sub(r"[0-9]+", "#", parts.path)
    pattern = re.sub(r"^/imports/new/\w+$", "/imports/new/*", pattern)
    return ALIKE.sub(r"/records/*\1", pattern) + ("?" if parts.query else "")
