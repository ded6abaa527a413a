"""Addresses and phones of accounts: given, proved by a link or a code, and found when somebody wants to come back."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.domain.codes import new_sms_code, read_code, sealed
from app.domain.emails import is_email, no_address
from app.domain.errors import InvalidInput
from app.domain.phones import phone_number
from app.domain.sms_text import economical, segment_count
from app.models import AccountContact, AccountToken, Guardian, School, Student
from app.models.people import Staff
from app.services import codes_sent
from app.services.contact_changes import known_contacts, tell_added, tell_removed
from app.services.mail import Button, write_mail
from app.services.queueing import queue_text
from app.words import Word, _, language

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
EMAIL, PHONE = "email", "phone"
CONFIRM, RECOVER, SIGN = "confirm", "recover", "sign"  # SIGN: a week of the diary
LIFE = {CONFIRM: {EMAIL: timedelta(days=3), PHONE: codes_sent.LIFE},
        RECOVER: {EMAIL: timedelta(hours=1), PHONE: codes_sent.LIFE},
        SIGN: {PHONE: codes_sent.LIFE}}  # fmt: skip
MOST_TRIES = 5


@dataclass(frozen=True)
class Contact:
    """An e-mail in small letters, or a phone in E.164."""

    kind: str
    address: str


def read_contact(written: str) -> Contact:
    """What somebody typed into the one field. Raises InvalidInput on `contact`.

    >>> read_contact(" Mama@Mail.ru "), read_contact("8 (999) 123-45-67")
    (Contact(kind='email', address='mama@mail.ru'), Contact(kind='phone', address='+79991234567'))
    """
    text = written.strip()
    if is_email(text):
        return Contact(EMAIL, text.lower())
    try:
        return Contact(PHONE, phone_number(text[:40]))
    except InvalidInput:
        raise InvalidInput("contact", "contact.wrong") from None


def account_with(session: Session, contact: Contact) -> Any:
    """The active account that a confirmed contact belongs to (id, username); None where there is none.

    The office's records count too: an address that an administrator typed, a phone that was confirmed for SMS.
    """
    own = select(AccountContact.user_id).where(
        AccountContact.address == contact.address, AccountContact.confirmed_at.is_not(None)
    )
    if contact.kind == EMAIL:
        on_record = select(User.id).where(func.lower(User.email) == contact.address)
    else:
        on_record = select(Guardian.user_id).where(
            Guardian.phone == contact.address, Guardian.phone_confirmed_at.is_not(None), Guardian.user_id.is_not(None)
        )
    query = select(User.id, User.username).where(User.id.in_(own.union_all(on_record)), User.active.is_(True)).limit(2)
    found = session.execute(query, execution_options=AROUND).all()  # one statement, whether there is somebody or not
    return found[0] if len(found) == 1 else None  # two people with one phone: the school has to tell them apart


def send_proof(
    session: Session,
    key: str,
    contact: Contact,
    purpose: str,
    now: datetime,
    *,
    user: Any = None,
    contact_id: int | None = None,
    told_login: str = "",
) -> str:
    """Write a link into a mail, or a code into an SMS; the key that the link carries or the browser keeps.

    For nobody (`user` None) the same is done and the message is taken back: nothing tells the two apart.
    Raises InvalidInput on `phone` where no code may go to the number now.
    """
    secret, code = secrets.token_urlsafe(24), new_sms_code() if contact.kind == PHONE else ""
    life = LIFE[purpose][contact.kind]
    row = {
        "purpose": purpose,
        "user_id": user,
        "contact_id": contact_id,
        "key_hash": sealed(key, purpose, secret),
        "code_hash": sealed(key, f"{purpose} code", f"{secret}:{code}") if code else None,
        "tries": 0,
        "expires_at": now + life,
    }
    made = insert(AccountToken).values(row).returning(AccountToken.id)
    token_id = session.execute(made, execution_options=AROUND).scalar_one()
    with session.begin_nested() as message:
        if contact.kind == EMAIL:
            _mail(session, contact.address, purpose, secret, life, told_login)
        else:
            _text(session, contact.address, code, now, user, token_id)
        if user is None:
            message.rollback()
    return secret


def _mail(session: Session, to: str, purpose: str, secret: str, life: timedelta, login: str) -> None:
    told: tuple[Word, ...]
    if purpose == CONFIRM:
        subject, label, path = _("Confirm your address"), _("This is my address"), f"/contacts/confirm#{secret}"
        told = (
            _(
                "Confirm by the button that this address is yours. Then you can come back by it if you ever forget the "
                "password. The button works for three days."
            ),
        )
    else:
        subject, label, path = _("A new password"), _("Choose a password"), f"/recover/new#{secret}"
        told = (
            _("Your login: {login}", login=login),
            _("Choose a new password by the button. It works once, for one hour."),
        )
    write_mail(
        session, "confirmation" if purpose == CONFIRM else "recovery", school_id=None, to=to, language=language(),
        subject=subject, paragraphs=told, button=Button(label, path), useful_for=life,
    )  # fmt: skip


def _text(session: Session, phone: str, code: str, now: datetime, user_id: int | None, token_id: int) -> None:
    school = _school_of(session, user_id)
    school_id = school.id if school else None
    known = codes_sent.ask_for_code(session, phone, school_id, user_id, now)
    body = economical(
        str(_("{school}: code {code}. Tell it to nobody.", school=school.short_name if school else "", code=code))
    )
    trace = str(structlog.contextvars.get_contextvars().get("trace") or "")
    queue_text(session, school_id, phone, body, "code", now + codes_sent.LIFE, trace=trace)
    codes_sent.note_sent(
        session, phone, school_id, user_id, f"token:{token_id}", segment_count(body), known, now
    )  # fmt: skip


def _school_of(session: Session, user_id: int | None) -> School | None:
    """The person's school, else the first one."""
    own = [select(table.school_id).where(table.user_id == (user_id or 0)) for table in (Guardian, Student, Staff)]
    first = select(School).order_by(School.id.not_in(own[0].union_all(*own[1:])), School.id).limit(1)
    return session.scalars(first, execution_options=AROUND).first()


