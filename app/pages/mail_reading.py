"""“I have read this”, by the button of a mail and without signing in: looking changes nothing, one click does."""

from typing import Any

from flask import Blueprint, render_template

from app.services.channels.reading import note_read, opened
from app.session.actors import READER
from app.session.engine import transaction
from app.web.guard import public
from app.web.resources import resources

pages = Blueprint("mail_reading", __name__)


@pages.get("/read/<key>")
@public
def look(key: str) -> Any:
    """Programs that fetch every link of a mail come no further than this."""
    return _page(key)


@pages.post("/read/<key>")
@public
def say(key: str) -> Any:
    with transaction(resources().engine, READER) as session:
        found = opened(session, key)
        if found is not None:
            note_read(session, found)
    return _page(key)


def _page(key: str) -> Any:
    with transaction(resources().engine, READER) as session:
        found = opened(session, key)
        zone = resources().settings.timezone
        page = render_template("mail_reading.html", found=found, zone=zone)
    return page if found is not None else (page, 404)
