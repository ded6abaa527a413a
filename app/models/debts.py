"""Debts: the dot in the journal, a work that a student still owes."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, OfStudent, Table, Versioned, to_one
from app.models.journal import Lesson, Mark
from app.models.people import Student
from app.models.school import WorkType


class Debt(OfStudent, Versioned, Table):
    """A work of one lesson that a student owes until a day, alone in its cell or beside a mark.

    It becomes the mark that is entered for it, or expires on its day and at the latest with the term.
    """

    __tablename__ = "debt"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed', 'expired')", name="a_debt_is_open_closed_or_expired"),
        Index(
            "a_student_owes_a_work_of_a_lesson_once",
            "student_id",
            "lesson_id",
            "work_type_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
        Index("open_debts_by_day", "school_id", "due", postgresql_where=text("state = 'open'")),
        Index("debts_of_a_lesson", "lesson_id"),
        Index("debts_that_became_a_mark", "became_id"),
        Index("debts_beside_a_mark", "mark_id"),
    )
    school_from = "lesson"

    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"))
    work_type_id: Mapped[int] = mapped_column(ForeignKey("work_type.id"))
    task: Mapped[str] = mapped_column(String(500), default="")
    due: Mapped[date]  # the last day on which it can be made up
    state: Mapped[Code] = mapped_column(default="open")
    mark_id: Mapped[int | None] = mapped_column(ForeignKey("mark.id", ondelete="SET NULL"))  # that it stands beside
    became_id: Mapped[int | None] = mapped_column(ForeignKey("mark.id", ondelete="SET NULL"))
    settled_on: Mapped[date | None]  # the day on which it was made up or expired
    reminded_at: Mapped[Moment | None]

    lesson: Mapped[Lesson] = to_one()
    student: Mapped[Student] = to_one()
    work_type: Mapped[WorkType] = to_one()
    mark: Mapped[Mark | None] = to_one(foreign_keys=[mark_id])
    became: Mapped[Mark | None] = to_one(foreign_keys=[became_id])

    def __str__(self) -> str:
        return f"{self.work_type} · {self.lesson}"
