"""News of the school: announcements and events."""

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Code, Moment, OfClassOrSchool, Prose, Table, Versioned, to_one

if TYPE_CHECKING:
    from app.models.people import Staff
    from app.models.school import SchoolClass


class Announcement(OfClassOrSchool, Versioned, Table):
    """News for a class or the whole school; an urgent one goes out by SMS at once."""

    __tablename__ = "announcement"

    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[Prose]
    urgent: Mapped[bool] = mapped_column(default=False)
    published_at: Mapped[Moment | None]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    school_class: Mapped["SchoolClass | None"] = to_one()
    author: Mapped["Staff | None"] = to_one()

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

    school_class: Mapped["SchoolClass | None"] = to_one()

    def __str__(self) -> str:
        return self.title
