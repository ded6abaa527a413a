"""Sessions end with what they stand on: a password, a role, a group, the account being in use."""

from typing import Any

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from app.models.access import WebSession
from app.session.engine import SchoolSession

SCALARS, COLLECTIONS = ("password", "active"), ("roles", "groups")


def listen() -> None:
    """From here on, every session of the database sees to it; once a process is enough."""
    if not event.contains(SchoolSession, "before_flush", _end_sessions):
        event.listen(SchoolSession, "before_flush", _end_sessions)


def _end_sessions(session: Session, flush_context: UOWTransaction, instances: Any) -> None:
    """In the change's own transaction, whichever page or task makes it."""
    changed = {user.id for user in session.dirty if isinstance(user, User) and _is_other_now(user)}
    if changed:
        session.execute(
            delete(WebSession).where(WebSession.user_id.in_(changed)),
            execution_options={"around_the_rule": True, "synchronize_session": False},
        )


def _is_other_now(user: Any) -> bool:
    attributes = inspect(user).attrs
    if any(attributes[name].history.has_changes() for name in SCALARS):
        return True
    # Loaded: a role that was given to the person from the role's side is not in a history that was never read.
    return any(attributes[name].load_history().has_changes() for name in COLLECTIONS)
