"""What every table shares: the base class, the shapes that say who sees a row, and types written once."""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from flask_appbuilder import Model
from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, SmallInteger, String, Text, func
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Now = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
Small = Annotated[int, mapped_column(SmallInteger)]
Code = Annotated[str, mapped_column(String(16))]
Title = Annotated[str, mapped_column(String(100))]
Prose = Annotated[str, mapped_column(Text)]
Phone = Annotated[str, mapped_column(String(16))]  # E.164, "+79990000001"


class Table(DeclarativeBase):
    """Base of our tables. The metadata is Flask-AppBuilder's, so that keys to its accounts resolve."""

    metadata = Model.metadata
    type_annotation_map: ClassVar[dict[Any, Any]] = {int: BigInteger}

    id: Mapped[Key]

    #: Relation whose school a new row belongs to; empty: the school of the person who writes it.
    school_from: ClassVar[str] = ""


class Versioned:
    """A row that people edit: an edit of an old version is refused."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}


def to_one(**options: Any) -> Any:
    """A relation to one row, by the foreign key of its name; it answers also for a row that is just being saved."""
    return relationship(load_on_pending=True, **options)


# Shapes. Exactly one for each table; app/session/rows.py turns each into one criterion for all its tables.


class OfEveryone:
    """Seen by everyone who is signed in, and by system actors."""


class OfNobody:
    """Seen by system actors only."""


class OfSchool:
    """Seen by all who belong to the school: subjects, rooms, terms."""

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)


class OfOffice:
    """Seen by those whose breadth is the whole school: outbox, inbound, links."""

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)


class OfClass:
    """Seen by those who see the class."""

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    school_class_id: Mapped[int] = mapped_column(ForeignKey("school_class.id"))


class OfClassOrSchool:
    """Seen by those who see the class or, where no class is named, by all who belong to the school."""

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    school_class_id: Mapped[int | None] = mapped_column(ForeignKey("school_class.id"), index=True)


class OfStudent:
    """Seen by those who see the student."""

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))


class OfGuardian:
    """Seen by the guardian and by those who see the guardian."""

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    guardian_id: Mapped[int] = mapped_column(ForeignKey("guardian.id"))


class OfFamily:
    """Seen by the guardian, and by those who see both guardian and student."""

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"))
    guardian_id: Mapped[int] = mapped_column(ForeignKey("guardian.id"))
    student_id: Mapped[int] = mapped_column(ForeignKey("student.id"))


class OfOwner:
    """Seen by those who see the record that it hangs on."""

    school_id: Mapped[int] = mapped_column(ForeignKey("school.id"), index=True)


SHAPES = (
    OfEveryone,
    OfNobody,
    OfSchool,
    OfOffice,
    OfClass,
    OfClassOrSchool,
    OfStudent,
    OfGuardian,
    OfFamily,
    OfOwner,
)
