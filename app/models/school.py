"""The school: years, terms, classes, subjects, rooms, bells, timetable, settings."""

from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import (
    Code,
    OfClass,
    OfSchool,
    Small,
    Table,
    Title,
    Versioned,
    to_one,
)
from app.words.settings import SETTING_NAMES

if TYPE_CHECKING:
    from app.models.people import Staff


class School(Versioned, Table):
    """One school; its own rows are seen by its members (the rule stands in app/session/rows.py)."""

    __tablename__ = "school"

    name: Mapped[str] = mapped_column(String(200))
    short_name: Mapped[str] = mapped_column(String(20))  # signs each SMS: "Шк 12"
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/Moscow")

    def __str__(self) -> str:
        return self.name


class AcademicYear(OfSchool, Versioned, Table):
    """One academic year of a school."""

    __tablename__ = "academic_year"
    __table_args__ = (
        UniqueConstraint("school_id", "name", name="a_school_has_one_academic_year_of_a_name"),
        CheckConstraint("begins_on < ends_on", name="an_academic_year_begins_before_it_ends"),
    )

    name: Mapped[Title]
    begins_on: Mapped[date]
    ends_on: Mapped[date]

    def __str__(self) -> str:
        return self.name


class Term(OfSchool, Versioned, Table):
    """A quarter, trimester, half-year or year; a closed one takes no more marks."""

    __tablename__ = "term"
    __table_args__ = (
        UniqueConstraint("academic_year_id", "name", name="an_academic_year_has_one_term_of_a_name"),
        CheckConstraint("begins_on < ends_on", name="a_term_begins_before_it_ends"),
    )
    school_from = "academic_year"

    academic_year_id: Mapped[int] = mapped_column(ForeignKey("academic_year.id"))
    name: Mapped[Title]
    kind: Mapped[Code] = mapped_column(default="quarter")  # quarter, trimester, half_year, year
    begins_on: Mapped[date]
    ends_on: Mapped[date]
    closed: Mapped[bool] = mapped_column(default=False)

    academic_year: Mapped[AcademicYear] = to_one()

    def __str__(self) -> str:
        return self.name


class Holiday(OfSchool, Versioned, Table):
    """Days without lessons, from the first to the last."""

    __tablename__ = "holiday"
    __table_args__ = (CheckConstraint("begins_on <= ends_on", name="a_holiday_begins_before_it_ends"),)

    name: Mapped[Title]
    begins_on: Mapped[date]
    ends_on: Mapped[date]

    def __str__(self) -> str:
        return self.name


class Scale(OfSchool, Versioned, Table):
    """What a mark may be: whole numbers from the lowest to the highest, and words such as зч."""

    __tablename__ = "scale"
    __table_args__ = (CheckConstraint("lowest <= highest", name="a_scale_goes_from_low_to_high"),)

    name: Mapped[Title]
    lowest: Mapped[Small]
    highest: Mapped[Small]
    words: Mapped[str] = mapped_column(String(200), default="")  # separated by spaces: "зч нз осв н/а"
    is_default: Mapped[bool] = mapped_column(default=False)

    def __str__(self) -> str:
        return self.name


class Subject(OfSchool, Versioned, Table):
    """A subject that is taught."""

    __tablename__ = "subject"
    __table_args__ = (UniqueConstraint("school_id", "name", name="a_school_has_one_subject_of_a_name"),)

    name: Mapped[Title]
    short_name: Mapped[str] = mapped_column(String(12))  # in SMS and narrow columns: "матем"
    latin_name: Mapped[str] = mapped_column(String(12), default="")  # the same where the text is transliterated
    scale_id: Mapped[int | None] = mapped_column(ForeignKey("scale.id"))

    scale: Mapped[Scale | None] = to_one()

    def __str__(self) -> str:
        return self.name


