"""What happened with an account: written where it happens, shown to its owner under “Sessions”."""

from collections.abc import Sequence
from typing import Any

import structlog
from flask import request
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import insert, select

from app.models.access import AccountEvent
from app.web.actors import current_account
from app.web.addresses import short_address
from app.web.devices import device_words
from app.web.resources import resources
from app.words import _

log = structlog.get_logger()

SHOWN = 20
WORDS = {
    "new_device": _("signed in on a new device"),
    "password_changed": _("password changed"),
    "password_set": _("password set anew"),
    "account_made": _("account made"),
    "roles_changed": _("roles changed"),
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
    wanted = (
        select(AccountEvent.kind, AccountEvent.happened_at, AccountEvent.device, AccountEvent.address)
        .add_columns(User.first_name, User.last_name)
        .outerjoin(User, (User.id == AccountEvent.by_user_id) & (User.id != user_id))
        .where(AccountEvent.user_id == user_id)
        .order_by(AccountEvent.id.desc())
        .limit(SHOWN)
    )
    with resources().reads.connect() as connection:
        return connection.execute(wanted).all()
