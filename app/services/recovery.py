"""Coming back: a link or a code to a confirmed contact, and the new password by it. Strangers learn nothing."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.emails import is_no_address
from app.domain.errors import InvalidInput
from app.models import AccountContact, AccountToken
from app.services.contacts import EMAIL, RECOVER, Contact, account_with, send_proof, use_up
from app.services.mail import write_mail
from app.services.one_time import settle
from app.words import _, language

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
KEPT = timedelta(days=7)  # tokens that are over, so that one can look into what happened


def ask_for(session: Session, contact: Contact, key: str, now: datetime) -> str:
    """Send what brings the contact's account back; what the browser keeps for a code, "" where none may be sent.

    The same work for nobody's.
    """
    account = account_with(session, contact)
    over = delete(AccountToken).where(AccountToken.expires_at < now - KEPT)
    session.execute(over, execution_options=AROUND | {"synchronize_session": False})
    try:
        with session.begin_nested():
            return send_proof(
                session,
                key,
                contact,
                RECOVER,
                now,
                user=account.id if account is not None else None,
                told_login=account.username if account is not None else contact.address,
            )
    except InvalidInput as held:  # too many codes: who asks learns no more than that a code may come
        log.info("recovery.held", why=held.key)
        return ""


def owner(session: Session, token: AccountToken) -> Any:
    """The account that the token brings back, unless it was closed meanwhile."""
    return session.scalars(select(User).where(User.id == token.user_id, User.active.is_(True))).first()


def set_password(session: Session, token: AccountToken, user: Any, password_hash: str, now: datetime) -> None:
    """The new password; every other link and code of the account is dead by it. Its mailboxes hear of it."""
    user.password = password_hash
    use_up(session, token, now)
    settle(session, user.id)
    session.flush()
    _tell(session, user)
    log.info("recovered", account=user.id)


def _tell(session: Session, user: Any) -> None:
    query = select(AccountContact.address).where(
        AccountContact.user_id == user.id, AccountContact.kind == EMAIL, AccountContact.confirmed_at.is_not(None)
    )
    addresses = set(session.scalars(query, execution_options=AROUND))
    addresses |= set() if is_no_address(user.email) else {user.email.lower()}
    for address in sorted(addresses):
        write_mail(
            session, "security", school_id=None, to=address, language=language(),
            subject=_("Your password was given anew"),
            paragraphs=(_("The password of your account {login} was given anew. If it was not you, turn to the school "
                          "at once.", login=user.username),),
        )  # fmt: skip
