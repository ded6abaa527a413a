"""Numbers to which nothing is sent any more, because nothing arrived there."""

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfGuardian, Phone, Small, Table, to_one
from app.models.people import Guardian


class SuspendedNumber(OfGuardian, Table):
    """A guardian's number after too many failures in a row; freed, it stays on the list."""

    __tablename__ = "suspended_number"
    __table_args__ = (
        Index(
            "a_number_of_a_guardian_is_suspended_once",
            "phone",
            "guardian_id",
            unique=True,
            postgresql_where=text("freed_at IS NULL"),
        ),
        Index("suspended_numbers_of_a_guardian", "guardian_id"),
    )
    school_from = "guardian"

    phone: Mapped[Phone]
    failures: Mapped[Small]  # in a row
    error: Mapped[str] = mapped_column(String(200), default="")  # of the last one, as the outbox has it
    suspended_at: Mapped[Now]
    freed_at: Mapped[Moment | None]
    freed_by: Mapped[Code | None]  # code: the owner confirmed it; office
    freed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    guardian: Mapped[Guardian] = to_one()

    def __str__(self) -> str:
        return f"{self.guardian} – {self.phone}"
