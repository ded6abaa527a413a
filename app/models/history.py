"""The history of records: an append-only hash chain per school, and the values that only erasure may remove."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfNobody, OfSchool, Table


class Revision(OfNobody, Table):
    """One change of one record: a link of the school's chain. Never changed, never deleted (triggers)."""

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("school_id", "number", name="a_chain_has_each_number_once"),
        UniqueConstraint("school_id", "previous", name="a_chain_does_not_fork"),
        Index("revisions_of_a_record", "record", "record_id", "id"),
        Index("revisions_of_a_day", "school_id", "happened_at"),
        Index(
            "deletions_of_a_school", "school_id", "record", "happened_at", postgresql_where=text("action = 'deleted'")
        ),
    )

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    number: Mapped[int]  # from 1, without a gap
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    record: Mapped[str] = mapped_column(String(40))
    record_id: Mapped[int]
    action: Mapped[Code]  # added, changed, deleted
    happened_at: Mapped[Moment]
    author: Mapped[str] = mapped_column(String(40))  # a pseudonym's key
    fields: Mapped[dict[str, str]] = mapped_column(JSONB)  # field → SHA-256(salt ‖ [old, new]) in hex


class RevisionValue(OfNobody, Table):
    """The value behind one field of a revision."""

    __tablename__ = "revision_value"
    __table_args__ = (UniqueConstraint("revision_id", "field", name="a_revision_has_each_field_once"),)

    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id"))
    field: Mapped[str] = mapped_column(String(40))
    salt: Mapped[bytes] = mapped_column(LargeBinary(16))
    old: Mapped[object] = mapped_column(JSONB)
    new: Mapped[object] = mapped_column(JSONB)


class ChainHead(OfNobody, Table):
    """The last link of a school's chain; locked by whoever appends."""

    __tablename__ = "chain_head"

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), unique=True)
    number: Mapped[int] = mapped_column(default=0)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), default=bytes(32))


class ChainCheck(OfSchool, Table):
    """What the nightly check of a school's chain found, and the head that it saw; everybody of the school may know."""

    __tablename__ = "chain_check"
    __table_args__ = (Index("checks_of_a_chain", "school_id", "id"),)

    checked_at: Mapped[Now]
    number: Mapped[int]  # of the last link
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    broken: Mapped[int]  # how much was found wrong
    told: Mapped[str] = mapped_column(Text, default="")  # the first of it in sentences, which name rows and no people


class Pseudonym(OfNobody, Table):
    """Who stands behind an author's key in the chain; erasure deletes the row."""

    __tablename__ = "pseudonym"

    key: Mapped[str] = mapped_column(String(40), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), unique=True)
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="SET NULL"), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    way: Mapped[Code] = mapped_column(default="", server_default="")  # sms: what a guardian, named here, did by text
