"""The first who administers all schools of an installation: made on the server, since no browser gives it."""

from flask_appbuilder.security.sqla.models import Role, User, assoc_user_role
from sqlalchemy import delete, func, insert, select

from app.models.access import AccountEvent, WebSession
from config import Settings
from seeds.roles import ALL_SCHOOLS_ADMINISTRATOR
from seeds.transaction import AROUND, seeding


class NotThere(Exception):
    """There is no such account, or no such role any more; the text says which."""


def administer(settings: Settings, login: str) -> bool:
    """Give the account the role that administers all schools, on record; whether it lacked it.

    Its sessions end, as with any other role. Raises NotThere.
    """
    with seeding(settings) as session:
        name = func.lower(User.username) == login.strip().lower()
        user_id = session.scalar(select(User.id).where(name, User.active.is_(True)), execution_options=AROUND)
        if user_id is None:
            raise NotThere(f"There is no account {login} that may sign in.")
        role = select(Role.id).where(Role.name == ALL_SCHOOLS_ADMINISTRATOR)
        role_id = session.scalar(role, execution_options=AROUND)
        if role_id is None:
            raise NotThere(f"The role {ALL_SCHOOLS_ADMINISTRATOR} was deleted; make it again under roles.")
        given = {"user_id": user_id, "role_id": role_id}
        held = select(func.count()).select_from(assoc_user_role).filter_by(**given)
        if session.scalar(held, execution_options=AROUND):
            return False
        session.execute(insert(assoc_user_role).values(**given), execution_options=AROUND)
        changes = {"roles": [[], [ALL_SCHOOLS_ADMINISTRATOR]]}
        event = {"user_id": user_id, "kind": "roles_changed", "about": login.strip()[:128], "changes": changes}
        session.execute(insert(AccountEvent).values(**event), execution_options=AROUND)
        gone = delete(WebSession).where(WebSession.user_id == user_id)
        session.execute(gone, execution_options=AROUND | {"synchronize_session": False})
    return True