def proved(session: Session, key: str, purpose: str, secret: str, now: datetime, code: str | None = None) -> Any:
    """The token that a link's key opens, or a browser's key with the code of the SMS; locked, and not used up yet.

    None for what is wrong, late, used or somebody else's. Of a code each try counts, whether it was right or not.
    """
    query = select(AccountToken).where(
        AccountToken.key_hash == sealed(key, purpose, secret[:100]), AccountToken.purpose == purpose
    )
    token = session.scalars(query.with_for_update(), execution_options=AROUND).first()
    if token is None or token.used_at is not None or token.expires_at <= now:
        return None
    if (token.code_hash is None) != (code is None):
        return None
    if token.code_hash is not None:
        token.tries += 1
        typed = read_code(code or "", 6)
        wanted = sealed(key, f"{purpose} code", f"{secret}:{typed}")
        if token.tries > MOST_TRIES or not hmac.compare_digest(token.code_hash, wanted):
            session.flush()
            return None
        codes_sent.note_used(session, f"token:{token.id}", now)
    return token if token.user_id is not None else None


def use_up(session: Session, token: AccountToken, now: datetime) -> None:
    """The token and all its sisters for the same account and purpose are dead."""
    dead = update(AccountToken).where(
        AccountToken.user_id == token.user_id, AccountToken.purpose == token.purpose, AccountToken.used_at.is_(None)
    )
    if token.contact_id is not None:
        dead = dead.where(AccountToken.contact_id == token.contact_id)
    session.execute(dead.values(used_at=now), execution_options=AROUND | {"synchronize_session": False})


def confirm(session: Session, token: AccountToken, now: datetime) -> Contact | None:
    """The contact of the token is the account's from now on; None where another account has it meanwhile."""
    contact = session.get(AccountContact, token.contact_id) if token.contact_id is not None else None
    use_up(session, token, now)
    if contact is None or is_taken(session, Contact(contact.kind, contact.address), contact.user_id):
        return None
    known = known_contacts(session, contact.user_id) - {contact.address}
    was_confirmed, contact.confirmed_at = contact.confirmed_at is not None, now
    if not was_confirmed:
        school = _school_of(session, contact.user_id)
        tell_added(session, school.id if school else None, known, contact.address)
    if contact.kind == EMAIL:
        session.scalars(select(User).where(User.id == contact.user_id)).one().email = contact.address
    session.flush()
    _tell_the_school(session, contact, now)
    return Contact(contact.kind, contact.address)


def remove(session: Session, contact: AccountContact) -> None:
    """The contact is the account's no more; where it was a confirmed one, it hears of that."""
    user = session.scalars(select(User).where(User.id == contact.user_id)).one()
    if contact.confirmed_at is not None:
        school = _school_of(session, contact.user_id)
        tell_removed(session, school.id if school else None, [contact.address])
    if user.email.lower() == contact.address:
        user.email = no_address(f"contact-{contact.id}")
    session.delete(contact)
    session.flush()


def is_taken(session: Session, contact: Contact, but_user_id: int | None) -> bool:
    """Whether another account is known by it."""
    keys = select(AccountContact.user_id).where(
        AccountContact.address == contact.address, AccountContact.confirmed_at.is_not(None)
    )
    names = select(User.id).where(
        (func.lower(User.username) == contact.address) | (func.lower(User.email) == contact.address)
    )
    found = set(session.scalars(keys.union_all(names), execution_options=AROUND))
    return bool(found - {but_user_id})


def _tell_the_school(session: Session, contact: AccountContact, now: datetime) -> None:
    """Where the school has no such contact of the guardian, it has one now; what it has stays the office's."""
    guardians = session.scalars(select(Guardian).where(Guardian.user_id == contact.user_id), execution_options=AROUND)
    for guardian in guardians.all():
        if contact.kind == EMAIL:
            guardian.email = guardian.email or contact.address
        elif not guardian.phone:
            guardian.phone = contact.address
            session.flush()  # a phone that changes is confirmed no longer: that is said first
        if contact.kind == PHONE and guardian.phone == contact.address:
            guardian.phone_confirmed_at = guardian.phone_confirmed_at or now
    session.flush()
