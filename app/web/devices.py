"""Devices: what a browser says it is, in words; and the cookie by which one is known that an account came in from.

The cookie names nobody: each entry is a random word and its seal for one user name. Who shows one that fits is counted
apart from strangers, so that guessing elsewhere shuts nobody out of the own device (app/web/throttle.py).
"""

import hashlib
import hmac
import re
import secrets
from typing import Any

from flask import Request, current_app
from werkzeug.wrappers import Response

from app.web.resources import resources

A_YEAR_SECONDS = 365 * 24 * 3600
MOST_NAMES = 12  # the teachers who share the computer of a classroom
LONGEST_COOKIE = 2000
_SIGNS = re.compile(r"[A-Za-z0-9_-]{16}\.[0-9a-f]{32}")

# The first that is found: browsers name one another, the most particular stands first.
BROWSERS = (
    ("YaBrowser/", "Yandex"), ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_words(request: Request) -> str:
    """Such as "Firefox, Windows"; empty where the browser says nothing known."""
    said = request.headers.get("User-Agent", "")
    found = (next((word for sign, word in known if sign in said), "") for known in (BROWSERS, SYSTEMS))
    return ", ".join(word for word in found if word)


def known_device(request: Request, username: str) -> str:
    """The word by which this browser is known to the account of that name; empty where it is a stranger to it."""
    for word, seal in _entries(request):
        if hmac.compare_digest(seal, _seal(word, username)):
            return word
    return ""


def remember_device(request: Request, response: Response, username: str) -> None:
    """From now on this browser is known to the account."""
    if known_device(request, username):
        return
    word = secrets.token_urlsafe(12)
    kept = [f"{word}.{_seal(word, username)}", *(".".join(entry) for entry in _entries(request))][:MOST_NAMES]
    is_https = resources().settings.public_url.startswith("https:")
    cookie: dict[str, Any] = {"path": "/", "httponly": True, "samesite": "Lax", "secure": is_https}
    response.set_cookie(_cookie_name(), "~".join(kept), max_age=A_YEAR_SECONDS, **cookie)


def _cookie_name() -> str:
    return "__Host-device" if resources().settings.public_url.startswith("https:") else "device"


def _entries(request: Request) -> list[tuple[str, str]]:
    written = request.cookies.get(_cookie_name(), "")
    if len(written) > LONGEST_COOKIE:
        return []
    return [(entry[:16], entry[17:]) for entry in written.split("~") if _SIGNS.fullmatch(entry)][:MOST_NAMES]


def _seal(word: str, username: str) -> str:
    secret = str(current_app.secret_key).encode()
    name = username.strip().lower().encode(errors="replace")
    return hmac.new(secret, b"device:" + word.encode() + b":" + name, hashlib.sha256).hexdigest()[:32]
