"""Light or dark: the device's wish, or what the person chose, remembered in a cookie so that no page flashes."""

from dataclasses import dataclass

from flask import Flask, request

from app.words import _

COOKIE = "scheme"
NAMES = {"auto": _("As on the device"), "light": _("Light"), "dark": _("Dark")}


@dataclass(frozen=True)
class Scheme:
    """The chosen scheme: what the browser's own parts follow, and for which media dark.css is linked ("": none)."""

    name: str
    meta: str
    media: str


SCHEMES = {
    "auto": Scheme("auto", "light dark", "screen and (prefers-color-scheme: dark)"),
    "light": Scheme("light", "only light", ""),
    "dark": Scheme("dark", "dark", "screen"),  # paper stays white
}


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update({"scheme": scheme, "schemes": NAMES})


def scheme() -> Scheme:
    """The scheme of this request; the device's wish where nothing, or nothing known, was chosen."""
    return SCHEMES.get(request.cookies.get(COOKIE, ""), SCHEMES["auto"])
