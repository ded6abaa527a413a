"""A lesson that is cancelled, moved, in another room or by another teacher, as a text tells it and when.

The notice keeps what was different before the change. Told is what stands now, on the evening before the day, or at
once where that has come; a lesson that is as it was by then is not told at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.slots import next_digest
from app.domain.sms_words import Told
from app.models import Lesson
from app.services.settings import SchoolRules

AROUND = {"around_the_rule": True}
EVENING = time(19, 0)  # of the day before, in the school's zone
EVERY_DAY = range(1, 8)


def days_told(session: Session, notices: Iterable[Any]) -> dict[int, list[date]]:
    """By notice of a lesson: the days that it is about, as it is now and as it was. At most one statement."""
    changed = [row for row in notices if row.record == "lesson"]
    if not changed:
        return {}
    query = select(Lesson.id, Lesson.date).where(Lesson.id.in_({row.record_id for row in changed}))
    dates = {row.id: row.date for row in session.execute(query, execution_options=AROUND)}
    return {row.id: [day for day in (dates.get(row.record_id), _day(row.was)) if day is not None] for row in changed}


def when_to_tell(days: Sequence[date], school: SchoolRules, happened_at: datetime, now: datetime) -> datetime | None:
    """On the evening before the nearest of these days, at once where that has come; never of what is past."""
    coming = sorted(day for day in days if day >= school.today(now))
    if not coming:
        return None
    midday = datetime.combine(coming[0] - timedelta(days=1), time(12), school.zone)
    evening = next_digest(midday, EVENING, EVERY_DAY, school.zone)
    return max(evening, happened_at + school.span("hold_back_minutes"))


def was_before(rows: Sequence[Any]) -> dict[str, Any]:
    """What was different before all of these changes of one lesson."""
    found: dict[str, Any] = {}
    for row in rows:
        found = {**(row.was or {}), **found}
    return found


def is_as_before(lesson: Lesson, was: Mapping[str, Any]) -> bool:
    """Whether the lesson is again as it was."""
    return all(_now(lesson, name) == value for name, value in was.items())


def told_of_lesson(fact: Told, lesson: Lesson, was: Mapping[str, Any]) -> Told:
    """The fact with what is different; of a cancelled lesson, that it is."""
    is_moved = "date" in was or "period" in was
    teacher = lesson.teacher
    initials = "".join(f" {name[:1]}." for name in (teacher.given_name, teacher.patronymic) if name)
    return replace(
        fact,
        record="timetable",
        gone=lesson.state == "cancelled",
        was_day=(_day(was) or lesson.date) if is_moved else None,
        was_period=was.get("period", lesson.period) if is_moved else None,
        room=lesson.room.name if "room_id" in was and lesson.room is not None else "",
        teacher=f"{teacher.surname}{initials}" if "teacher_id" in was else "",
    )


def _now(lesson: Lesson, name: str) -> Any:
    value = getattr(lesson, name)
    return value.isoformat() if isinstance(value, date) else value


def _day(was: Mapping[str, Any] | None) -> date | None:
    return date.fromisoformat(was["date"]) if was and was.get("date") else None
