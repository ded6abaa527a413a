"""What happened with an account: written where it happens, shown to its owner under “Sessions”."""

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from flask import request
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, insert, or_, select
from sqlalchemy.orm import aliased

from app.models.access import AccountEvent
from app.services.account_reach import HELD
from app.web.actors import current_account
from app.web.addresses import short_address
from app.web.devices import device_words
from app.web.resources import resources
from app.web.rights import word_of
from app.words import Word, _
from app.words.roles import role_word

log = structlog.get_logger()
_about = aliased(User)

SHOWN = 20
ON_A_PAGE = 50
#: What only the account's owner is told.
OWNERS_ONLY = ("new_device", "recovery_code_used")
#: What the page of changed rights tells, of all accounts and roles.
RIGHTS = (
    "account_made", "account_changed", "roles_changed", "role_made", "role_changed", "role_deleted", "closed", "opened",
    "password_set", "one_time_password", "second_factor_reset", "joined",
)  # fmt: skip
WORDS = {
    "new_device": _("signed in on a new device"),
    "password_changed": _("password changed"),
    "password_set": _("password set anew"),
    "account_made": _("account made"),
    "account_changed": _("name, login or address changed"),
    "roles_changed": _("roles changed"),
    "role_made": _("role made"),
    "role_changed": _("role changed"),
    "role_deleted": _("role deleted"),
    "closed": _("account closed"),
    "opened": _("account opened again"),
    "sessions_ended": _("sessions ended"),
    "second_factor_on": _("second factor set up"),
    "second_factor_off": _("second factor taken off"),
    "second_factor_reset": _("second factor taken off by an administrator"),
    "joined": _("account made by a letter"),
    "child_added": _("child added by a letter"),
    "password_recovered": _("password recovered"),
    "one_time_password": _("one-time password made"),
    "contact_confirmed": _("address or phone confirmed"),
    "name_taken": _("name taken from the school’s record"),
    "recovery_codes": _("new recovery codes made"),
    "recovery_code_used": _("signed in with a recovery code"),
}


def note(kind: str, user_id: int) -> None:
    """Write down what the person of this request did to the account; a stranger who has just come in did it alone."""
    doer = current_account()
    row = {
        "user_id": user_id,
        "by_user_id": doer.id if doer is not None else user_id,
        "kind": kind,
        "device": device_words(request),
        "address": short_address(request),
    }
    with resources().engine.begin() as connection:
        connection.execute(insert(AccountEvent).values(**row))
    log.info("account.event", kind=kind, account=user_id, by=row["by_user_id"])


def events_of(user_id: int) -> Sequence[Any]:
    """The newest events of the account, with the name of whoever did it where that was somebody else."""
    with resources().reads.connect() as connection:
        return connection.execute(_newest().where(AccountEvent.user_id == user_id).limit(SHOWN)).all()


def rights_events_of(user_id: int) -> Sequence[Any]:
    """The same for an administrator: not where and on what the person signs in."""
    query = _newest().where(AccountEvent.user_id == user_id, AccountEvent.kind.not_in(OWNERS_ONLY)).limit(SHOWN)
    with resources().reads.connect() as connection:
        return [TellableEvent(row) for row in connection.execute(query)]


def rights_history(seen: Any, asked: str, page: int) -> Sequence[Any]:
    """A page of the changes of accounts that fit `seen`, and of roles that one of them holds or has changed.

    Newest first, and one more than a page holds if there are.
    """
    theirs = select(User.id).where(seen)
    near = [
        AccountEvent.by_user_id.is_(None),
        AccountEvent.by_user_id.in_(theirs),
        AccountEvent.role_id.in_(select(HELD.c.role_id).where(HELD.c.user_id.in_(theirs))),
    ]
    query = _newest().outerjoin(_about, _about.id == AccountEvent.user_id)
    query = query.where(
        or_(AccountEvent.user_id.in_(theirs), AccountEvent.user_id.is_(None) & or_(*near)),
        AccountEvent.kind.in_(RIGHTS),
    )
    for word in asked.replace("\0", "").split():
        columns = (AccountEvent.about, _about.last_name, _about.first_name, User.last_name, User.first_name)
        query = query.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    query = query.add_columns(_about.last_name.label("about_surname"), _about.first_name.label("about_given_name"))
    with resources().reads.connect() as connection:
        rows = connection.execute(query.offset((page - 1) * ON_A_PAGE).limit(ON_A_PAGE + 1))
        return [TellableEvent(row) for row in rows]


def _newest() -> Any:
    """Events with their doer; of the account's owner only where somebody else did it."""
    return (
        select(AccountEvent.kind, AccountEvent.happened_at, AccountEvent.device, AccountEvent.address)
        .add_columns(AccountEvent.about, AccountEvent.changes, AccountEvent.user_id, AccountEvent.role_id)
        .add_columns(AccountEvent.by_user_id)
        .add_columns(User.first_name, User.last_name)
        .outerjoin(User, (User.id == AccountEvent.by_user_id) & (User.id != func.coalesce(AccountEvent.user_id, 0)))
        .order_by(AccountEvent.id.desc())
    )


class TellableEvent:
    """An event in words: what happened, and what was changed from what to what."""

    def __init__(self, row: Any) -> None:
        self.row = row

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def words(self) -> Word | str:
        return WORDS.get(self.row.kind, self.row.kind)

    @property
    def lines(self) -> list[tuple[Word | str, str, str]]:
        """(what, before, after) of single values, and of collections what was given and what was taken."""
        found: list[tuple[Word | str, str, str]] = []
        for name, (before, after) in self.row.changes.items():
            label = FIELDS.get(name, name)
            if isinstance(after, list):
                said = GRANTS[name]
                taken, given = (
                    ", ".join(sorted(str(said(one)) for one in these))
                    for these in (set(before) - set(after), set(after) - set(before))
                )
                found.append((label, taken, given))
            else:
                found.append((label, "" if before is None else str(before), "" if after is None else str(after)))
        return found


def _grant_words(written: str) -> Word | str:
    permission, _space, view = written.partition(" ")
    return word_of((permission, view)) or written


GRANTS: dict[str, Callable[[str], Word | str]] = {"roles": role_word, "permissions": _grant_words}
FIELDS = {
    "name": _("name"),
    "username": _("User name"),
    "last_name": _("Surname"),
    "first_name": _("Given name"),
    "email": _("E-mail"),
    "roles": _("Roles"),
    "permissions": _("Rights"),
}
