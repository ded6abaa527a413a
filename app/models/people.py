"""People of the school: students, guardians, staff, and what binds them together."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.models.base import Code, Moment, OfFamily, OfGuardian, OfSchool, OfStudent, Phone, Table, Versioned, to_one

if TYPE_CHECKING:
    from app.models.school import SchoolClass, Subgroup, Subject


class Person:
    """Surname first, as a class list says it; the account is empty until the person registers."""

    surname: Mapped[str] = mapped_column(String(60))
    given_name: Mapped[str] = mapped_column(String(60))
    patronymic: Mapped[str] = mapped_column(String(60), default="")

    @declared_attr
    @classmethod
    def user_id(cls) -> Mapped[int | None]:
        return mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"), index=True)

    def __str__(self) -> str:
        return f"{self.surname} {self.given_name} {self.patronymic}".rstrip()


class Staff(OfSchool, Person, Versioned, Table):
    """A member of the school's staff."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("school_id", "user_id", name="an_account_is_one_member_of_staff"),)

    position: Mapped[str] = mapped_column(String(100), default="")
    phone: Mapped[Phone | None]
    email: Mapped[str | None] = mapped_column(String(254))


class Student(Person, Versioned, Table):
    """A student (who sees the row: app/session/rows.py)."""

    __tablename__ = "student"
    __table_args__ = (Index("students_of_a_school", "school_id", "surname", "given_name", "id"),)

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    born_on: Mapped[date | None]

    enrollments: Mapped[list["Enrollment"]] = relationship(back_populates="student", order_by="Enrollment.begins_on")


class Guardian(Person, Versioned, Table):
    """A parent, legal representative or proxy (who sees the row: app/session/rows.py)."""

    __tablename__ = "guardian"
    __table_args__ = (Index("guardians_of_a_school", "school_id", "surname", "given_name", "id"),)

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    phone: Mapped[Phone | None] = mapped_column(index=True)
    phone_confirmed_at: Mapped[Moment | None]
    email: Mapped[str | None] = mapped_column(String(254))


class Guardianship(OfFamily, Versioned, Table):
    """A guardian of a student, from a day and perhaps to a day; a barred one gets nothing by any channel."""

    __tablename__ = "guardianship"
    __table_args__ = (
        UniqueConstraint("guardian_id", "student_id", name="a_guardian_stands_once_beside_a_student"),
        Index("guardianships_of_a_student", "student_id"),
    )
    school_from = "student"

    kinship: Mapped[Code] = mapped_column(default="parent")  # mother, father, parent, representative, proxy
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    barred: Mapped[bool] = mapped_column(default=False)

    guardian: Mapped[Guardian] = to_one()
    student: Mapped[Student] = to_one()

    def __str__(self) -> str:
        return f"{self.guardian} – {self.student}"


class Enrollment(OfStudent, Versioned, Table):
    """A student's time in a class, the first and the last day counted."""

    __tablename__ = "enrollment"
    __table_args__ = (
        UniqueConstraint("student_id", "school_class_id", "begins_on", name="a_student_is_enrolled_once_a_day"),
        CheckConstraint("ends_on IS NULL OR begins_on <= ends_on", name="an_enrollment_begins_before_it_ends"),
        Index("enrollments_of_a_class", "school_class_id"),
    )
    school_from = "school_class"

    school_class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id"))
    begins_on: Mapped[date]
    ends_on: Mapped[date | None]

    student: Mapped[Student] = relationship(back_populates="enrollments")
    school_class: Mapped["SchoolClass"] = to_one()

    def __str__(self) -> str:
        return f"{self.student} – {self.school_class}"


class SubgroupMember(OfStudent, Versioned, Table):
    """A student of a subgroup."""

    __tablename__ = "subgroup_member"
    __table_args__ = (UniqueConstraint("subgroup_id", "student_id", name="a_student_stands_once_in_a_subgroup"),)
    school_from = "student"

    subgroup_id: Mapped[int] = mapped_column(ForeignKey("subgroup.id"))

    student: Mapped[Student] = to_one()
    subgroup: Mapped["Subgroup"] = to_one()

    def __str__(self) -> str:
        return f"{self.student} – {self.subgroup}"


class Teaching(OfSchool, Versioned, Table):
    """Who teaches a class (or subgroup) a subject."""

    __tablename__ = "teaching"
    __table_args__ = (
        UniqueConstraint(
            "teacher_id",
            "school_class_id",
            "subject_id",
            "subgroup_id",
            name="a_teacher_teaches_a_subject_once_in_a_class",
            postgresql_nulls_not_distinct=True,
        ),
        Index("teachings_of_a_class", "school_class_id"),
    )
    school_from = "school_class"

    teacher_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    school_class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id"))
    subject_id: Mapped[int] = mapped_column(ForeignKey("subject.id"))
    subgroup_id: Mapped[int | None] = mapped_column(ForeignKey("subgroup.id"))
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]

    teacher: Mapped[Staff] = to_one()
    school_class: Mapped["SchoolClass"] = to_one()
    subject: Mapped["Subject"] = to_one()
    subgroup: Mapped["Subgroup | None"] = to_one()

    def __str__(self) -> str:
        return f"{self.teacher} – {self.subject} – {self.school_class}"


class Consent(OfGuardian, Versioned, Table):
    """A guardian's consent to a kind of messages on a number; withdrawn, it stays in the register."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(
            "one_consent_in_force_for_a_number_and_kind",
            "guardian_id",
            "phone",
            "kind",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("consents_of_a_guardian", "guardian_id"),
    )
    school_from = "guardian"

    phone: Mapped[Phone]
    kind: Mapped[Code]  # urgent, sms_diary
    means: Mapped[Code] = mapped_column(default="paper")  # paper, code, reply, web
    text_version: Mapped[str] = mapped_column(String(20), default="1")
    proof: Mapped[str] = mapped_column(String(200), default="", server_default="")  # where it can be seen
    given_at: Mapped[Moment] = mapped_column(server_default=func.now())
    withdrawn_at: Mapped[Moment | None]

    guardian: Mapped[Guardian] = to_one()

    def __str__(self) -> str:
        return f"{self.guardian} – {self.phone}"
