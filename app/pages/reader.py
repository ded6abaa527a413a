"""What a reader chooses for the own eyes: the language and the colours of the pages."""

from collections.abc import Container
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from app.web import look
from app.web.guard import local_path, public
from app.web.language import COOKIE
from app.web.resources import resources
from app.words import LANGUAGES

pages = Blueprint("reader", __name__)

A_YEAR_SECONDS = 365 * 24 * 3600


@pages.post("/language")
@public
def language() -> Response:
    """Change the language and come back to the page one was on."""
    return _remembered(COOKIE, request.form.get("language", ""), LANGUAGES)


@pages.post("/scheme")
@public
def colours() -> Response:
    """Choose light, dark or the device's wish, and come back to the page one was on."""
    return _remembered(look.COOKIE, request.form.get("scheme", ""), look.SCHEMES)


def _remembered(cookie: str, chosen: str, known: Container[str]) -> Response:
    back = redirect(came_from(), 303)
    if chosen in known:
        back.set_cookie(
            cookie, chosen, max_age=A_YEAR_SECONDS, httponly=True, samesite="Lax",
            secure=resources().settings.public_url.startswith("https:"),
        )  # fmt: skip
    return back


def came_from() -> str:
    """The page of ours that the request was sent from, else the start page."""
    try:
        came_from = urlsplit(request.referrer or "")
    except ValueError:  # such as http://[
        return "/"
    if came_from.netloc != request.host:
        return "/"
    return local_path(f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path)
