"""Oversight of the journal: a closed term that the head opens for a time, and what somebody did not do themselves."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfOffice, OfSchool, Table, Versioned, to_one
from app.models.people import Staff
from app.models.school import SchoolClass, Subject, Term


class TermUnlock(OfSchool, Versioned, Table):
    """A closed term that takes entries again: for whom and where, why, until when; it closes by itself."""

    __tablename__ = "term_unlock"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="an_unlock_opens_before_it_closes"),
        Index("unlocks_of_a_term", "term_id", "closes_at"),
    )
    school_from = "term"

    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # none: whoever teaches there
    school_class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id"))  # none: every class
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))  # none: every subject
    reason: Mapped[str] = mapped_column(String(500))
    opens_at: Mapped[Moment]
    closes_at: Mapped[Moment]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    term: Mapped[Term] = to_one()
    staff: Mapped[Staff | None] = to_one(foreign_keys=[staff_id])
    school_class: Mapped[SchoolClass | None] = to_one()
    subject: Mapped[Subject | None] = to_one()
    opened_by: Mapped[Staff | None] = to_one(foreign_keys=[opened_by_id])

    def __str__(self) -> str:
        return f"{self.term} · {self.closes_at:%d.%m.%Y}"


class Incident(OfOffice, Versioned, Table):
    """Somebody found a change in their journals that they did not make; it tells where, and no mark."""

    __tablename__ = "incident"

    kind: Mapped[Code] = mapped_column(default="not_me")
    state: Mapped[Code] = mapped_column(default="open")  # open, closed
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    person: Mapped[str] = mapped_column(String(200))  # whose account it was
    about: Mapped[str] = mapped_column(String(300))  # lesson and moment of the change
    revision_number: Mapped[int | None]
    note: Mapped[str] = mapped_column(String(1000), default="")  # what was found out
    happened_at: Mapped[Now]

    def __str__(self) -> str:
        return f"{self.person} · {self.about}"
