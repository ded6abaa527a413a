"""Accounts: who signs in, as little of it as a request needs, and whether name and password fit."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import current_app
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from app.models import OneTimePassword
from app.web import account_rules
from app.web.account_rules import AccountRules
from app.web.resources import resources

COLUMNS = (
    User.id, User.username, User.first_name, User.last_name, User.active, User.password, *account_rules.COLUMNS
)  # fmt: skip
LONGEST_NAME, LONGEST_PASSWORD = 128, 1024


@dataclass(frozen=True)
class Account:
    """A row of ab_user; stands where Flask-Login and Flask-AppBuilder expect a user."""

    id: int
    username: str
    first_name: str
    last_name: str
    active: bool
    stamp: str  # changes with password and second factor; what was given out before is worth nothing after it
    rules: AccountRules
    is_family: bool  # a guardian or student, and not of the staff
    has_second_factor: bool
    one_time_since: datetime | None  # since when the present password is one that somebody else made

    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.active

    @property
    def must_change_password(self) -> bool:
        """Whether somebody else made the present one."""
        return self.one_time_since is not None

    @property
    def one_time_is_over(self) -> bool:
        """Whether it was left unused for too long: it opens nothing any more."""
        since = self.one_time_since
        return since is not None and datetime.now(UTC) - since > self.rules.one_time_life

    @property
    def lacks_second_factor(self) -> bool:
        """Whether one of the person's roles asks for a second factor, and there is none yet."""
        return self.rules.wants_second_factor and not self.has_second_factor

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
    return Account(
        id=row.id,
        username=row.username,
        first_name=row.first_name,
        last_name=row.last_name,
        active=bool(row.active),
        stamp=_stamp(row.id, row.password, row.factor),
        rules=account_rules.rules_in(row.asked, row.role_names),
        is_family=row.is_family,
        has_second_factor=row.factor is not None,
        one_time_since=row.one_time,
    )


def _stamp(user_id: int, password_hash: str | None, factor: str | None) -> str:
    secret, stands_on = str(current_app.secret_key).encode(), f"{user_id}:{password_hash}:{factor or ''}"
    return hmac.new(secret, stands_on.encode(), hashlib.sha256).hexdigest()[:32]


def active_account(user_id: int) -> Account | None:
    """The account, unless it is disabled or gone. One statement."""
    with resources().reads.connect() as connection:
        row = connection.execute(select(*COLUMNS).where(User.id == user_id)).one_or_none()
    return account_of(row) if row is not None and row.active else None


def account_with_password(username: str, password: str) -> Account | None:
    """The active account that name and password fit; the same work whether there is such a name or not."""
    row = _row_of_name(username)
    is_known = row is not None and bool(row.active) and bool(row.password)
    is_right = _fits(row.password if row is not None and is_known else None, password)
    return account_of(row) if is_right and is_known else None


def is_password_of(account: Account, password: str) -> bool:
    """Whether who is signed in knows the account's password."""
    with resources().reads.connect() as connection:
        kept = connection.execute(select(User.password).where(User.id == account.id)).scalar_one_or_none()
    return _fits(kept, password)


def who_made_password(account: Account) -> str:
    """Who made the account's one-time password, surname first; "" where that account is closed or gone."""
    made_by = select(OneTimePassword.made_by_user_id).where(OneTimePassword.user_id == account.id).scalar_subquery()
    query = select(func.concat_ws(" ", User.last_name, User.first_name)).where(User.id == made_by, User.active)
    with resources().reads.connect() as connection:
        return connection.execute(query).scalar_one_or_none() or ""


def _fits(kept: str | None, password: str) -> bool:
    """One hash of the password, also where there is nothing to compare it with."""
    expected = kept or current_app.config["AUTH_DB_FAKE_PASSWORD_HASH_CHECK"]
    typed = password[:LONGEST_PASSWORD].encode(errors="replace").decode()  # JSON may bring half a surrogate pair
    return check_password_hash(expected, typed) and bool(kept) and typed == password


def count_sign_in(account: Account) -> None:
    """The account has come in: by every factor that is asked of it."""
    signed_in = {"last_login": func.now(), "login_count": func.coalesce(User.login_count, 0) + 1, "fail_login_count": 0}
    with resources().engine.begin() as connection:
        connection.execute(update(User).where(User.id == account.id).values(**signed_in))


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
