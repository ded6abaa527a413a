"""Who changed which role and account, from what to what: written in the change's own transaction, whichever page does.

What a part of the system does (seeds, a family that joins by a letter) is noted where it happens.
"""

from collections.abc import Iterable
from typing import Any

from flask import has_request_context, request
from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session, UOWTransaction

from app.models.access import AccountEvent
from app.session.actors import Actor
from app.session.engine import SchoolSession
from app.web.actors import current_account
from app.web.addresses import short_address
from app.web.devices import device_words

PLAIN = ("last_name", "first_name", "username", "email")


def listen() -> None:
    """From here on, every session of the database writes it; once a process is enough."""
    if not event.contains(SchoolSession, "after_flush", _write):
        event.listen(SchoolSession, "after_flush", _write)


def _write(session: Session, flush_context: UOWTransaction) -> None:
    actor: Actor | None = session.info.get("actor")
    if not has_request_context() or (actor is not None and actor.is_system):
        return
    rows = [row for record in (*session.new, *session.dirty, *session.deleted) for row in _rows(session, record)]
    if not rows:
        return
    doer = current_account()
    around = {
        "by_user_id": doer.id if doer is not None else None,
        "device": device_words(request),
        "address": short_address(request),
    }
    wanted = [{"user_id": None, "role_id": None, **row, **around} for row in rows]
    session.execute(insert(AccountEvent), wanted, execution_options={"around_the_rule": True})


def _rows(session: Session, record: object) -> Iterable[dict[str, Any]]:
    if isinstance(record, User):
        return _of_account(session, record)
    return _of_role(session, record) if isinstance(record, Role) else ()


def _of_account(session: Session, user: Any) -> Iterable[dict[str, Any]]:
    is_new = user in session.new
    changes = {name: pair for name in PLAIN if (pair := _pair(user, name)) is not None}
    roles = _names(user, "roles", lambda role: role.name)
    about = {"user_id": user.id, "about": user.username}
    if is_new:
        yield about | {"kind": "account_made", "changes": {"username": [None, user.username]} | _given("roles", roles)}
        return
    if roles is not None:
        yield about | {"kind": "roles_changed", "changes": _given("roles", roles)}
    if (active := _pair(user, "active")) is not None and user not in session.deleted:
        yield about | {"kind": "opened" if active[1] else "closed", "changes": {}}
    if changes:
        yield about | {"kind": "account_changed", "changes": changes}


def _of_role(session: Session, role: Any) -> Iterable[dict[str, Any]]:
    if role in session.deleted:
        # The key is on its way out, and so would point at nothing.
        held = sorted(map(_grant, role.permissions))
        yield {"about": role.name, "kind": "role_deleted", "changes": {"permissions": [held, []]}}
        return
    name, grants = _pair(role, "name"), _names(role, "permissions", _grant)
    changes = {} if name is None else {"name": name}
    changes |= _given("permissions", grants)
    if changes:
        kind = "role_made" if role in session.new else "role_changed"
        yield {"role_id": role.id, "about": role.name, "kind": kind, "changes": changes}


def _given(what: str, pair: list[list[str]] | None) -> dict[str, Any]:
    return {} if pair is None else {what: pair}


def _pair(record: object, name: str) -> list[Any] | None:
    """[before, after] of a column; none where it stayed."""
    history = inspect(record).attrs[name].history
    if not history.has_changes():
        return None
    before, after = (list(one or ())[:1] or [None] for one in (history.deleted, history.added))
    return [before[0], after[0]] if before != after else None


def _names(record: object, name: str, said: Any) -> list[list[str]] | None:
    """[before, after] of what stands in a collection, sorted; none where it stayed."""
    history = inspect(record).attrs[name].history
    if not history.has_changes():
        return None
    stays = list(history.unchanged)
    return [sorted(map(said, (*stays, *history.deleted))), sorted(map(said, (*stays, *history.added)))]


def _grant(each: Any) -> str:
    return f"{each.permission.name} {each.view_menu.name}"
