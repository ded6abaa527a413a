"""What was to be told at once and is not any more: it is stale, or said already today; the next digest tells it.

An absence is said at once on its own day, and once a child and day. Lessons that are missed after it stand in the
digest; only who came late and is then not there at all is told of again. A mistake is taken back at once.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.slots import next_digest
from app.domain.sms_words import Told
from app.services.drafts import Draft
from app.services.settings import SchoolRules

log = structlog.get_logger()
AROUND = {"around_the_rule": True}
NOT_THERE = "absent"

SAID = text("""
SELECT d.subscription_id, d.channel, a.missed_on, d.told FROM sms_delivery d JOIN absence a ON a.id = d.record_id
WHERE d.record = 'absence' AND d.subscription_id = ANY(:subscriptions) AND d.state = 'told' AND d.told IS NOT NULL
AND a.missed_on = ANY(:days)
""")
DIGESTS = text("SELECT id, digest_at, digest_days FROM sms_subscription WHERE id = ANY(:ids)")
PUT_BY = text("""
UPDATE sms_delivery d SET kind = 'digest', due_at = w.due
FROM unnest(CAST(:ids AS bigint[]), CAST(:dues AS timestamptz[])) AS w (id, due) WHERE d.id = w.id AND d.state = 'due'
""")

Said = Mapping[tuple[int, str, date], set[str]]


def leave_to_the_digest(session: Session, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
    """Take out of the texts at once what waits for the next digest from now on. At most three statements."""
    now = datetime.now(UTC)
    at_once = [draft for draft in drafts if draft.kind == "immediate"]
    said = _said(session, at_once)
    waiting: list[Any] = []
    for draft in at_once:
        rows = {row.id: row for row in draft.deliveries}
        kept = []
        for fact, told in zip(draft.facts, draft.told, strict=True):
            row = rows[told[0]]
            if row.subscription_id and _can_wait(fact, row, said, schools[row.school_id], now):
                waiting.append(row)
                draft.later.add(row.id)
            else:
                kept.append((fact, told))
        draft.facts, draft.told = [fact for fact, _ in kept], [told for _, told in kept]
    if waiting:
        _put_by(session, waiting, schools, now)


def _can_wait(fact: Told, row: Any, said: Said, school: SchoolRules, now: datetime) -> bool:
    if now - row.due_at > school.span("immediate_valid_hours"):
        return True
    if not _is_new_absence(fact):
        return False
    if school.today(row.happened_at) < school.today(now):
        return True  # it came in the evening, and quiet hours held it until the next day
    reasons = said.get((row.subscription_id, row.channel, fact.day or now.date()), set())
    return bool(reasons) and (fact.value != NOT_THERE or NOT_THERE in reasons)


def _is_new_absence(fact: Told) -> bool:
    return fact.record == "absence" and fact.before is None and not fact.gone


def _absences(drafts: Sequence[Draft]) -> Iterator[tuple[int, date]]:
    for draft in drafts:
        subscriptions = {row.id: row.subscription_id for row in draft.deliveries}
        for fact, told in zip(draft.facts, draft.told, strict=True):
            if _is_new_absence(fact) and fact.day and subscriptions[told[0]]:
                yield subscriptions[told[0]], fact.day


def _said(session: Session, drafts: Sequence[Draft]) -> Said:
    """By subscription, channel and day: the reasons of absences that the family has heard of."""
    found: dict[tuple[int, str, date], set[str]] = defaultdict(set)
    asked = set(_absences(drafts))
    if asked:
        given = {"subscriptions": sorted({key for key, _ in asked}), "days": sorted({day for _, day in asked})}
        for row in session.execute(SAID, given, execution_options=AROUND):
            found[row.subscription_id, row.channel, row.missed_on].add(row.told)
    return found


def _put_by(session: Session, rows: Sequence[Any], schools: Mapping[int, SchoolRules], now: datetime) -> None:
    wanted = {"ids": sorted({row.subscription_id for row in rows})}
    wishes = {row.id: row for row in session.execute(DIGESTS, wanted, execution_options=AROUND)}
    dues = [
        next_digest(now, wish.digest_at, wish.digest_days, schools[row.school_id].zone)
        for row in rows
        for wish in (wishes[row.subscription_id],)
    ]
    session.execute(PUT_BY, {"ids": [row.id for row in rows], "dues": dues}, execution_options=AROUND)
    log.info("texts.left_to_the_digest", facts=len(rows))
