"""Who stands behind a phone: its subscriptions, and the children of whom it may hear now."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.models import SmsSubscription
from app.services.settings import SchoolRules, rules_of
from app.services.sms_rights import AGREED, BESIDE_THE_CHILD, CLASSES, NOT_SHUT_OUT

AROUND = {"around_the_rule": True}

RIGHTS = text(f"""
SELECT s.id, s.student_id, st.given_name, {CLASSES} AS class_ids, ARRAY(
 SELECT m.subgroup_id FROM subgroup_member m WHERE m.student_id = s.student_id) AS subgroup_ids, {AGREED} AS agreed
FROM sms_subscription s JOIN student st ON st.id = s.student_id
{BESIDE_THE_CHILD}
WHERE s.id = ANY(:ids) AND {NOT_SHUT_OUT}
ORDER BY st.given_name, s.student_id, s.id DESC
""")


@dataclass(frozen=True)
class Child:
    """A child at school beside whom the phone's owner stands with a right in force."""

    student_id: int
    name: str
    class_ids: frozenset[int]
    subgroup_ids: frozenset[int]
    subscription: SmsSubscription
    agreed: bool  # the number's consent is in force

    @property
    def id(self) -> int:
        """As a child of the diary."""
        return self.student_id

    @property
    def is_heard(self) -> bool:
        """Whether questions about the child are answered."""
        return self.agreed and self.subscription.status != "stopped"

    @property
    def is_told(self) -> bool:
        """Whether news of the child are sent."""
        return self.agreed and self.subscription.status == "active"

    def is_in(self, school_class_id: int, subgroup_id: int | None) -> bool:
        """Whether what is of this class, or of this part of it, is the child's too."""
        return school_class_id in self.class_ids and (subgroup_id is None or subgroup_id in self.subgroup_ids)


@dataclass
class Family:
    """One phone. `children` have a right in force, whether their subscription is; in the order that texts count."""

    phone: str
    now: datetime
    confirmed: Sequence[SmsSubscription]  # the phone was confirmed by its owner
    unconfirmed: Sequence[SmsSubscription]
    children: list[Child] = field(default_factory=list)
    rules: dict[int, SchoolRules] = field(default_factory=dict)

    @property
    def wish(self) -> SmsSubscription:
        """The subscription by whose words the phone is answered: the newest that is in force, else the newest."""
        in_force = [one for one in self.confirmed if one.status != "stopped"]
        return (in_force or list(self.confirmed))[-1]

    @property
    def school(self) -> SchoolRules:
        return self.rules[self.wish.school_id]

    @property
    def heard(self) -> list[Child]:
        """The children of whom questions are answered."""
        return [child for child in self.children if child.is_heard]

    def today(self) -> date:
        return self.school.today(self.now)


def family_of(session: Session, phone: str, now: datetime) -> Family:
    """The family of this phone, its subscriptions locked. Four statements; one for a stranger."""
    query = (
        select(SmsSubscription)
        .where(SmsSubscription.phone == phone)
        .order_by(SmsSubscription.id)
        .with_for_update(key_share=True)
    )
    found = session.scalars(query, execution_options={"populate_existing": True}).all()
    family = Family(
        phone,
        now,
        [one for one in found if one.phone_confirmed_at],
        [one for one in found if not one.phone_confirmed_at],
    )
    if family.confirmed:
        read_rights(session, family)
    return family


def read_rights(session: Session, family: Family) -> None:
    """Ask anew of whom the phone may hear."""
    by_id: dict[int, SmsSubscription] = {one.id: one for one in family.confirmed}
    family.rules = rules_of(session, {one.school_id for one in by_id.values()})
    days = {"schools": list(family.rules), "days": [school.today(family.now) for school in family.rules.values()]}
    rows = session.execute(RIGHTS, {"ids": list(by_id), **days}, execution_options=AROUND).all()
    best: dict[int, Any] = {}
    for row in rows:  # of several for one child: the one in force, else the newest
        kept = best.get(row.student_id)
        if kept is None or (by_id[kept.id].status == "stopped" and by_id[row.id].status != "stopped"):
            best[row.student_id] = row
    family.children = [
        Child(
            row.student_id,
            row.given_name,
            frozenset(row.class_ids),
            frozenset(row.subgroup_ids),
            by_id[row.id],
            row.agreed,
        )
        for row in best.values()
        if row.class_ids
    ]
