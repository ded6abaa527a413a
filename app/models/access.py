"""Doors: sessions of browsers, second factors, what happened with an account, keys of requests that were answered."""

from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfNobody, Table


class WebSession(OfNobody, Table):
    """A browser's session; the cookie holds its key, the row the key's hash."""

    __tablename__ = "web_session"

    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[Code] = mapped_column(server_default="staff")  # staff, family, shared: app/web/session_kinds.py
    device: Mapped[str] = mapped_column(String(60), server_default="")  # in words: "Firefox, Windows"
    address: Mapped[str] = mapped_column(String(45), server_default="")  # shortened: the network, not the house
    created_at: Mapped[Now]
    seen_at: Mapped[Now]  # by any request, also of a page that looks by itself
    used_at: Mapped[Now]  # by a person; the idle lock counts from here
    proved_at: Mapped[Now]  # when the password was last given here
    locked_at: Mapped[Moment | None]  # by hand, until the password is given
    expires_at: Mapped[Moment]


class SecondFactor(OfNobody, Table):
    """A person's one-time codes; the secret itself is made from the salt and the installation's key."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), unique=True)
    salt: Mapped[str] = mapped_column(String(64))
    confirmed_at: Mapped[Moment | None]  # none: it was begun, and no code was given yet
    last_step: Mapped[int] = mapped_column(server_default="0")  # of the last code taken: none is taken twice
    created_at: Mapped[Now]


class RecoveryCode(OfNobody, Table):
    """A code on paper for who has lost the phone; taken once, kept as a hash."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash", name="a_person_has_a_recovery_code_once"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[Moment | None]


class AccountEvent(OfNobody, Table):
    """What happened with an account or a role, for its owner and for whoever looks into who gave whom which right.

    What was changed is never rewritten (a trigger); a role that is deleted leaves its name.
    """

    __tablename__ = "account_event"
    __table_args__ = (Index("events_of_an_account", "user_id", "id"), Index("events_of_a_role", "role_id", "id"))

    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))  # none: about a role
    role_id: Mapped[int | None] = mapped_column(ForeignKey("ab_role.id", ondelete="SET NULL"))
    about: Mapped[str] = mapped_column(String(128), server_default="")  # the role's or account's name at that time
    changes: Mapped[dict[str, list[Any]]] = mapped_column(JSONB, server_default="{}")  # what → [before, after]
    by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(40))  # the words stand in app/web/account_events.py
    device: Mapped[str] = mapped_column(String(60), server_default="")
    address: Mapped[str] = mapped_column(String(45), server_default="")
    happened_at: Mapped[Now]


class RequestKey(OfNobody, Table):
    """A request that was answered: the same key again returns the answer and saves nothing twice."""

    __tablename__ = "request_key"
    __table_args__ = (UniqueConstraint("user_id", "key", name="a_person_uses_a_request_key_once"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(100))
    request: Mapped[str] = mapped_column(String(64))  # SHA-256 of method, path and body
    status: Mapped[int] = mapped_column(Integer, default=0)
    answer: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Now]


class SeededGrant(OfNobody, Table):
    """A permission that seeds gave to a role once; an administrator who takes it away is obeyed."""

    __tablename__ = "seeded_grant"
    __table_args__ = (UniqueConstraint("role", "permission", "view", name="a_grant_is_seeded_once"),)

    role: Mapped[str] = mapped_column(String(64))
    permission: Mapped[str] = mapped_column(String(100))
    view: Mapped[str] = mapped_column(String(250))
