"""The demo's announcements and events of these weeks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.models import Announcement, Event
from seeds.demo.calendar import Calendar
from seeds.demo.classes import ClassPlan
from seeds.demo.laying import lay
from seeds.demo.staff import Member
from seeds.demo.structure import Structure


def lay_news(
    session: Session,
    structure: Structure,
    calendar: Calendar,
    zone: ZoneInfo,
    plans: Sequence[ClassPlan],
    members: Sequence[Member],
) -> None:
    """Some news of the school, and some of 5А."""
    fifth = next(plan.school_class for plan in plans if plan.school_class.name == "5А")
    head = next(member.staff.id for member in members if member.post.login == "head")
    past, coming = calendar.past(), calendar.coming()
    rows: list[Announcement | Event] = [
        _announcement(past[-6], head, None, "Сбор макулатуры", "Принимаем макулатуру во дворе школы."),
        _announcement(past[-3], head, None, "Столовая", "Действует новое меню завтраков."),
        _announcement(past[-2], fifth.class_teacher_id, fifth.id, "Экскурсия", "Принесите, пожалуйста, согласия."),
        _event(coming[-1], time(18, tzinfo=zone), fifth.id, "meeting", "Родительское собрание 5А", "201"),
        _event(coming[2], time(10, tzinfo=zone), fifth.id, "excursion", "Экскурсия", "Краеведческий музей"),
        _event(coming[3], time(12, tzinfo=zone), None, "competition", "Олимпиада по математике", "Актовый зал"),
    ]
    for row in rows:
        row.school_id = structure.school_id
    lay(session, rows)


def _announcement(day: date, author_id: int | None, class_id: int | None, title: str, text: str) -> Announcement:
    published_at = datetime.combine(day, time(10), UTC)
    return Announcement(
        school_class_id=class_id, title=title, text=text, published_at=published_at, author_id=author_id
    )


def _event(day: date, hour: time, class_id: int | None, kind: str, title: str, place: str) -> Event:
    starts_at = datetime.combine(day, hour)
    return Event(
        school_class_id=class_id,
        kind=kind,
        title=title,
        place=place,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
    )
