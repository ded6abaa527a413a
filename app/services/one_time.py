"""Passwords that somebody else made: they open the door once, to the page where the person chooses an own one."""

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.models import OneTimePassword

AROUND = {"around_the_rule": True}


def require_change(session: Session, user_id: int, by_user_id: int | None, *, is_demo: bool) -> None:
    """The account's owner has to choose an own password before anything else; not in the demo. The caller commits.

    From now on it counts how long the password opens (setting `one_time_days`).
    """
    if is_demo:
        return
    made = insert(OneTimePassword).values(user_id=user_id, made_by_user_id=by_user_id)
    again = {"made_by_user_id": by_user_id, "created_at": func.now()}
    wanted = made.on_conflict_do_update(index_elements=[OneTimePassword.user_id], set_=again)
    session.execute(wanted, execution_options=AROUND)


def settle(session: Session, user_id: int) -> None:
    """The person has chosen. The caller commits."""
    over = delete(OneTimePassword).where(OneTimePassword.user_id == user_id)
    session.execute(over, execution_options=AROUND | {"synchronize_session": False})
