"""Whoever takes over an account changes its contacts first: so the old address hears of it, by whichever door.

The doors are the page of one's contacts, the administrator's form of accounts, and every change of a guardian's record
(form, list, REST, an accepted request: app/records/people.py). An import tells nobody, as it makes no other news: a
phone that it brings is unconfirmed and brings nobody into an account.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.emails import is_email, is_no_address
from app.domain.masking import masked
from app.domain.sms_text import economical
from app.models import AccountContact, School
from app.services.mail import write_mail
from app.services.queueing import queue_text
from app.words import Word, _, language

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
TEXT_VALID = timedelta(hours=24)
IF_NOT_YOU = _(
    "If that was neither you nor the school on your word: choose a new password at once, and tell the school’s office."
)


def known_contacts(session: Session, user_id: int) -> set[str]:
    """The addresses and phones that bring the account back: confirmed ones, and the address of the account itself."""
    kept = select(AccountContact.address).where(
        AccountContact.user_id == user_id, AccountContact.confirmed_at.is_not(None)
    )
    own = select(User.email).where(User.id == user_id)
    found = {*session.scalars(kept, execution_options=AROUND), *session.scalars(own, execution_options=AROUND)}
    return {one.lower() for one in found if one and not is_no_address(one)}


def tell_removed(session: Session, school_id: int | None, contacts: Iterable[str | None]) -> None:
    """Tell each that it was taken off an account, or that another one stands in its place."""
    said = _(
        "This address does not stand any more with your account in the school’s journal: it was removed or changed."
    )
    text = _("{school}: this phone was removed from your data or changed. If it was not you, tell the school.")
    _tell(session, school_id, contacts, said, text)


def tell_added(session: Session, school_id: int | None, contacts: Iterable[str | None], new: str) -> None:
    """Tell each contact that the account had before that a new one was confirmed."""
    said = _(
        "A further address or phone was confirmed for your account in the school’s journal: {new}.", new=masked(new)
    )
    text = _("{school}: a contact was added to your account: {new}. If it was not you, tell the school.")
    _tell(session, school_id, contacts, said, text, masked(new))


def _tell(
    session: Session, school_id: int | None, contacts: Iterable[str | None], said: Word, text: Word, new: str = ""
) -> None:
    known = {one for one in contacts if one}
    query = select(School.id, School.short_name).order_by(School.id.is_distinct_from(school_id), School.id).limit(1)
    school = session.execute(query, execution_options=AROUND).first() if known else None
    if school is None:  # a house without a school yet: nobody signs a message
        return
    for contact in sorted(known):
        if contact.startswith("+"):
            _text(session, school, contact, text, new)
        elif is_email(contact) and not is_no_address(contact):
            write_mail(
                session, "security", school_id=school.id, to=contact, language=language(),
                subject=_("The contacts of your account were changed"), paragraphs=(said, IF_NOT_YOU),
            )  # fmt: skip
        log.info("contact_change.told", school=school.id)


def _text(session: Session, school: Any, phone: str, text: Word, new: str) -> None:
    body = economical(str(Word(text.text, school=school.short_name, new=new)))
    trace = str(structlog.contextvars.get_contextvars().get("trace") or "")
    queue_text(session, school.id, phone, body, "immediate", datetime.now(UTC) + TEXT_VALID, trace=trace)
