"""News of the school: announcements, events, and who comes to a meeting."""

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfClassOrSchool, OfFamily, Prose, Small, Table, Versioned, to_one

if TYPE_CHECKING:
    from app.models.people import Guardian, Staff, Student
    from app.models.school import BellSchedule, SchoolClass, Subgroup


class Announcement(OfClassOrSchool, Versioned, Table):
    """News for the school, a parallel, a class, a group or by bells; an urgent one goes out by SMS at once.

    Out of sight of families until it is published: a draft, or one that waits for a second person's word.
    """

    __tablename__ = "announcement"
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'waiting', 'declined', 'published')", name="an_announcement_has_a_known_state"
        ),
        CheckConstraint(
            "num_nonnulls(grade_level, bell_schedule_id, school_class_id) <= 1", name="news_go_to_one_circle"
        ),
    )

    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[Prose]
    urgent: Mapped[bool] = mapped_column(default=False)
    grade_level: Mapped[Small | None]  # a parallel; at most one of it, the class and the bell schedule
    subgroup_id: Mapped[int | None] = mapped_column(ForeignKey("subgroup.id"))  # a part of the class
    bell_schedule_id: Mapped[int | None] = mapped_column(ForeignKey("bell_schedule.id"))
    class_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # of a parallel or a bell schedule
    by_email: Mapped[bool] = mapped_column(default=False, server_default="false")  # to whom no SMS comes
    state: Mapped[Code] = mapped_column(default="published", server_default="published")
    published_at: Mapped[Moment | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    families: Mapped[int | None]  # how many it is for, counted when a second person was asked
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[Moment | None]
    decision: Mapped[str] = mapped_column(String(300), default="", server_default="")  # why it was declined

    school_class: Mapped["SchoolClass | None"] = to_one()
    subgroup: Mapped["Subgroup | None"] = to_one()
    bell_schedule: Mapped["BellSchedule | None"] = to_one()
    author: Mapped["Staff | None"] = to_one(foreign_keys=author_id)
    asked_by: Mapped["Staff | None"] = to_one(foreign_keys=asked_by_id)
    decided_by: Mapped["Staff | None"] = to_one(foreign_keys=decided_by_id)

    def __str__(self) -> str:
        return self.title


class Event(OfClassOrSchool, Versioned, Table):
    """A meeting, a competition, an excursion."""

    __tablename__ = "event"

    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[Code] = mapped_column(default="meeting")  # meeting, competition, conference, excursion, other
    text: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(100), default="")
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment | None]
    cancelled: Mapped[bool] = mapped_column(default=False, server_default="false")

    school_class: Mapped["SchoolClass | None"] = to_one()

    def __str__(self) -> str:
        return self.title


class EventAnswer(OfFamily, Versioned, Table):
    """A guardian says whether they come to a meeting; may be said otherwise until it begins."""

    __tablename__ = "event_answer"
    __table_args__ = (
        UniqueConstraint("event_id", "guardian_id", "student_id", name="a_guardian_answers_once_for_a_child"),
        CheckConstraint("way IN ('web', 'sms')", name="an_answer_comes_by_a_known_way"),
        Index("answers_of_a_student", "student_id"),
        Index("answers_of_a_guardian", "guardian_id"),
    )
    school_from = "student"

    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    comes: Mapped[bool]
    way: Mapped[Code] = mapped_column(default="web")
    answered_at: Mapped[Now]

    event: Mapped[Event] = to_one()
    guardian: Mapped["Guardian"] = to_one()
    student: Mapped["Student"] = to_one()

    def __str__(self) -> str:
        return f"{self.event} · {self.guardian}"
