"""Accounts: who signs in, as little of it as a request needs, and whether name and password fit."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from app.web.resources import resources

COLUMNS = (User.id, User.username, User.first_name, User.last_name, User.active, User.password)
LONGEST_NAME, LONGEST_PASSWORD, SHORTEST_PASSWORD = 128, 1024, 8


@dataclass(frozen=True)
class Account:
    """A row of ab_user; stands where Flask-Login and Flask-AppBuilder expect a user."""

    id: int
    username: str
    first_name: str
    last_name: str
    active: bool
    stamp: str  # changes with the password; what was given out before a change is worth nothing after it

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def full_name(self) -> str:
        """Surname first, as every list of the school says it."""
        return f"{self.last_name} {self.first_name}".strip()

    @property
    def short_name(self) -> str:
        """Surname and initial, where there is little room."""
        return f"{self.last_name} {self.first_name[:1]}.".strip() if self.first_name else self.last_name

    def get_id(self) -> str:
        return str(self.id)

    def get_full_name(self) -> str:
        """As Flask-AppBuilder asks for it."""
        return self.full_name


def account_of(row: Any) -> Account:
    """The account in a row that holds COLUMNS."""
    return Account(row.id, row.username, row.first_name, row.last_name, bool(row.active), _stamp(row.id, row.password))


def _stamp(user_id: int, password_hash: str | None) -> str:
    secret = str(current_app.secret_key).encode()
    return hmac.new(secret, f"{user_id}:{password_hash}".encode(), hashlib.sha256).hexdigest()[:32]


def active_account(user_id: int) -> Account | None:
    """The account, unless it is disabled or gone. One statement."""
    with resources().reads.connect() as connection:
        row = connection.execute(select(*COLUMNS).where(User.id == user_id)).one_or_none()
    return account_of(row) if row is not None and row.active else None


def account_with_password(username: str, password: str) -> Account | None:
    """The active account that name and password fit; the same work whether there is such a name or not."""
    row = _row_of_name(username)
    known = row is not None and bool(row.active) and bool(row.password)
    expected = row.password if row is not None and known else current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"]
    typed = password[:LONGEST_PASSWORD].encode(errors="replace").decode()  # JSON may bring half a surrogate pair
    if not check_password_hash(expected, typed) or row is None or not known or typed != password:
        return None
    signed_in = {"last_login": func.now(), "login_count": func.coalesce(User.login_count, 0) + 1, "fail_login_count": 0}
    with resources().engine.begin() as connection:
        connection.execute(update(User).where(User.id == row.id).values(**signed_in))
    return account_of(row)


def _row_of_name(username: str) -> Any:
    if not _is_storable(username):
        return None
    name = username.strip()
    wanted = select(*COLUMNS).where(func.lower(User.username) == name.lower()).order_by(User.username != name).limit(1)
    with resources().reads.connect() as connection:
        return connection.execute(wanted).one_or_none()


def hashed(password: str) -> str:
    """As the database keeps it; as much work as the hash that unknown names are checked against."""
    return generate_password_hash(password, method="scrypt")


def _is_storable(username: str) -> bool:
    """Whether the database can even be asked for it."""
    try:
        username.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in username and 0 < len(username) <= LONGEST_NAME
