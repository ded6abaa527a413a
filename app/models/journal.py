"""The journal: lessons and what is written in them."""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Numeric,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, OfClass, OfStudent, Prose, Small, Table, Versioned, to_one
from app.models.people import Staff, Student
from app.models.school import Room, SchoolClass, Subgroup, Subject, Term, WorkType


class Lesson(OfClass, Versioned, Table):
    """One dated hour of one class (or subgroup) in one subject."""

    __tablename__ = "lesson"
    __table_args__ = (
        UniqueConstraint(
            "school_class_id",
            "date",
            "period",
            "subject_id",
            "subgroup_id",
            name="a_class_has_one_lesson_of_a_subject_in_a_period",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("period BETWEEN 0 AND 12", name="a_lesson_period_is_from_0_to_12"),
        CheckConstraint("weight > 0 AND weight <= 10", name="a_lesson_weight_is_above_0_and_at_most_10"),
        Index("lessons_of_a_journal", "school_class_id", "subject_id", "term_id"),
        Index("columns_to_publish", "publish_at", postgresql_where=text("draft AND publish_at IS NOT NULL")),
        Index("lessons_of_a_teacher", "teacher_id", "date"),
        Index("lessons_of_a_day", "school_id", "date"),
    )
    school_from = "school_class"

    subgroup_id: Mapped[int | None] = mapped_column(ForeignKey("subgroup.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    teacher_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))  # the term of its date, set when it is saved
    date: Mapped[date]
    period: Mapped[Small]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    work_type_id: Mapped[int | None] = mapped_column(ForeignKey("work_type.id"))
    topic: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[Code] = mapped_column(default="planned")  # planned, held, cancelled
    weight: Mapped[Decimal | None] = mapped_column(Numeric(4, 2))  # of its marks, instead of their work types'
    counts: Mapped[bool] = mapped_column(default=True, server_default=text("true"))  # in averages
    draft: Mapped[bool] = mapped_column(default=False, server_default=text("false"))  # its new marks are unpublished
    publish_at: Mapped[Moment | None]  # when a draft is published by itself

    school_class: Mapped[SchoolClass] = to_one()
    subgroup: Mapped[Subgroup | None] = to_one()
    subject: Mapped[Subject] = to_one()
    teacher: Mapped[Staff] = to_one()
    term: Mapped[Term] = to_one()
    room: Mapped[Room | None] = to_one()
    work_type: Mapped[WorkType | None] = to_one()

    def __str__(self) -> str:
        return f"{self.date:%d.%m} · {self.period} · {self.school_class} · {self.subject}"


class Mark(OfStudent, Versioned, Table):
    """One mark given to one student in one lesson; a lesson may hold several (5/4)."""

    __tablename__ = "mark"
    __table_args__ = (
        Index("marks_of_a_student", "student_id", "given_on"),
        Index("marks_of_a_school", "school_id", "given_on", "id"),
        Index("marks_of_a_lesson", "lesson_id"),
    )
    school_from = "lesson"

    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"))
    work_type_id: Mapped[int] = mapped_column(ForeignKey("work_type.id"))
    value: Mapped[str] = mapped_column(String(8))  # as the scale writes it: "5", "зч", "н/а"
    comment: Mapped[str | None] = mapped_column(String(500))
    given_on: Mapped[date]  # the lesson's date, kept here so that a student's marks sort by an index
    published_at: Mapped[Moment | None]  # none: a draft, which no family sees or hears of

    lesson: Mapped[Lesson] = to_one()
    student: Mapped[Student] = to_one()
    work_type: Mapped[WorkType] = to_one()

    def __str__(self) -> str:
        return f"{self.value} · {self.lesson}"


class Absence(OfStudent, Versioned, Table):
    """A student was absent from a lesson, or late."""

    __tablename__ = "absence"
    __table_args__ = (
        UniqueConstraint("lesson_id", "student_id", name="a_student_is_absent_from_a_lesson_once"),
        Index("absences_of_a_student", "student_id", "missed_on"),
        Index("absences_of_a_school", "school_id", "missed_on", "id"),
    )
    school_from = "lesson"

    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"))
    reason: Mapped[Code]  # absent, ill, excused, late
    comment: Mapped[str | None] = mapped_column(String(500))
    missed_on: Mapped[date]  # the lesson's date
    absence_notice_id: Mapped[int | None] = mapped_column(  # a guardian told of it before
        ForeignKey("absence_notice.id", name="an_absence_is_excused_by_a_notice"), index=True
    )

    lesson: Mapped[Lesson] = to_one()
    student: Mapped[Student] = to_one()

    def __str__(self) -> str:
        return f"{self.reason} · {self.lesson}"


class Homework(OfClass, Versioned, Table):
    """What is to be done at home after a lesson: for the class, a subgroup or named students (app/session/rows.py)."""

    __tablename__ = "homework"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 600", name="homework_takes_1_to_600_minutes"),
        CheckConstraint("cardinality(students) > 0", name="homework_for_named_students_names_some"),
        Index("homework_of_a_class", "school_class_id", "due"),
        Index("homework_of_a_lesson", "lesson_id"),
    )
    school_from = "lesson"

    lesson_id: Mapped[int] = mapped_column(ForeignKey("lesson.id"))
    subgroup_id: Mapped[int | None] = mapped_column(ForeignKey("subgroup.id"))  # the lesson's own, else the chosen one
    students: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # whom it is for; none: everybody there
    text: Mapped[Prose]
    bring: Mapped[str] = mapped_column(String(200), default="", server_default="")  # to the lesson that it is due in
    mandatory: Mapped[bool] = mapped_column(default=True)
    independent: Mapped[bool] = mapped_column(default=False, server_default="false")  # work of one's own
    minutes: Mapped[Small | None]  # that it is expected to take
    due: Mapped[date | None]
    revised_at: Mapped[Moment | None]  # the latest change of it or of its files

    school_class: Mapped[SchoolClass] = to_one()
    subgroup: Mapped[Subgroup | None] = to_one()
    lesson: Mapped[Lesson] = to_one()

    def __str__(self) -> str:
        return (self.text or self.bring)[:60]


class Remark(OfStudent, Versioned, Table):
    """A remark or praise for a student; one addressed to guardians is not shown to the student."""

    __tablename__ = "remark"
    __table_args__ = (Index("remarks_of_a_student", "student_id", "given_on"),)
    school_from = "student"

    lesson_id: Mapped[int | None] = mapped_column(ForeignKey("lesson.id"))
    kind: Mapped[Code] = mapped_column(default="remark")  # remark, praise
    text: Mapped[str] = mapped_column(Text)
    to_guardians: Mapped[bool] = mapped_column(default=False)
    given_on: Mapped[date]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    lesson: Mapped[Lesson | None] = to_one()
    student: Mapped[Student] = to_one()
    author: Mapped[Staff | None] = to_one()

    def __str__(self) -> str:
        return self.text[:60]


class TermMark(OfStudent, Versioned, Table):
    """The mark of a student for a term in a subject."""

    __tablename__ = "term_mark"
    __table_args__ = (
        UniqueConstraint(
            "student_id", "subject_id", "term_id", "kind", name="a_student_has_one_term_mark_in_a_subject"
        ),
        Index("term_marks_of_a_term", "term_id", "student_id"),
    )
    school_from = "student"

    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    term_id: Mapped[int] = mapped_column(ForeignKey("term.id"))
    kind: Mapped[Code] = mapped_column(default="term")  # term, half_year, year, exam, final
    value: Mapped[str] = mapped_column(String(8))
    proposed: Mapped[str] = mapped_column(String(8), default="", server_default="")  # by the marks, at the decision
    reason: Mapped[str] = mapped_column(String(500), default="")  # of a decision that differs

    student: Mapped[Student] = to_one()
    subject: Mapped[Subject] = to_one()
    term: Mapped[Term] = to_one()

    def __str__(self) -> str:
        return f"{self.value} · {self.subject} · {self.term}"
