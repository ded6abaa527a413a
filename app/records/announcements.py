"""Record types of news: announcements and events."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.sms_words import URGENT_PARTS, urgent_parts
from app.models import Announcement, Event
from app.records.checks import all_of, in_order, not_empty
from app.records.record_type import RecordType
from app.session.actors import Actor
from app.session.declarations import Change, Fact
from app.words import _

NEWS = _("News")


def _writes_news(actor: Actor, record: Any) -> bool:
    """The office for the school and any class, a class teacher for the own class."""
    return actor.runs(record.school_id) or actor.leads(record.school_class_id)


def _fill_announcement(session: Session, announcement: Announcement) -> None:
    if announcement.published_at is None:
        announcement.published_at = datetime.now(UTC)


def _check_urgent(session: Session, announcement: Announcement) -> None:
    """An urgent text is never shortened, so it must fit."""
    parts = urgent_parts(announcement.title, announcement.text) if announcement.urgent else 0
    if parts > URGENT_PARTS:
        raise InvalidInput("text", "sms.too_long", most=URGENT_PARTS, given=parts)


def announcement_told(change: Change) -> Fact | None:
    """Families hear of new announcements, and of a change of the words or the class. An urgent one goes at once."""
    if change.action == "deleted" or (
        change.action == "changed" and not {"title", "text", "urgent", "school_class_id"} & change.fields.keys()
    ):
        return None
    return Fact(school_class_id=change.record.school_class_id, urgent=change.record.urgent)


ANNOUNCEMENTS = RecordType(
    model=Announcement,
    title=_("Announcements"),
    one=_("Announcement"),
    menu=NEWS,
    columns=("title", "school_class", "urgent", "published_at"),
    fields=("title", "text", "urgent", "school_class"),
    detail=("title", "text", "urgent", "school_class", "published_at"),
    search=("title", "text"),
    order=("-id",),
    long_text=("text",),
    help={
        "urgent": _("Goes by SMS at once to all guardians who agreed to urgent news."),
        "school_class": _("Where empty: for the whole school."),
    },
    writes=_writes_news,
    fill=_fill_announcement,
    check=all_of(not_empty("title", "text"), _check_urgent),
    notice=announcement_told,
    reach=True,
)

EVENTS = RecordType(
    model=Event,
    title=_("Events"),
    one=_("Event"),
    menu=NEWS,
    columns=("starts_at", "title", "kind", "place", "school_class"),
    fields=("title", "kind", "starts_at", "ends_at", "place", "school_class", "text"),
    search=("title", "place"),
    order=("-starts_at",),
    long_text=("text",),
    choices={
        "kind": {
            "meeting": _("meeting"),
            "competition": _("competition"),
            "conference": _("conference"),
            "excursion": _("excursion"),
            "other": _("other"),
        }
    },
    groups=(
        (_("What"), ("title", "kind", "school_class", "text")),
        (_("When and where"), ("starts_at", "ends_at", "place")),
    ),
    inline=("place",),
    bulk=("place",),
    writes=_writes_news,
    check=all_of(not_empty("title"), in_order("starts_at", "ends_at", "time.order")),
)
