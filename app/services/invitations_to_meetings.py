"""Families are invited to meetings by the clock: three days and three hours before; what changes is told them again."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Enrollment, Event, Reminder
from app.services.meetings import MEETING
from app.services.start_away import enrolled_on

DAYS_BEFORE, HOURS_BEFORE = timedelta(days=3), timedelta(hours=3)
INVITED, SOON = "meeting", "soon"  # kinds of reminders
BATCH = 500
LONGEST = 500


def invite(session: Session, school_id: int, now: datetime, zone: ZoneInfo) -> int:
    """Remind of the meetings of these days, set right what was said of them, and take back those that are off."""
    coming = select(Event).where(
        Event.school_id == school_id, Event.kind == MEETING, Event.cancelled.is_(False), Event.starts_at > now
    )
    events = {event.id: event for event in session.scalars(coming)}
    said = select(Reminder).where(
        Reminder.school_id == school_id, Reminder.event_id.is_not(None), Reminder.about_at > now
    )
    reminders = session.scalars(said).all()
    _set_right(session, reminders, events, zone)
    made = 0
    for event in events.values():
        ahead = event.starts_at - now
        if ahead <= DAYS_BEFORE:
            made += _remind(session, event, SOON if ahead <= HOURS_BEFORE else INVITED, now, zone)
    return made


def _set_right(session: Session, reminders: Sequence[Reminder], events: Mapping[int, Event], zone: ZoneInfo) -> None:
    """What a family was told of a meeting that is moved now, or is none any more."""
    for reminder in reminders:
        event = events.get(reminder.event_id or 0)
        if event is None:
            session.delete(reminder)
        elif (reminder.about_at, reminder.text) != (event.starts_at, _text(event, zone)):
            reminder.about_at, reminder.text = event.starts_at, _text(event, zone)
            reminder.about_on = event.starts_at.astimezone(zone).date()
    session.flush()


def _remind(session: Session, event: Event, kind: str, now: datetime, zone: ZoneInfo) -> int:
    done = select(Reminder.student_id).where(Reminder.event_id == event.id, Reminder.kind == kind)
    query = select(Enrollment.student_id).where(
        Enrollment.school_id == event.school_id, enrolled_on(now.astimezone(zone).date()),
        Enrollment.student_id.not_in(done),
    )  # fmt: skip
    if event.school_class_id is not None:
        query = query.where(Enrollment.school_class_id == event.school_class_id)
    students = sorted(set(session.scalars(query)))
    day, text = event.starts_at.astimezone(zone).date(), _text(event, zone)
    for at in range(0, len(students), BATCH):
        session.add_all(
            Reminder(
                student_id=student, kind=kind, about_on=day, about_at=event.starts_at, event_id=event.id, text=text
            )
            for student in students[at : at + BATCH]
        )
        session.flush()
    return len(students)


def _text(event: Event, zone: ZoneInfo) -> str:
    """The hour, what it is, and where: in the words of who has set it down."""
    place = f", {event.place}" if event.place.strip() else ""
    return f"{event.starts_at.astimezone(zone):%H:%M} {event.title.strip(' .')}{place}"[:LONGEST]
