"""Ways in: invitations on paper, links and codes that prove an address, passwords that must be changed."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfNobody, Small, Table


class Invitation(OfNobody, Table):
    """One code on one letter, for one guardian or one student; the code itself is kept nowhere.

    Rows stay: they are the record of who printed what for whom.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("(guardian_id IS NULL) <> (student_id IS NULL)", name="an_invitation_is_for_one_person"),
        CheckConstraint("purpose IN ('join', 'return')", name="an_invitation_lets_join_or_return"),
        Index(
            "a_guardian_has_one_open_invitation",
            "guardian_id",
            unique=True,
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
        Index(
            "a_student_has_one_open_invitation",
            "student_id",
            unique=True,
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
        Index("invitations_of_a_class", "school_class_id"),
    )

    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[Code]  # join: no account yet; return: a new password for the account that there is
    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    school_class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id"))  # where it was made
    guardian_id: Mapped[int | None] = mapped_column(ForeignKey("guardian.id", ondelete="CASCADE"))
    student_id: Mapped[int | None] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"))
    made_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    created_at: Mapped[Now]
    printed_at: Mapped[Now]  # the letter is made in the same act
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    used_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    revoked_at: Mapped[Moment | None]
    revoked_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))


class AccountContact(OfNobody, Table):
    """An address or a phone that a person gave for the own account; recovery goes to confirmed ones only."""

    __tablename__ = "account_contact"
    __table_args__ = (
        CheckConstraint("kind IN ('email', 'phone')", name="a_contact_is_an_email_or_a_phone"),
        Index("contacts_of_an_account", "user_id"),
        Index(
            "a_confirmed_contact_belongs_to_one_account",
            "address",
            unique=True,
            postgresql_where=text("confirmed_at IS NOT NULL"),
        ),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    kind: Mapped[Code]
    address: Mapped[str] = mapped_column(String(254))  # an e-mail in small letters, or E.164
    created_at: Mapped[Now]
    confirmed_at: Mapped[Moment | None]


class AccountToken(OfNobody, Table):
    """A link that was mailed, or a code that was sent by SMS; one for nobody stands like one for somebody."""

    __tablename__ = "account_token"
    __table_args__ = (
        CheckConstraint("purpose IN ('confirm', 'recover', 'sign')", name="a_token_confirms_recovers_or_signs"),
        Index("tokens_of_an_account", "user_id"),
    )

    purpose: Mapped[Code]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("account_contact.id", ondelete="CASCADE"))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)  # of the link's key, or of what the browser holds
    code_hash: Mapped[str | None] = mapped_column(String(64))  # of the six digits, where it went by SMS
    tries: Mapped[Small] = mapped_column(default=0)
    created_at: Mapped[Now]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class OneTimePassword(OfNobody, Table):
    """An account whose password somebody else made: it must be changed at the first sign-in."""

    __tablename__ = "one_time_password"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), unique=True)
    made_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    created_at: Mapped[Now]
