"""To whom an announcement goes, and whether a second person has to say yes before it does."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import inspect, or_, select
from sqlalchemy.orm import Session

from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.models import AcademicYear, Announcement, Enrollment, Guardianship, SchoolClass, SubgroupMember
from app.services.confirmers import tell_confirmers
from app.services.settings import rules_of
from app.session.actors import Actor
from app.session.declarations import Change, Fact
from app.session.engine import actor_of
from app.session.owners import related

log = structlog.get_logger()

AROUND = {"around_the_rule": True}
MAY_WRITE = ("can_write", "announcement")
MAY_CONFIRM = ("can_write", "sending_decision")
CIRCLE = ("grade_level", "bell_schedule_id", "school_class_id", "subgroup_id")
TOLD = frozenset({"title", "text", "urgent", "class_ids", *CIRCLE})  # a change of these is told to families
LIFE_OF_A_REQUEST = timedelta(days=2)
LONGEST_DECISION = 300
MOST_SHOWN = 8


def writes_news(actor: Actor, record: Any) -> bool:
    """The office for the school and any class, a class teacher for the own class."""
    return actor.runs(record.school_id) or actor.leads(record.school_class_id)


def fill_announcement(session: Session, news: Announcement) -> None:
    """Whom it is for, who wrote it, and whether it goes at once or waits for a second person.

    Raises InvalidInput where two circles are given at once.
    """
    _relations_to_keys(news)
    subgroup = related(session, news, "subgroup")
    if subgroup is not None and news.school_class_id is None:
        news.school_class_id = subgroup.school_class_id
    given = [name for name in CIRCLE[:3] if getattr(news, name) is not None]
    if len(given) > 1:
        raise InvalidInput(given[0].removesuffix("_id"), "announcement.one_circle")
    actor, is_new = actor_of(session), not inspect(news).persistent
    staff_id = actor.staff_of_school.get(news.school_id)
    if is_new and news.author_id is None:
        news.author_id = staff_id
    if is_new or _changes(news, *CIRCLE):
        news.class_ids = _classes(session, news, datetime.now(UTC).date())
    if actor.is_system:
        if news.state in (None, "published"):
            news.published_at = news.published_at or datetime.now(UTC)
        return
    if news.state == "draft":
        news.published_at = news.asked_at = None
    elif is_new or _changes(news, "state", *TOLD):
        _publish_or_ask(session, news, staff_id)


def _publish_or_ask(session: Session, news: Announcement, staff_id: int | None) -> None:
    now = datetime.now(UTC)
    count = _too_many(session, news) if news.urgent else 0
    if count:
        news.state, news.published_at = "waiting", None
        news.families, news.asked_by_id, news.asked_at = count, staff_id, now
        news.decided_by_id = news.decided_at = None
        news.decision = ""
    else:
        news.state, news.published_at = "published", news.published_at or now


def _relations_to_keys(news: Announcement) -> None:
    for name in ("school_class", "subgroup", "bell_schedule"):
        if inspect(news).attrs[name].history.has_changes():
            found = getattr(news, name)
            setattr(news, f"{name}_id", None if found is None else found.id)


def _changes(news: Announcement, *names: str) -> bool:
    attributes = inspect(news).attrs
    return any(attributes[name].history.has_changes() for name in names)


def _classes(session: Session, news: Announcement, today: date) -> list[int] | None:
    """The classes of a parallel or a bell schedule in the present year; None where it is for one class or for all."""
    if news.grade_level is None and news.bell_schedule_id is None:
        return None
    query = present_classes(news.school_id, today)
    if news.grade_level is not None:
        query = query.where(SchoolClass.grade_level == news.grade_level)
    else:
        bells = related(session, news, "bell_schedule")
        own = SchoolClass.bell_schedule_id == news.bell_schedule_id
        usual = SchoolClass.bell_schedule_id.is_(None)
        query = query.where(or_(own, usual) if bells is not None and bells.is_default else own)
    return list(session.scalars(query.order_by(SchoolClass.id), execution_options=AROUND))


def present_classes(school_id: int, today: date) -> Any:
    """The ids of the classes of the school's year that began last: in summer still those of the spring."""
    year = (
        select(AcademicYear.id)
        .where(AcademicYear.school_id == school_id, AcademicYear.begins_on <= today)
        .order_by(AcademicYear.begins_on.desc())
        .limit(1)
    )
    return select(SchoolClass.id).where(
        SchoolClass.school_id == school_id, SchoolClass.academic_year_id == year.scalar_subquery()
    )


def check_circle(session: Session, news: Announcement) -> None:
    """A circle in which there is a class. Raises InvalidInput."""
    if news.subgroup is not None and news.subgroup.school_class_id != news.school_class_id:
        raise InvalidInput("subgroup", "subgroup.other_class")
    if news.class_ids == []:
        field = "bell_schedule" if news.grade_level is None else "grade_level"
        raise InvalidInput(field, "announcement.no_class")


def facts_of(news: Announcement) -> list[Fact]:
    """One for each class of several, so that each family hears by its own class's news."""
    if news.class_ids is not None:
        return [Fact(school_class_id=key, urgent=news.urgent) for key in news.class_ids]
    return [Fact(school_class_id=news.school_class_id, subgroup_id=news.subgroup_id, urgent=news.urgent)]


