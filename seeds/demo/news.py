"""The demo's announcements and events of these weeks."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.models import Announcement, Event
from app.models.base import Table
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
    head = next(member.staff for member in members if member.post.login == "head")
    school_id, coming, past = structure.school_id, calendar.coming(), calendar.past()

    def announcement(day: date, author_id: int | None, class_id: int | None, title: str, text: str) -> Announcement:
        return Announcement(
            school_id=school_id,
            school_class_id=class_id,
            title=title,
            text=text,
            published_at=datetime.combine(day, time(10), UTC),
            author_id=author_id,
        )

    def event(day: date, hour: int, class_id: int | None, kind: str, title: str, place: str) -> Event:
        starts_at = datetime.combine(day, time(hour), zone)
        return Event(
            school_id=school_id,
            school_class_id=class_id,
            kind=kind,
            title=title,
            place=place,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
        )

    rows: list[Table] = [
        announcement(past[-6], head.id, None, "Сбор макулатуры", "В пятницу принимаем макулатуру во дворе школы."),
        announcement(past[-3], head.id, None, "Столовая", "С понедельника действует новое меню завтраков."),
        announcement(past[-2], fifth.class_teacher_id, fifth.id, "Экскурсия", "Принесите, пожалуйста, согласия."),
        event(coming[1], 18, fifth.id, "meeting", "Родительское собрание 5А", "Кабинет 201"),
        event(coming[2], 10, fifth.id, "excursion", "Экскурсия в краеведческий музей", "Краеведческий музей"),
        event(coming[3], 12, None, "competition", "Школьная олимпиада по математике", "Актовый зал"),
    ]
    lay(session, rows)
