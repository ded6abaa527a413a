"""Behaviour: the class teacher's mark for a student's week."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, OfStudent, Table, Versioned, to_one
from app.models.people import Staff, Student


class BehaviourMark(OfStudent, Versioned, Table):
    """How a student behaved in a week, from its Monday on."""

    __tablename__ = "behaviour_mark"
    __table_args__ = (
        UniqueConstraint("student_id", "week", name="a_student_has_one_behaviour_mark_a_week"),
        CheckConstraint("extract(isodow from week) = 1", name="a_week_of_behaviour_begins_on_a_monday"),
    )
    school_from = "student"

    week: Mapped[date]  # its Monday
    value: Mapped[Code]  # exemplary, good, satisfactory, poor
    comment: Mapped[str] = mapped_column(String(500), default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    student: Mapped[Student] = to_one()
    author: Mapped[Staff | None] = to_one()

    def __str__(self) -> str:
        return f"{self.value} · {self.week:%d.%m.%Y}"
