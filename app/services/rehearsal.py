"""What an announcement would send: the very way from notice to outbox is gone once, and undone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.models import Announcement
from app.services.compose import compose_due
from app.services.deliveries import make_deliveries
from app.services.sending import facts_of
from app.session.actors import COMPOSER
from app.session.engine import SchoolSession

AROUND = {"around_the_rule": True}
MOST = 1_000_000  # deliveries of one announcement
KINDS = ("urgent", "immediate", "digest")

NOTICE = text("""
INSERT INTO notice (school_id, record, record_id, action, urgent, school_class_id, subgroup_id, user_id, trace)
VALUES (:school, 'announcement', :record, 'added', :urgent, :class, :subgroup, :user, '') RETURNING id
""")
PUBLISHED = text("UPDATE announcement SET state = 'published', published_at = now() WHERE id = :id")
NOW_ALL = text(
    "UPDATE sms_delivery SET due_at = now() - interval '1 second' WHERE notice_id = ANY(:ids) AND state = 'due'"
    " RETURNING id"
)
MADE = text("""
SELECT DISTINCT m.id, m.phone, m.body, m.parts, m.kind, m.guardian_id, m.cost, m.state = 'rejected' AS is_suspended
FROM sms_delivery d JOIN sms_message m ON m.id = d.sms_message_id WHERE d.notice_id = ANY(:ids) ORDER BY m.id
""")


@dataclass(frozen=True)
class Example:
    """A text as it would go: why it is shown (commonest, longest, other), and how many get just this one."""

    why: str
    body: str
    parts: int
    people: int


@dataclass(frozen=True)
class Rehearsed:
    """The texts that would go, of each kind; those to suspended numbers apart."""

    texts: Sequence[Any] = field(default_factory=tuple)
    suspended: Sequence[Any] = field(default_factory=tuple)

    @property
    def phones(self) -> int:
        """How many different numbers get a text."""
        return len({one.phone for one in self.texts})

    @property
    def segments(self) -> int:
        """Parts of SMS of all texts together: what is paid for."""
        return sum(one.parts for one in self.texts)

    @property
    def cost(self) -> Decimal | None:
        """By the tariffs of the day; None where none is set."""
        known = [one.cost for one in self.texts if one.cost is not None]
        return sum(known, Decimal(0)) if known else None

    @property
    def guardian_ids(self) -> frozenset[int]:
        return frozenset(one.guardian_id for one in self.texts)

    @property
    def kinds(self) -> Counter[str]:
        return Counter(one.kind for one in self.texts)

    def examples(self) -> list[Example]:
        """At most three different ones: the commonest, the longest, and one in Latin letters where there is one."""
        bodies = Counter(one.body for one in self.texts)
        parts = {one.body: one.parts for one in self.texts}
        found: list[Example] = []
        chosen = {
            "commonest": max(bodies, key=lambda body: (bodies[body], body), default=None),
            "longest": max(bodies, key=lambda body: (parts[body], len(body), body), default=None),
            "latin": next((body for body in sorted(bodies) if body.isascii()), None),
        }
        for why, body in chosen.items():
            if body is not None and body not in {one.body for one in found}:
                found.append(Example(why, body, parts[body], bodies[body]))
        return found


def rehearse(engine: Engine, news: Announcement, user_id: int | None) -> Rehearsed:
    """Publish, deliver and compose in a transaction that is rolled back: what is shown is what would be sent now.

    What a family reads in the evening is shown as if it were told alone and now. `user_id`: who would send it, and
    is therefore told nothing.
    """
    with SchoolSession(engine, info={"actor": COMPOSER}, expire_on_commit=False) as session:
        session.begin()
        try:
            return _gone_through(session, news, user_id)
        finally:
            session.rollback()


def _gone_through(session: Session, news: Announcement, user_id: int | None) -> Rehearsed:
    session.execute(PUBLISHED, {"id": news.id}, execution_options=AROUND)
    ids = [
        session.execute(
            NOTICE,
            {
                "school": news.school_id, "record": news.id, "urgent": fact.urgent, "class": fact.school_class_id,
                "subgroup": fact.subgroup_id, "user": user_id,
            },
            execution_options=AROUND,
        ).scalar_one()
        for fact in facts_of(news)
    ]  # fmt: skip
    make_deliveries(session, ids)
    due = [row.id for row in session.execute(NOW_ALL, {"ids": ids}, execution_options=AROUND)]
    if due:
        compose_due(session, KINDS, MOST, due, is_rehearsal=True)
    made = session.execute(MADE, {"ids": ids}, execution_options=AROUND).all()
    return Rehearsed([one for one in made if not one.is_suspended], [one for one in made if one.is_suspended])


def day_of(news: Announcement, zone: Any) -> date:
    """The school's day on which it went out, or today."""
    return (news.published_at or datetime.now(UTC)).astimezone(zone).date()
