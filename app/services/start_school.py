"""The head's start page: the day in figures, journals that are behind, news that went out lately."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Absence, Announcement, ChainCheck, Lesson, Mark, SchoolClass
from app.services.chain_checks import Seen, last_check_told, seen
from app.services.reach import counts_of

LOOKS_BACK = timedelta(days=7)
MOST_CLASSES, MOST_NEWS = 6, 4


@dataclass(frozen=True)
class Today:
    """Lessons by state, students away by reason, marks given."""

    lessons: Mapping[str, int]
    away: Mapping[str, int]
    marks: int
    check: Seen | None = None  # of the history

    @property
    def all_lessons(self) -> int:
        return sum(self.lessons.values())


def today_in_figures(session: Session, school_ids: Collection[int], today: date) -> Today:
    """The schools' figures of the day, in three statements."""
    lessons = (
        select(Lesson.state, func.count())
        .where(Lesson.school_id.in_(school_ids), Lesson.date == today)
        .group_by(Lesson.state)
    )
    away = (
        select(Absence.reason, func.count(Absence.student_id.distinct()))
        .where(Absence.school_id.in_(school_ids), Absence.missed_on == today)
        .group_by(Absence.reason)
    )
    marks = select(func.count(Mark.id)).where(Mark.school_id.in_(school_ids), Mark.given_on == today)
    check = last_check_told(ChainCheck.school_id.in_(school_ids))
    count, told = session.execute(select(marks.scalar_subquery(), check.scalar_subquery())).one()
    return Today(_pairs(session.execute(lessons)), _pairs(session.execute(away)), count, seen(told))


def _pairs(rows: Any) -> dict[str, int]:
    return dict(rows.all())


def behind(session: Session, school_ids: Collection[int], today: date) -> Sequence[Any]:
    """Classes with lessons of the last days that have no topic or are still marked as planned; most of them first.

    Rows of id, name, lacking, lessons.
    """
    lacking = func.count().filter((Lesson.topic == "") | (Lesson.state == "planned"))
    query = (
        select(SchoolClass.id, SchoolClass.name, lacking.label("lacking"), func.count().label("lessons"))
        .join(Lesson, Lesson.school_class_id == SchoolClass.id)
        .where(
            Lesson.school_id.in_(school_ids),
            Lesson.date >= today - LOOKS_BACK,
            Lesson.date < today,
            Lesson.state != "cancelled",
        )
        .group_by(SchoolClass.id)
        .having(lacking > 0)
        .order_by(lacking.desc(), SchoolClass.grade_level, SchoolClass.name)
        .limit(MOST_CLASSES)
    )
    return session.execute(query).all()


@dataclass(frozen=True)
class News:
    """An announcement, and how many guardians it was to reach and reached."""

    id: int
    title: str
    urgent: bool
    school_class: str | None
    published_at: datetime
    told: int
    reached: int


def recent_news(session: Session, school_ids: Collection[int], now: datetime) -> list[News]:
    """The newest announcements of the schools, with how far each came."""
    query = (
        select(
            Announcement.id,
            Announcement.title,
            Announcement.urgent,
            Announcement.published_at,
            SchoolClass.name.label("school_class"),
        )
        .outerjoin(SchoolClass, SchoolClass.id == Announcement.school_class_id)
        .where(Announcement.school_id.in_(school_ids), Announcement.published_at <= now)
        .order_by(Announcement.published_at.desc(), Announcement.id.desc())
        .limit(MOST_NEWS)
    )
    rows = session.execute(query).all()
    counts = counts_of(session, "announcement", [row.id for row in rows])
    return [
        News(row.id, row.title, row.urgent, row.school_class, row.published_at, *counts.get(row.id, (0, 0)))
        for row in rows
    ]
