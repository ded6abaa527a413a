"""From due deliveries to the outbox: exactly once, with the records as they are now."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.sms_states import priority
from app.domain.sms_text import segment_count
from app.domain.sms_words import URGENT_PARTS, TextRules, Told, sms_of
from app.models import SmsMessage
from app.services.facts import by_record, lessons_of, present_records, tell, tell_gone, value_of
from app.services.settings import SchoolRules, rules_of

AROUND = {"around_the_rule": True}

LOCK = text("""
SELECT d.id, d.notice_id, d.school_id, d.subscription_id, d.guardian_id, d.record, d.record_id, d.kind,
       n.was, n.trace, n.action
FROM sms_delivery d JOIN notice n ON n.id = d.notice_id
WHERE d.id IN (
    SELECT id FROM sms_delivery WHERE state = 'due' AND due_at <= now() AND kind = ANY(:kinds)
    ORDER BY subscription_id, guardian_id, id LIMIT :most FOR UPDATE SKIP LOCKED)
ORDER BY d.subscription_id, d.guardian_id, d.kind, d.id
""")

# Rights are asked again now: a subscription in force, a phone that is confirmed, a guardian who is not barred.
# The subscription stays locked, so that another worker with a later fact waits and sees what this one told.
SUBSCRIPTIONS = text("""
SELECT s.id, s.phone, s.language, s.script, st.given_name
FROM sms_subscription s JOIN student st ON st.id = s.student_id
JOIN guardianship gs ON gs.guardian_id = s.guardian_id AND gs.student_id = s.student_id AND NOT gs.barred
 AND (gs.begins_on IS NULL OR gs.begins_on <= current_date) AND (gs.ends_on IS NULL OR gs.ends_on >= current_date)
WHERE s.id = ANY(:ids) AND s.status = 'active' AND s.phone_confirmed_at IS NOT NULL
ORDER BY s.id FOR UPDATE OF s
""")

CONSENTS = text("""
SELECT DISTINCT ON (c.guardian_id) c.guardian_id, c.phone FROM consent c
WHERE c.guardian_id = ANY(:ids) AND c.kind = 'urgent' AND c.withdrawn_at IS NULL ORDER BY c.guardian_id, c.id DESC
""")

LAST_TOLD = text("""
SELECT DISTINCT ON (d.subscription_id, d.record, d.record_id) d.subscription_id, d.record, d.record_id, d.told
FROM sms_delivery d JOIN unnest(
    CAST(:subscriptions AS bigint[]), CAST(:records AS text[]), CAST(:keys AS bigint[])) AS w (s, r, k)
  ON d.subscription_id = w.s AND d.record = w.r AND d.record_id = w.k
WHERE d.state = 'told' ORDER BY d.subscription_id, d.record, d.record_id, d.id DESC
""")

SETTLE = text("""
UPDATE sms_delivery d SET state = w.state, sms_message_id = w.message, told = w.told
FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:messages AS bigint[]), CAST(:told AS text[]))
  AS w (id, state, message, told)
