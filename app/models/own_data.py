"""Own data: what a guardian asks the school to change in its record of them; rows stay as the record of who decided."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfGuardian, Phone, Table, Versioned, to_one
from app.models.people import Guardian, Student


class DataRequest(OfGuardian, Versioned, Table):
    """What a guardian asks for: waiting → accepted | declined | withdrawn. An empty datum stays as it is."""

    __tablename__ = "data_request"
    __table_args__ = (
        CheckConstraint("kind IN ('details', 'child_missing', 'not_my_child')", name="a_data_request_has_a_known_kind"),
        CheckConstraint(
            "state IN ('waiting', 'accepted', 'declined', 'withdrawn')", name="a_data_request_has_a_known_state"
        ),
        Index(
            "a_guardian_waits_for_one_change_of_details",
            "guardian_id",
            unique=True,
            postgresql_where=text("state = 'waiting' AND kind = 'details'"),
        ),
        Index("data_requests_of_a_guardian", "guardian_id"),
        Index("data_requests_that_wait", "school_id", postgresql_where=text("state = 'waiting'")),
    )
    school_from = "guardian"

    kind: Mapped[Code] = mapped_column(default="details", server_default="details")
    surname: Mapped[str | None] = mapped_column(String(60))
    given_name: Mapped[str | None] = mapped_column(String(60))
    patronymic: Mapped[str | None] = mapped_column(String(60))
    phone: Mapped[Phone | None]
    email: Mapped[str | None] = mapped_column(String(254))
    child_id: Mapped[int | None] = mapped_column(ForeignKey("student.id"))  # of “not my child”
    child_name: Mapped[str | None] = mapped_column(String(130))  # of “a child is missing”: as the guardian writes it
    child_born_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    state: Mapped[Code] = mapped_column(default="waiting", server_default="waiting")
    answer: Mapped[str] = mapped_column(String(500), default="", server_default="")  # why it was declined
    created_at: Mapped[Now]
    decided_at: Mapped[Moment | None]
    decided_by_user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))

    guardian: Mapped[Guardian] = to_one()
    child: Mapped[Student | None] = to_one()

    def __str__(self) -> str:
        return f"{self.guardian} · {self.created_at:%d.%m.%Y}"
