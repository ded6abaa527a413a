"""Whom an announcement is for, class by class: how far it came to each, and why it does not come to some."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import Announcement
from app.services.sending import count_families

AROUND = {"around_the_rule": True}  # the caller asks who may see the announcement, and names the classes they may see


class Came(StrEnum):
    """How far it came to a guardian; in the order in which a class is shown."""

    FAILED = "failed"
    NO_WAY = "no_way"
    UNKNOWN = "unknown"
    ON_ITS_WAY = "on_its_way"
    LATER = "later"
    MAILED = "mailed"
    READ = "read"
    DELIVERED = "delivered"


REACHED = frozenset({Came.DELIVERED, Came.READ, Came.MAILED})
TO_PHONE = frozenset({Came.FAILED, Came.NO_WAY})  # somebody has to call them


@dataclass(frozen=True)
class Person:
    """A guardian beside their children in one class."""

    guardian_id: int
    name: str
    children: tuple[str, ...]
    student_ids: tuple[int, ...]
    phone: str
    has_mail: bool
    came: Came
    why: str  # of no way: a word of WHY; of a failure: the outbox's
    read: bool
    at: datetime | None


@dataclass(frozen=True)
class OfClass:
    """The people of one class."""

    id: int
    name: str
    people: Sequence[Person]

    @property
    def families(self) -> int:
        return count_families((one.guardian_id, key) for one in self.people for key in one.student_ids)

    @property
    def counts(self) -> Counter[Came]:
        return Counter(one.came for one in self.people)

    @property
    def to_phone(self) -> list[list[Person]]:
        """Families of which nobody was reached, nor is anything on its way to them; each with who could be called."""
        return _silent_families(self.people)


@dataclass(frozen=True)
class Circle:
    """All of it."""

    classes: Sequence[OfClass] = field(default_factory=tuple)

    @property
    def people(self) -> dict[int, Person]:
        """Each guardian once; where children are in several classes, as the first class shows it."""
        return {one.guardian_id: one for group in reversed(self.classes) for one in group.people}

    @property
    def families(self) -> int:
        pairs = [(one.guardian_id, key) for group in self.classes for one in group.people for key in one.student_ids]
        return count_families(pairs)

    @property
    def counts(self) -> Counter[Came]:
        """Guardians by what came to them, each once."""
        return Counter(one.came for one in self.people.values())

    @property
    def mails(self) -> int:
        """How many have an address and no other way."""
        return sum(one.came in TO_PHONE and one.has_mail for one in self.people.values())

    @property
    def to_phone(self) -> int:
        """How many families are to be phoned; one with children in two classes stands in both."""
        return sum(len(group.to_phone) for group in self.classes)


def _silent_families(people: Sequence[Person]) -> list[list[Person]]:
    of_child: dict[int, list[Person]] = defaultdict(list)
    for one in people:
        for key in one.student_ids:
            of_child[key].append(one)
    silent: dict[tuple[int, ...], list[Person]] = {}
    for guardians in of_child.values():
        if all(one.came in TO_PHONE for one in guardians):
            silent.setdefault(tuple(one.guardian_id for one in guardians), guardians)
    return list(silent.values())


# Each guardian in force beside a child of the circle, with what is known of the ways to them. What came farthest of
# several texts counts. :classes NULL: every class of the school's year.
IN_CIRCLE = text("""
WITH circle AS (
    SELECT e.school_class_id, c.name, c.grade_level, gs.guardian_id,
        array_agg(st.surname || ' ' || st.given_name ORDER BY st.surname, st.given_name, st.id) AS children,
        array_agg(st.id ORDER BY st.surname, st.given_name, st.id) AS student_ids
    FROM enrollment e JOIN school_class c ON c.id = e.school_class_id
    JOIN student st ON st.id = e.student_id
    JOIN guardianship gs ON gs.student_id = e.student_id AND NOT gs.barred
        AND (gs.begins_on IS NULL OR gs.begins_on <= :day) AND (gs.ends_on IS NULL OR gs.ends_on >= :day)
    WHERE c.school_id = :school AND c.academic_year_id = (SELECT y.id FROM academic_year y
        WHERE y.school_id = :school AND y.begins_on <= :day ORDER BY y.begins_on DESC LIMIT 1)
    AND e.begins_on <= :day AND (e.ends_on IS NULL OR e.ends_on >= :day)
    AND (CAST(:classes AS bigint[]) IS NULL OR c.id = ANY(CAST(:classes AS bigint[])))
    AND (CAST(:only AS bigint[]) IS NULL OR c.id = ANY(CAST(:only AS bigint[])))
    AND (CAST(:subgroup AS bigint) IS NULL OR EXISTS (SELECT FROM subgroup_member sm
        WHERE sm.subgroup_id = :subgroup AND sm.student_id = e.student_id))
    GROUP BY e.school_class_id, c.name, c.grade_level, gs.guardian_id),
