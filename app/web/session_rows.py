"""The rows of browsers' sessions: found with account and keys in one statement, begun, kept, locked and ended."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Date, bindparam, delete, func, insert, literal_column, select, true, update

from app.models.access import WebSession
from app.session.keys import keys_sql
from app.web.accounts import COLUMNS
from app.web.resources import resources
from app.web.session_kinds import Kind

WRITTEN_EVERY = timedelta(seconds=30)

# Together with the session: nearly every request of a signed-in person asks what the person is and may.
_KEYS = f"""(SELECT coalesce(json_agg(json_build_array(kind, a, b, c, word, other)), '[]')
FROM ({keys_sql("ab_user.id", "the_day.today")}) AS own)"""
_DAY = select(bindparam("today", type_=Date).label("today")).subquery("the_day")

_FOUND = (
    select(
        WebSession.id.label("session_id"),
        WebSession.content,
        WebSession.kind,
        WebSession.locked_at,
        (func.now() - WebSession.used_at).label("unused_for"),
        (func.now() - WebSession.proved_at).label("proved_for"),
        (WebSession.used_at < func.now() - WRITTEN_EVERY).label("is_unused_lately"),
        (WebSession.seen_at < func.now() - WRITTEN_EVERY).label("is_unseen_lately"),
        *COLUMNS,
        literal_column(_KEYS).label("own_keys"),
    )
    .join(User, User.id == WebSession.user_id)
    .join(_DAY, true())
    .where(WebSession.expires_at > func.now(), WebSession.key_hash == bindparam("key_hash"))
)


def find(key: str) -> Any:
    """The session that the key opens, with what COLUMNS and keys say of its account; None where there is none."""
    today = datetime.now(resources().settings.timezone).date()
    with resources().reads.connect() as connection:
        return connection.execute(_FOUND, {"key_hash": _hash(key), "today": today}).one_or_none()


def insert_row(key: str, user_id: int, content: bytes, kind: Kind, *, device: str, address: str) -> None:
    row = {
        "key_hash": _hash(key),
        "user_id": user_id,
        "content": content,
        "kind": kind.name,
        "device": device,
        "address": address,
        "expires_at": func.now() + kind.idle_life,
    }
    with resources().engine.begin() as connection:
        connection.execute(delete(WebSession).where(WebSession.expires_at < func.now()))
        connection.execute(insert(WebSession).values(**row))


def keep(key: str, kind: Kind, *, content: bytes | None, is_use: bool) -> None:
    """Write down that it was seen, that a person used it, and what changed in it."""
    values: dict[str, Any] = {"seen_at": func.now()}
    if is_use:
        values |= {
            "used_at": func.now(),
            "expires_at": func.least(func.now() + kind.idle_life, WebSession.created_at + kind.whole_life),
        }
    if content is not None:
        values["content"] = content
    _update(key, values)


def lock(key: str) -> None:
    _update(key, {"locked_at": func.now()})


def prove(key: str) -> None:
    _update(key, {"proved_at": func.now(), "used_at": func.now(), "locked_at": None})


def _update(key: str, values: dict[str, Any]) -> None:
    with resources().engine.begin() as connection:
        connection.execute(update(WebSession).where(WebSession.key_hash == _hash(key)).values(**values))


def end(key: str) -> None:
    """End this session."""
    with resources().engine.begin() as connection:
        connection.execute(delete(WebSession).where(WebSession.key_hash == _hash(key)))


def sessions_of(user_id: int) -> Sequence[Any]:
    """The account's sessions, the last used first."""
    wanted = (
        select(WebSession.id, WebSession.kind, WebSession.device, WebSession.address, WebSession.created_at)
        .add_columns(WebSession.used_at, WebSession.locked_at)
        .where(WebSession.user_id == user_id, WebSession.expires_at > func.now())
        .order_by(WebSession.used_at.desc(), WebSession.id.desc())
    )
    with resources().reads.connect() as connection:
        return connection.execute(wanted).all()


def end_of(user_id: int, *, one: int | None = None, but: int | None = None) -> int:
    """End the account's sessions: one of them, or all but one, or all; how many ended."""
    gone = delete(WebSession).where(WebSession.user_id == user_id)
    if one is not None:
        gone = gone.where(WebSession.id == one)
    if but is not None:
        gone = gone.where(WebSession.id != but)
    with resources().engine.begin() as connection:
        return connection.execute(gone).rowcount


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
