"""The second factor: one-time codes of an app (RFC 6238) and recovery codes on paper, each taken once.

The secret is not in the database: it is made from a salt there and the installation's key, so that a stolen copy of the
database gives no codes. Who changes ZVONOK_SECRET_KEY makes everybody set up the second factor anew.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pyotp
import segno
from flask import current_app
from markupsafe import Markup
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.domain.codes import new_paper_code
from app.models.access import RecoveryCode, SecondFactor
from app.web.accounts import Account
from app.web.resources import resources

STEP_SECONDS = 30
NEIGHBOURS = (0, -1, 1)  # clocks of phones differ by some seconds
APP, PAPER = "app", "paper"
RECOVERY_CODES = 10


@dataclass(frozen=True)
class Key:
    """What an app is given: as an address, as a picture, and to be typed."""

    address: str
    typed: str  # in groups of four

    @property
    def picture(self) -> Markup:
        """The address as a QR code, an SVG that segno makes: nothing in it was typed by anybody."""
        made = segno.make(self.address, error="m").svg_inline(border=4, light="white", svgclass="qr", omitsize=True)
        return Markup(made)


def begin(account: Account) -> None:
    """A new key for who has none in force; one that was begun before is worth nothing any more."""
    made = upsert(SecondFactor).values(user_id=account.id, salt=secrets.token_hex(16))
    again = made.on_conflict_do_update(
        index_elements=[SecondFactor.user_id],
        set_={"salt": made.excluded.salt, "last_step": 0, "created_at": func.now()},
        where=SecondFactor.confirmed_at.is_(None),
    )
    with resources().engine.begin() as connection:
        connection.execute(again)


def key_to_confirm(account: Account, issuer: str) -> Key | None:
    """The key that was begun and not confirmed yet."""
    row = _row(account.id)
    if row is None or row.confirmed_at is not None:
        return None
    secret = _secret(account.id, row.salt)
    address = pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=issuer)
    return Key(address, " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)))


def confirm(account: Account, typed: str) -> list[str]:
    """Put the key that was begun in force by its first code; the recovery codes, or none where the code is wrong."""
    row = _row(account.id)
    step = _step_of(_secret(account.id, row.salt), typed) if row is not None and row.confirmed_at is None else None
    if row is None or step is None:
        return []
    confirmed = (
        update(SecondFactor)
        .where(SecondFactor.user_id == account.id, SecondFactor.salt == row.salt, SecondFactor.confirmed_at.is_(None))
        .values(confirmed_at=func.now(), last_step=step)
    )
    with resources().engine.begin() as connection:
        if not connection.execute(confirmed).rowcount:
            return []
    return new_recovery_codes(account)


def takes(account: Account, typed: str) -> str | None:
    """Where the code comes from, APP or PAPER; None where it is wrong, or was taken before."""
    if _takes_code(account, typed):
        return APP
    return PAPER if _takes_recovery_code(account, typed) else None


def _takes_code(account: Account, typed: str) -> bool:
    """Whether it is a code of the app for now; the same one is not taken again."""
    row = _row(account.id)
    step = _step_of(_secret(account.id, row.salt), typed) if row is not None and row.confirmed_at is not None else None
    if step is None:
        return False
    used = (
        update(SecondFactor)
        .where(SecondFactor.user_id == account.id, SecondFactor.last_step < step)
        .values(last_step=step)
    )
    with resources().engine.begin() as connection:
        return connection.execute(used).rowcount == 1


def _takes_recovery_code(account: Account, typed: str) -> bool:
    """Whether it is one of the recovery codes that were not used yet; it is used by this."""
    used = (
        update(RecoveryCode)
        .where(RecoveryCode.user_id == account.id, RecoveryCode.code_hash == _hash(account.id, typed))
        .where(RecoveryCode.used_at.is_(None))
        .values(used_at=func.now())
    )
    with resources().engine.begin() as connection:
        return connection.execute(used).rowcount == 1


def new_recovery_codes(account: Account) -> list[str]:
    """Ten fresh codes in place of all former ones; they are told this once."""
    codes = [new_paper_code() for _ in range(RECOVERY_CODES)]
    rows = [{"user_id": account.id, "code_hash": _hash(account.id, code)} for code in codes]
    with resources().engine.begin() as connection:
        connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == account.id))
        connection.execute(insert(RecoveryCode), rows)
    return codes


def recovery_codes_left(account: Account) -> int:
    wanted = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.user_id == account.id, RecoveryCode.used_at.is_(None)
    )
    with resources().reads.connect() as connection:
        return int(connection.execute(wanted).scalar_one())


def take_off(user_id: int) -> bool:
    """No second factor any more; whether there was one. Sessions and tokens that stood on it are worth nothing then."""
    with resources().engine.begin() as connection:
        connection.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        return bool(connection.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id)).rowcount)


def set_up_by(user_ids: Iterable[int]) -> set[int]:
    """Which of these accounts have a second factor in force."""
    wanted = select(SecondFactor.user_id).where(
        SecondFactor.user_id.in_(list(user_ids)), SecondFactor.confirmed_at.is_not(None)
    )
    with resources().reads.connect() as connection:
        return set(connection.execute(wanted).scalars())


def _row(user_id: int) -> Any:
    wanted = select(SecondFactor.salt, SecondFactor.confirmed_at).where(SecondFactor.user_id == user_id)
    with resources().reads.connect() as connection:
        return connection.execute(wanted).one_or_none()


def _secret(user_id: int, salt: str) -> str:
    key = str(current_app.secret_key).encode()
    made = hmac.new(key, f"second factor:{user_id}:{salt}".encode(), hashlib.sha256).digest()
    return base64.b32encode(made[:20]).decode()


def _step_of(secret: str, typed: str) -> int | None:
    """The step of time whose code it is, where it is one of now."""
    code = "".join(typed.split())
    if len(code) != 6 or not code.isascii() or not code.isdigit():
        return None
    now, codes = int(time.time()) // STEP_SECONDS, pyotp.TOTP(secret)
    return next((now + by for by in NEIGHBOURS if hmac.compare_digest(codes.generate_otp(now + by), code)), None)


def _hash(user_id: int, typed: str) -> str:
    code = "".join(sign for sign in typed.lower() if sign.isalnum())
    return hashlib.sha256(f"{user_id}:{code}".encode(errors="replace")).hexdigest()