told AS (
    SELECT DISTINCT ON (d.guardian_id) d.guardian_id, d.state AS delivery, d.kind, m.state,
        coalesce(m.error, '') AS error, coalesce(m.done_at, m.submitted_at) AS at
    FROM notice n JOIN sms_delivery d ON d.notice_id = n.id AND d.state <> 'superseded'
    LEFT JOIN sms_message m ON m.id = d.sms_message_id
    WHERE n.record = 'announcement' AND n.record_id = :id
    ORDER BY d.guardian_id, m.state = 'delivered' DESC NULLS LAST, d.id DESC),
mailed AS (
    SELECT mail.guardian_id, bool_or(mail.state = 'sent') AS is_sent, bool_or(mail.state = 'queued') AS is_queued,
        max(mail.sent_at) AS at
    FROM mail_message mail WHERE mail.announcement_id = :id OR mail.sms_message_id IN (
        SELECT d.sms_message_id FROM notice n JOIN sms_delivery d ON d.notice_id = n.id
        WHERE n.record = 'announcement' AND n.record_id = :id)
    GROUP BY mail.guardian_id),
seen AS (
    SELECT DISTINCT g.id AS guardian_id FROM notice n JOIN diary_visit v ON v.shown_id >= n.id
    JOIN guardian g ON g.user_id = v.user_id
    JOIN enrollment e ON e.student_id = v.student_id
        AND (n.school_class_id IS NULL OR e.school_class_id = n.school_class_id)
    WHERE n.record = 'announcement' AND n.record_id = :id AND n.school_id = g.school_id)
SELECT circle.*, concat_ws(' ', g.surname, g.given_name, nullif(g.patronymic, '')) AS guardian,
    coalesce(g.email, '') <> '' AS has_mail, coalesce(agreed.phone, sub.phone, g.phone, '') AS phone,
    agreed.phone IS NOT NULL AS has_agreed, sub.status, sub.is_confirmed, sub.announcements,
    EXISTS (SELECT FROM suspended_number x WHERE x.guardian_id = g.id AND x.freed_at IS NULL
        AND x.phone = coalesce(agreed.phone, sub.phone)) AS is_suspended,
    EXISTS (SELECT FROM consent w WHERE w.guardian_id = g.id AND w.kind = 'urgent') AS was_asked,
    CAST(:urgent AS boolean) AS is_urgent,
    told.delivery, told.kind, told.state, told.error, told.at AS told_at,
    EXISTS (SELECT FROM notice w WHERE w.record = 'announcement' AND w.record_id = :id
        AND w.delivered_at IS NULL) AS is_being_told,
    mailed.is_sent, mailed.is_queued, mailed.at AS mailed_at, seen.guardian_id IS NOT NULL AS has_read
FROM circle JOIN guardian g ON g.id = circle.guardian_id
LEFT JOIN LATERAL (SELECT phone FROM consent WHERE guardian_id = g.id AND kind = 'urgent' AND withdrawn_at IS NULL
    AND :urgent ORDER BY id DESC LIMIT 1) AS agreed ON true
