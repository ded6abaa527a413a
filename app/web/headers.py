"""Headers of every answer: what a browser may load, frame, guess and keep."""

from collections.abc import Callable
from typing import Any

from flask import Flask, g, request

from app.web.guard import FILES

OURS = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
SWAGGER = {**OURS, "style-src": "'self' 'unsafe-inline'"}  # the page of the API's description writes its own styles
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
A_YEAR = 365 * 24 * 3600


def _policy(parts: dict[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in parts.items())


def init_app(app: Flask, is_https: bool) -> None:
    ours, swagger = _policy(OURS), _policy(SWAGGER)

    def add(response: Any) -> Any:
        response.headers.setdefault(
            "Content-Security-Policy", swagger if request.endpoint == "SwaggerView.show" else ours
        )
        for name, value in FIXED.items():
            response.headers.setdefault(name, value)
        if is_https:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={A_YEAR}")
        _say_how_long_to_keep(response)
        return response

    after: Callable[[Any], Any] = add
    app.after_request(after)


def _say_how_long_to_keep(response: Any) -> None:
    """Pages about people are not kept at all, but for those of app/web/revalidated.py, which are asked about each time;
    files are kept for good where their address names their content.
    """
    if g.get("page_is_kept") and response.status_code in (200, 304):
        response.headers["Cache-Control"] = "private, no-cache"
    elif request.endpoint not in FILES or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    elif "v" in request.args:
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