WHERE d.id = w.id
""")


@dataclass
class Draft:
    """One text to be: to whom, what about, and the deliveries that it settles."""

    kind: str
    deliveries: list[Any]
    phone: str
    rules: TextRules
    child: str = ""  # the given name
    facts: list[Told] = field(default_factory=list)
    told: list[tuple[int, str | None]] = field(default_factory=list)  # of each fact: its delivery, its value
    superseded: list[int] = field(default_factory=list)  # deliveries that a later one took the place of
    messages: dict[int, SmsMessage] = field(default_factory=dict)  # by the place of the fact


def compose_due(session: Session, kinds: Sequence[str], most: int) -> int:
    """Put what is due into the outbox, at most so many deliveries; how many there were. Running it again does nothing.

    Deliveries are locked, so that two workers never compose one twice; a rolled-back transaction leaves them due.
    The number of statements depends on the kinds of records only.
    """
    due = session.execute(LOCK, {"kinds": list(kinds), "most": most}, execution_options=AROUND).all()
    if not due:
        return 0
    schools = rules_of(session, {row.school_id for row in due})
    drafts = _drafts(session, due, schools)
    _gather_facts(session, drafts)
    _queue(session, drafts, schools)
    _settle(session, due, drafts)
    return len(due)


def _drafts(session: Session, due: Sequence[Any], schools: dict[int, SchoolRules]) -> list[Draft]:
    """One draft for each subscription (or consenting guardian) and kind that still has a right to it."""
    wanted = {"ids": sorted({row.subscription_id for row in due if row.subscription_id})}
    subscriptions = {row.id: row for row in session.execute(SUBSCRIPTIONS, wanted, execution_options=AROUND)}
    guardians = sorted({row.guardian_id for row in due if not row.subscription_id})
    phones: dict[int, str] = {}
    if guardians:
        found = session.execute(CONSENTS, {"ids": guardians}, execution_options=AROUND)
        phones = {row.guardian_id: row.phone for row in found}
    drafts = []
    for (subscription_id, guardian_id, kind), rows in groupby(
        due, key=lambda row: (row.subscription_id, row.guardian_id, row.kind)
    ):
        deliveries = list(rows)
        school = schools[deliveries[0].school_id]
        if subscription_id is None:
            if guardian_id in phones:
                rules = TextRules(longest_parts=URGENT_PARTS, signature=school.signature)
                drafts.append(Draft(kind, deliveries, phones[guardian_id], rules))
        elif subscription_id in subscriptions:
            wish = subscriptions[subscription_id]
            rules = TextRules(wish.language, wish.script, school.number("longest_text_parts"), school.signature)
            drafts.append(Draft(kind, deliveries, wish.phone, rules, wish.given_name))
    return drafts


def _gather_facts(session: Session, drafts: Sequence[Draft]) -> None:
    """Give each draft its facts: superseded ones once in their final state, gone ones only if they were told."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for draft in drafts:
        for row in draft.deliveries:
            wanted[row.record].add(row.record_id)
    records = present_records(session, wanted)
    before = _last_told(session, drafts)
    lessons = lessons_of(session, [row.was for draft in drafts for row in draft.deliveries if row.was])
    for draft in drafts:
        in_latin = draft.rules.script == "latin"
        for (name, key), rows in by_record(draft.deliveries).items():
            last, told = rows[-1], before.get((rows[-1].subscription_id, name, key))
            record = records.get((name, key))
            child = "" if name == "announcement" else draft.child
            fact: Told | None = None
            value: str | None = None
            if record is not None:
                value = value_of(name, record)
                fact = tell(name, record, child, in_latin, told) if value != told else None
            elif told is not None:
                was = last.was or {}
                fact = tell_gone(name, was, lessons.get(was.get("lesson", 0)), child, in_latin, told)
            draft.superseded += [row.id for row in rows[:-1]]
            if fact:
                draft.facts.append(fact)
                draft.told.append((last.id, value))
            else:
                draft.superseded.append(last.id)


def _last_told(session: Session, drafts: Sequence[Draft]) -> dict[tuple[int, str, int], str | None]:
    """What each subscription was last told of each record; nothing where it was told that the record is gone."""
    keys = sorted(
        {
            (row.subscription_id, row.record, row.record_id)
            for draft in drafts
            for row in draft.deliveries
            if row.subscription_id
        }
    )
    if not keys:
        return {}
    subscriptions, records, ids = (list(column) for column in zip(*keys, strict=True))
    found = session.execute(
        LAST_TOLD, {"subscriptions": subscriptions, "records": records, "keys": ids}, execution_options=AROUND
    )
    return {(row.subscription_id, row.record, row.record_id): row.told for row in found}


def _queue(session: Session, drafts: Sequence[Draft], schools: dict[int, SchoolRules]) -> None:
    """Insert the messages of each draft that has something to say."""
    now = datetime.now(UTC)
    for draft in drafts:
        first = draft.deliveries[0]
        school = schools[first.school_id]
        due_at = now if draft.kind == "urgent" else school.earliest(now)
        for body, places in sms_of(draft.facts, draft.rules):
            message = SmsMessage(
                school_id=first.school_id,
                phone=draft.phone,
                body=body,
                kind=draft.kind,
                priority=priority(draft.kind),
                parts=segment_count(body),
                guardian_id=first.guardian_id,
                subscription_id=first.subscription_id,
                due_at=due_at,
                expires_at=due_at + school.span(f"{draft.kind}_valid_hours"),
                trace=first.trace,
            )
            session.add(message)
            draft.messages |= dict.fromkeys(places, message)
    session.flush()


def _settle(session: Session, due: Sequence[Any], drafts: Sequence[Draft]) -> None:
    """Mark every locked delivery: told with its message, superseded, or dropped where the right to it ended."""
    outcome: dict[int, tuple[str, int | None, str | None]] = {row.id: ("dropped", None, None) for row in due}
    for draft in drafts:
        outcome |= dict.fromkeys(draft.superseded, ("superseded", None, None))
        for place, (key, value) in enumerate(draft.told):
            outcome[key] = ("told", draft.messages[place].id, value)
    keys = sorted(outcome)
    session.execute(
        SETTLE,
        {
            "ids": keys,
            "states": [outcome[key][0] for key in keys],
            "messages": [outcome[key][1] for key in keys],
            "told": [outcome[key][2] for key in keys],
        },
        execution_options=AROUND,
    )