LEFT JOIN LATERAL (SELECT s.phone, s.status, s.phone_confirmed_at IS NOT NULL AS is_confirmed, s.announcements
    FROM sms_subscription s WHERE s.guardian_id = g.id AND s.status <> 'stopped'
    ORDER BY s.status = 'active' DESC, s.phone_confirmed_at IS NOT NULL DESC, s.id LIMIT 1) AS sub ON true
LEFT JOIN told ON told.guardian_id = g.id
LEFT JOIN mailed ON mailed.guardian_id = g.id
LEFT JOIN seen ON seen.guardian_id = g.id
ORDER BY circle.grade_level, circle.name, replace(g.surname, 'ё', 'е'), g.given_name, g.id
""")


def circle_of(
    session: Session, news: Announcement, day: date, only: Collection[int] | None = None, texted: Collection[int] = ()
) -> Circle:
    """Whom it is for, of these classes where named. `texted`: guardians whom a rehearsal found a text for."""
    classes = [news.school_class_id] if news.school_class_id is not None else news.class_ids
    given = {
        "id": news.id, "school": news.school_id, "day": day, "classes": classes, "subgroup": news.subgroup_id,
        "urgent": news.urgent, "only": None if only is None else sorted(only),
    }  # fmt: skip
    groups: dict[tuple[int, str], list[Person]] = defaultdict(list)
    for row in session.execute(IN_CIRCLE, given, execution_options=AROUND):
        groups[row.school_class_id, row.name].append(_person(row, news, row.guardian_id in texted))
    order = list(Came)
    return Circle(
        [OfClass(*key, sorted(people, key=lambda one: order.index(one.came))) for key, people in groups.items()]
    )


def _person(row: Any, news: Announcement, is_texted: bool) -> Person:
    came, why, at = _came(row, is_texted)
    return Person(
        row.guardian_id, row.guardian, tuple(row.children), tuple(row.student_ids), row.phone, row.has_mail,
        came, why, row.has_read, at,
    )  # fmt: skip


def _came(row: Any, is_texted: bool) -> tuple[Came, str, datetime | None]:
    if row.state == "delivered":
        return Came.DELIVERED, "", row.told_at
    if row.is_sent:
        return Came.MAILED, "", row.mailed_at
    if row.has_read:
        return Came.READ, "", None
    if row.is_queued:
        return Came.ON_ITS_WAY, "mail", None
    if row.state in ("undeliverable", "expired", "rejected", "cancelled"):
        return Came.FAILED, row.error, row.told_at
    if row.state == "uncertain":
        return Came.UNKNOWN, "", row.told_at
    if (
        row.state is not None
        or (row.delivery == "due" and row.kind != "digest")
        or (is_texted and not row.is_suspended)
    ):
        return Came.ON_ITS_WAY, "", row.told_at
    if row.delivery == "due":
        return Came.LATER, "", None
    if row.is_being_told and row.delivery is None and _has_way(row):
        return Came.ON_ITS_WAY, "", None
    return Came.NO_WAY, why_not(row), None


def _has_way(row: Any) -> bool:
    """Whether a text will go, where no worker has looked at the announcement yet."""
    is_subscribed = row.status == "active" and row.is_confirmed and row.announcements != "never"
    return not row.is_suspended and (row.has_agreed or is_subscribed)


def why_not(row: Any) -> str:
    """The first thing that is in the way of a text."""
    if row.is_suspended:
        return "suspended"
    if row.status == "paused":
        return "paused"
    if row.status == "active" and not row.is_confirmed:
        return "unconfirmed"
    if not row.phone:
        return "no_phone"
    if row.status == "active" and row.announcements == "never":
        return "unwanted"
    if not row.is_urgent:
        return "no_subscription"
    return "withdrawn" if row.was_asked else "no_consent"
