"""The finder: people, classes and pages by name; as a page, and for the dialog that Ctrl-K opens."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for

from app.services.finder import Found, find, folded
from app.session.declarations import Declaration
from app.session.engine import declarations
from app.web.guard import signed_in
from app.web.pace import SEARCHES, paced
from app.web.resources import resources
from app.web.shell import menu

pages = Blueprint("finder", __name__)

LONGEST = 100
MOST_PAGES = 8


@dataclass(frozen=True)
class Hit:
    """One line of what is found: where it leads, what it is called, of what kind it is."""

    address: str
    text: str
    hint: str
    kind: str


@pages.get("/find")
@signed_in
@paced(SEARCHES)
def finder() -> Any:
    """What is found; JSON for the dialog, a page without script."""
    typed = "".join(sign for sign in request.args.get("q", "")[:LONGEST] if sign.isprintable()).strip()
    hits = list(_hits(typed)) if typed else []
    if request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json":
        return jsonify(result=[asdict(hit) for hit in hits])
    return render_template("finder/find.html", typed=typed, hits=hits)


def _hits(typed: str) -> Iterator[Hit]:
    titles = {declared.name: declared for declared in declarations().values()}
    for found in find(resources().db(), typed):
        yield _hit(found, titles[found.record])
    words = folded(typed).split()
    count = 0
    for chapter in menu():
        for entry in chapter.entries:
            title = folded(str(entry.title))
            if count < MOST_PAGES and all(word in title for word in words):
                count += 1
                yield Hit(entry.address(), str(entry.title), "", str(chapter.title))


def _hit(found: Found, declared: Declaration) -> Hit:
    address = url_for(f"record_{found.record}.show", pk=found.id)
    return Hit(address, found.words, found.hint, str(getattr(declared, "one", "")))
