"""Record types of news: announcements, events, and who comes to a meeting."""

from typing import Any

from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.sms_words import URGENT_PARTS, urgent_parts
from app.models import Announcement, Event, EventAnswer
from app.records.checks import all_of, in_order, not_empty
from app.records.record_type import RecordType
from app.services.sending import announcement_told, check_circle, fill_announcement, tell_of_waiting, writes_news
from app.session.actors import Actor
from app.session.engine import actor_of
from app.words import _

NEWS = _("News")


def _check_urgent(session: Session, announcement: Announcement) -> None:
    """An urgent text is never shortened, so it must fit."""
    parts = urgent_parts(announcement.title, announcement.text) if announcement.urgent else 0
    if parts > URGENT_PARTS:
        raise InvalidInput("text", "sms.too_long", most=URGENT_PARTS, given=parts)


ANNOUNCEMENT_STATES = {
    "draft": _("draft"),
    "waiting": _("waits for a second person"),
    "declined": _("declined"),
    "published": _("sent"),
}

ANNOUNCEMENTS = RecordType(
    model=Announcement,
    title=_("Announcements"),
    one=_("Announcement"),
    menu=NEWS,
    columns=("title", "school_class", "urgent", "state", "published_at"),
    fields=("title", "text", "urgent", "by_email", "school_class", "subgroup", "grade_level", "bell_schedule"),
    detail=(
        "title", "text", "urgent", "by_email", "school_class", "subgroup", "grade_level", "bell_schedule", "state",
        "published_at",
    ),
    search=("title", "text"),
    order=("-id",),
    long_text=("text",),
    help={
        "urgent": _("Goes by SMS at once to all guardians who agreed to urgent news."),
        "by_email": _("Goes by e-mail to guardians whom no SMS reaches; once to each."),
        "school_class": _("Where all of these are empty: for the whole school."),
        "subgroup": _("A part of the class."),
        "grade_level": _("All classes of the parallel: 1–12."),
        "bell_schedule": _("All classes that follow these bells."),
    },
    labels={"by_email": _("By e-mail where no SMS comes")},
    choices={"state": ANNOUNCEMENT_STATES},
    groups=((_("Whom it is for"), ("school_class", "subgroup", "grade_level", "bell_schedule")),),
    writes=writes_news,
    fill=fill_announcement,
    check=all_of(not_empty("title", "text"), _check_urgent, check_circle),
    notice=announcement_told,
    follows=tell_of_waiting,
    reach=True,
)  # fmt: skip


def _fill_event(session: Session, event: Event) -> None:
    """A class teacher names the own class: what is for the whole school is the office's. Raises InvalidInput."""
    actor, is_for_all = actor_of(session), event.school_class_id is None and event.school_class is None
    if is_for_all and actor.led_class_ids and not actor.is_system and not actor.runs(event.school_id):
        raise InvalidInput("school_class", "event.own_class")


EVENTS = RecordType(
    model=Event,
    title=_("Events"),
    one=_("Event"),
    menu=NEWS,
    columns=("starts_at", "title", "kind", "place", "school_class"),
    fields=("title", "kind", "starts_at", "ends_at", "place", "school_class", "text", "cancelled"),
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
        (_("When and where"), ("starts_at", "ends_at", "place", "cancelled")),
    ),
    labels={"cancelled": _("Cancelled")},
    help={
        "school_class": _("Where empty: for the whole school, which the office writes."),
        "kind": _("To a meeting families are invited three days and three hours before, and answer whether they come."),
        "cancelled": _("Families that were invited to a meeting hear that it does not take place."),
    },
    inline=("place",),
    bulk=("place",),
    writes=writes_news,
    fill=_fill_event,
    check=all_of(not_empty("title"), in_order("starts_at", "ends_at", "time.order")),
)


def _answers(actor: Actor, answer: Any) -> bool:
    """A guardian for an own child, in the own name."""
    return answer.guardian_id in actor.own_guardian_ids and answer.student_id in actor.child_ids


WAYS = {"web": _("in the diary"), "sms": _("by SMS")}

EVENT_ANSWERS = RecordType(
    model=EventAnswer,
    title=_("Answers to meetings"),
    one=_("Answer to a meeting"),
    menu=NEWS,
    columns=("event", "student", "guardian", "comes", "way", "answered_at"),
    search=("student.surname", "guardian.surname"),
    filters=("event", "student", "guardian", "comes", "way", "answered_at"),
    order=("-id",),
    choices={"way": WAYS},
    labels={"event": _("Meeting"), "comes": _("Comes"), "way": _("How"), "answered_at": _("Answered")},
    writes=_answers,
    adds=False,
    deletes=False,
)