class Room(OfSchool, Versioned, Table):
    """A room where lessons are held."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("school_id", "name", name="a_school_has_one_room_of_a_name"),)

    name: Mapped[str] = mapped_column(String(30))
    seats: Mapped[Small | None]

    def __str__(self) -> str:
        return self.name


class BellSchedule(OfSchool, Versioned, Table):
    """When lessons begin and end: an ordinary day, a short day."""

    __tablename__ = "bell_schedule"
    __table_args__ = (UniqueConstraint("school_id", "name", name="a_school_has_one_bell_schedule_of_a_name"),)

    name: Mapped[Title]
    is_default: Mapped[bool] = mapped_column(default=False)

    def __str__(self) -> str:
        return self.name


class BellPeriod(OfSchool, Versioned, Table):
    """One lesson hour of a bell schedule."""

    __tablename__ = "bell_period"
    __table_args__ = (
        UniqueConstraint("bell_schedule_id", "period", name="a_bell_schedule_has_each_period_once"),
        CheckConstraint("starts_at < ends_at", name="a_bell_period_starts_before_it_ends"),
    )
    school_from = "bell_schedule"

    bell_schedule_id: Mapped[int] = mapped_column(ForeignKey("bell_schedule.id"))
    period: Mapped[Small]
    starts_at: Mapped[time]
    ends_at: Mapped[time]

    bell_schedule: Mapped[BellSchedule] = to_one()

    def __str__(self) -> str:
        return f"{self.period} · {self.starts_at:%H:%M}–{self.ends_at:%H:%M}"


class SchoolClass(Versioned, Table):
    """One class in one academic year, such as 5А (who sees it: app/session/rows.py)."""

    __tablename__ = "school_class"
    __table_args__ = (
        UniqueConstraint("academic_year_id", "name", name="an_academic_year_has_one_class_of_a_name"),
        CheckConstraint("grade_level BETWEEN 1 AND 12", name="a_grade_level_is_from_1_to_12"),
    )
    school_from = "academic_year"

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)
    academic_year_id: Mapped[int] = mapped_column(ForeignKey("academic_year.id"))
    name: Mapped[str] = mapped_column(String(20))
    grade_level: Mapped[Small]
    class_teacher_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    bell_schedule_id: Mapped[int | None] = mapped_column(ForeignKey("bell_schedule.id"))  # None: the school's usual one

    academic_year: Mapped[AcademicYear] = to_one()
    bell_schedule: Mapped[BellSchedule | None] = to_one()
    class_teacher: Mapped["Staff | None"] = to_one()
    room: Mapped[Room | None] = to_one()

    def __str__(self) -> str:
        return self.name


class Subgroup(OfClass, Versioned, Table):
    """A part of a class that is taught apart, such as English 1."""

    __tablename__ = "subgroup"
    __table_args__ = (UniqueConstraint("school_class_id", "name", name="a_class_has_one_subgroup_of_a_name"),)
    school_from = "school_class"

    name: Mapped[Title]
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("subject.id"))

    school_class: Mapped[SchoolClass] = to_one()
    subject: Mapped[Subject | None] = to_one()

    def __str__(self) -> str:
        return self.name


class TimetableEntry(OfClass, Versioned, Table):
    """One weekly hour of a class in a subject."""

    __tablename__ = "timetable_entry"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 1 AND 7", name="a_weekday_is_from_1_to_7"),
        CheckConstraint("period BETWEEN 0 AND 12", name="a_timetable_period_is_from_0_to_12"),
    )
    school_from = "school_class"

    weekday: Mapped[Small]  # ISO: 1 is Monday
    period: Mapped[Small]
    subgroup_id: Mapped[int | None] = mapped_column(ForeignKey("subgroup.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    teacher_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    begins_on: Mapped[date]
    ends_on: Mapped[date]

    school_class: Mapped[SchoolClass] = to_one()
    subgroup: Mapped[Subgroup | None] = to_one()
    subject: Mapped[Subject] = to_one()
    teacher: Mapped["Staff"] = to_one()
    room: Mapped[Room | None] = to_one()

    def __str__(self) -> str:
        return f"{self.school_class} · {self.subject} · {self.period}"


class WorkType(OfSchool, Versioned, Table):
    """What a mark was given for, and how much it weighs."""

    __tablename__ = "work_type"
    __table_args__ = (
        UniqueConstraint("school_id", "name", name="a_school_has_one_work_type_of_a_name"),
        CheckConstraint("weight > 0 AND weight <= 10", name="a_weight_is_above_0_and_at_most_10"),
    )

    name: Mapped[Title]
    short_name: Mapped[str] = mapped_column(String(12))
    latin_name: Mapped[str] = mapped_column(String(12), default="")
    kind: Mapped[Code] = mapped_column(default="class_work")  # test, class_work, homework
    weight: Mapped[Decimal] = mapped_column(Numeric(4, 2), default=Decimal(1))
    is_default: Mapped[bool] = mapped_column(default=False)

    def __str__(self) -> str:
        return self.name


class SchoolSetting(OfSchool, Versioned, Table):
    """One thing that a school sets for itself; names, meanings and defaults stand in app/domain/settings.py."""

    __tablename__ = "school_setting"
    __table_args__ = (UniqueConstraint("school_id", "name", name="a_school_has_each_setting_once"),)

    name: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(String(200))

    def __str__(self) -> str:
        return str(SETTING_NAMES.get(self.name, self.name))
