"""What is sent compressed, so that on a slow line it comes in half the time: style, script, and the diary's pages.

How well a page shrinks tells what stands beside something that a stranger had put into it (BREACH). So of pages only
those are compressed whose view is marked `shrinks`, for they repeat nothing of the request: asked for by GET, without a
query, and not `echoes`.
"""

import gzip
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask_compress import Compress

from app.web.guard import FILES

View = TypeVar("View", bound=Callable[..., Any])
LEVEL = 5  # a week's page in about a millisecond


def init_app(app: Flask) -> None:
    Compress(app)
    app.after_request(_close_file)  # called before the one above, which reads the file and leaves it open
    app.after_request(_shrink_page)


def shrinks(view: View) -> View:
    """Mark a view whose page repeats nothing of its request."""
    view.shrinks = True  # type: ignore[attr-defined]
    return view


def echoes() -> None:
    """This once the page repeats something of its request."""
    g.echoes = True


def _shrink_page(response: Any) -> Any:
    view = current_app.view_functions.get(request.endpoint or "")
    is_plain = request.method == "GET" and not request.query_string and not g.get("echoes")
    if not (getattr(view, "shrinks", False) and is_plain and response.status_code == 200):
        return response
    if request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _close_file(response: Any) -> Any:
    close = getattr(response.response, "close", None)
    if request.endpoint in FILES and close is not None:
        response.call_on_close(close)
    return response
