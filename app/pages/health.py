"""What machines ask: is it alive, and how is it doing."""

import hmac

from flask import Blueprint, Response, abort, jsonify, request
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.web import metrics
from app.web.addresses import is_this_machine
from app.web.guard import bare
from app.web.resources import resources

pages = Blueprint("health", __name__)


@pages.get("/healthz")
@bare
def health() -> Response:
    """200 when database and Redis answer, else 503; no detail."""
    held = resources()
    try:
        with held.reads.connect() as connection:
            connection.execute(select(1))
        held.redis.ping()
    except (SQLAlchemyError, RedisError, OSError):
        answer = jsonify(status="unavailable")
        answer.status_code = 503
        return answer
    return jsonify(status="ok")


@pages.get("/metrics")
@bare
def figures() -> Response:
    """For this machine, and for who shows the token."""
    if not (is_this_machine(request) or _shows_token()):
        abort(403)
    held = resources()
    return Response(
        metrics.exposition(held.engine, held.redis), content_type="text/plain; version=0.0.4; charset=utf-8"
    )


def _shows_token() -> bool:
    token = resources().settings.metrics_token
    shown = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(shown.encode(), f"Bearer {token}".encode())
