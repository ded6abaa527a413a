"""The diary: what families write into it, such as signatures and absence notices, and what is new for whom."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, Now, OfFamily, OfNobody, OfStudent, Table, Versioned, to_one
from app.models.people import Guardian, Staff, Student


class WeekSignature(OfFamily, Table):
    """A guardian has read a child's week and signed it: who, when, by which means, and a hash of what stood there.

    `parts` has a digest of each entry, so that a later change can be named; the entries themselves are not copied.
    """

    __tablename__ = "week_signature"
    __table_args__ = (
        UniqueConstraint(
            "guardian_id", "student_id", "monday", "content_hash", name="a_guardian_signs_the_same_week_once"
        ),
        CheckConstraint("extract(isodow from monday) = 1", name="a_signed_week_begins_on_monday"),
        Index("signatures_of_a_student", "student_id", "monday"),
    )
    school_from = "student"

    monday: Mapped[date]
    content_hash: Mapped[str] = mapped_column(String(64))
    parts: Mapped[dict[str, str]] = mapped_column(JSONB)
    means: Mapped[Code] = mapped_column(default="password")  # password, sms
    signed_at: Mapped[Now]

    guardian: Mapped[Guardian] = to_one()
    student: Mapped[Student] = to_one()

    def __str__(self) -> str:
        return f"{self.guardian} · {self.student} · {self.monday:%d.%m.%Y}"


class AbsenceNotice(OfStudent, Versioned, Table):
    """A guardian tells that a child will be, or was, away: sent → accepted | declined | withdrawn."""

    __tablename__ = "absence_notice"
    __table_args__ = (
        CheckConstraint("begins_on <= ends_on", name="an_absence_notice_begins_before_it_ends"),
        CheckConstraint(
            "state IN ('sent', 'accepted', 'declined', 'withdrawn')", name="an_absence_notice_has_a_known_state"
        ),
        Index("absence_notices_of_a_student", "student_id", "begins_on"),
        Index("absence_notices_that_wait", "school_id", postgresql_where=text("state = 'sent'")),
    )
    school_from = "student"

    guardian_id: Mapped[int] = mapped_column(ForeignKey("guardian.id"), index=True)
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[Code] = mapped_column(default="ill")  # ill, family, event, other
    comment: Mapped[str] = mapped_column(String(500), default="", server_default="")
    state: Mapped[Code] = mapped_column(default="sent", server_default="sent")
    answer: Mapped[str] = mapped_column(String(500), default="", server_default="")
    sent_at: Mapped[Now]
    decided_at: Mapped[Moment | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    filled_to: Mapped[int] = mapped_column(default=0, server_default="0")  # the newest lesson that it was written into
    way: Mapped[Code] = mapped_column(default="web", server_default="web")  # web, sms

    student: Mapped[Student] = to_one()
    guardian: Mapped[Guardian] = to_one()
    decided_by: Mapped[Staff | None] = to_one()

    def __str__(self) -> str:
        return f"{self.student} · {self.begins_on:%d.%m}–{self.ends_on:%d.%m.%Y}"


class HomeworkDone(OfStudent, Table):
    """A student has ticked a piece of homework as done."""

    __tablename__ = "homework_done"
    __table_args__ = (
        UniqueConstraint("student_id", "homework_id", name="a_student_does_a_homework_once"),
        Index("done_of_a_homework", "homework_id"),
    )
    school_from = "student"

    homework_id: Mapped[int] = mapped_column(ForeignKey("homework.id", ondelete="CASCADE"))
    done_at: Mapped[Now]

    student: Mapped[Student] = to_one()


class Reminder(OfStudent, Table):
    """What a family is reminded of once: a week to sign, the lessons of the next day, a control work, a meeting."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint(
            "student_id",
            "kind",
            "about_on",
            "event_id",
            name="a_family_is_reminded_of_a_day_once",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("kind IN ('sign', 'day', 'test', 'meeting', 'soon')", name="a_reminder_has_a_known_kind"),
        Index("reminders_of_meetings", "event_id", "student_id", postgresql_where=text("event_id IS NOT NULL")),
    )
    school_from = "student"

    kind: Mapped[Code]
    about_on: Mapped[date]  # the day, or the Monday of the week
    text: Mapped[str] = mapped_column(String(500), default="", server_default="")  # lessons or works, in short names
    event_id: Mapped[int | None]  # the meeting; no foreign key: its families hear when it is gone
    about_at: Mapped[Moment | None]  # when the meeting begins
    made_at: Mapped[Now]

    student: Mapped[Student] = to_one()

    def __str__(self) -> str:
        return f"{self.kind} · {self.about_on:%d.%m.%Y}"


class DiaryVisit(OfNobody, Table):
    """How far a person has read the news of a child: what was shown at the last visit is old at the next."""

    __tablename__ = "diary_visit"
    __table_args__ = (UniqueConstraint("user_id", "student_id", name="a_person_reads_a_diary_up_to_one_place"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id", ondelete="CASCADE"))
    seen_id: Mapped[int] = mapped_column(default=0, server_default="0")  # notices up to this one are old
    shown_id: Mapped[int] = mapped_column(default=0, server_default="0")  # the newest that was shown
    shown_at: Mapped[Now]
