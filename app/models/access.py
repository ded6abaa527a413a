"""Doors: sessions of browsers, keys of requests that were answered, grants that seeds have made."""

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Moment, Now, OfNobody, Table


class WebSession(OfNobody, Table):
    """A browser's session; the cookie holds its key, the row the key's hash."""

    __tablename__ = "web_session"

    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Now]
    seen_at: Mapped[Now]
    expires_at: Mapped[Moment]


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