def announcement_told(change: Change) -> list[Fact] | None:
    """Families hear of what is published, and of a change of its words or its circle. An urgent one goes at once."""
    news = change.record
    if change.action == "deleted" or news.state != "published":
        return None
    was_out = change.action == "changed" and change.was.state == "published"
    return None if was_out and not TOLD & change.fields.keys() else facts_of(news)


def tell_of_waiting(change: Change) -> None:
    """Whoever may confirm hears by mail that something waits, each time that it waits anew."""
    news = change.record
    if change.action != "deleted" and news.state == "waiting" and {"state", "asked_at"} & change.fields.keys():
        tell_confirmers(change.session, news, LIFE_OF_A_REQUEST)


def pairs_of(session: Session, news: Announcement, today: date) -> Sequence[tuple[int, int]]:
    """(guardian, student) of all whom the announcement is for, with a right that holds on the day."""
    begun = or_(Guardianship.begins_on.is_(None), Guardianship.begins_on <= today)
    query = (
        select(Guardianship.guardian_id, Guardianship.student_id)
        .join(Enrollment, Enrollment.student_id == Guardianship.student_id)
        .where(
            Guardianship.school_id == news.school_id,
            Guardianship.barred.is_(False),
            begun,
            or_(Guardianship.ends_on.is_(None), Guardianship.ends_on >= today),
            Enrollment.begins_on <= today,
            or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= today),
        )
        .distinct()
    )
    classes: Any = [news.school_class_id] if news.school_class_id is not None else news.class_ids
    query = query.where(
        Enrollment.school_class_id.in_(present_classes(news.school_id, today) if classes is None else classes)
    )
    if news.subgroup_id is not None:
        members = select(SubgroupMember.student_id).where(SubgroupMember.subgroup_id == news.subgroup_id)
        query = query.where(Enrollment.student_id.in_(members))
    return [(row.guardian_id, row.student_id) for row in session.execute(query, execution_options=AROUND)]


def count_families(pairs: Iterable[tuple[int, int]]) -> int:
    """How many families these guardians and students are: whoever shares a child, or a guardian, is one.

    >>> count_families([(1, 10), (2, 10), (2, 11), (3, 12)])
    2
    """
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(one: tuple[str, int]) -> tuple[str, int]:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for guardian_id, student_id in pairs:
        parent[root(("guardian", guardian_id))] = root(("student", student_id))
    return len({root(one) for one in list(parent)})


def _too_many(session: Session, news: Announcement) -> int:
    """The number of families where it takes a second person; else 0."""
    limit = rules_of(session, {news.school_id})[news.school_id].number("confirmation_families")
    count = count_families(pairs_of(session, news, datetime.now(UTC).date())) if limit else 0
    return count if count > limit else 0


def may_confirm(actor: Actor, news: Announcement) -> bool:
    """A second person of the school: not who wrote it, nor who asked."""
    staff_id = actor.staff_of_school.get(news.school_id)
    return (
        actor.may(*MAY_CONFIRM)
        and actor.runs(news.school_id)
        and staff_id is not None
        and staff_id not in (news.author_id, news.asked_by_id)
    )


def decide(session: Session, person: Actor, pk: int, version: int, *, yes: bool, words: str = "") -> Announcement:
    """Publish what waits, or decline it with a word; the caller commits. `session` acts on the person's word.

    Raises NotAllowed for who wrote or asked, Conflict where it was decided or changed since the person looked,
    InvalidInput on `decision` where the word is missing or too long.
    """
    query = select(Announcement).where(Announcement.id == pk).with_for_update()
    news = session.scalars(query, execution_options={"populate_existing": True}).one()
    if news.state != "waiting":
        raise Conflict("sending.decided")
    if news.version != version:
        raise Conflict("sending.changed")
    if not may_confirm(person, news):
        raise NotAllowed("sending.own")
    if not yes and not words.strip():
        raise InvalidInput("decision", "sending.why")
    if len(words) > LONGEST_DECISION:
        raise InvalidInput("decision", "text.too_long", limit=LONGEST_DECISION, given=len(words))
    news.decided_by_id, news.decided_at = person.staff_of_school[news.school_id], datetime.now(UTC)
    news.decision = "" if yes else words.strip()
    news.state = "published" if yes else "declined"
    session.flush()
    log.info("sending.decided", announcement=news.id, yes=yes, by=person.user_id)
    return news


def to_look_at(session: Session, actor: Actor) -> list[Announcement]:
    """What waits for this person's word, and what they asked for and was declined. One statement."""
    own = Announcement.asked_by_id.in_(actor.staff_ids)
    declined = (Announcement.state == "declined") & own
    waiting = Announcement.state == "waiting"
    query = select(Announcement).where(or_(declined, waiting) if actor.may(*MAY_CONFIRM) else declined)
    found = session.scalars(query.order_by(Announcement.asked_at.desc()).limit(MOST_SHOWN)).all()
    return [news for news in found if news.state == "declined" or may_confirm(actor, news)]
