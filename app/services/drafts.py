"""What each text has to say: superseded facts once in their final state, gone ones only to those who were told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.sms_words import TextRules, Told
from app.services.facts import by_record, concerns, lessons_of, present_records, tell, tell_gone, value_of
from app.services.timetable_news import is_as_before, told_of_lesson, was_before

AROUND = {"around_the_rule": True}
SMS = "sms"  # the channel
NEVER_UNTOLD = frozenset({"announcement", "lesson"})  # news, and where a lesson was once

# Messages of one recipient are made one after the other: the one with the highest id was told last.
LAST_TOLD = text("""
SELECT DISTINCT ON (w.c, w.s, w.r, w.k) w.c AS channel, w.s AS recipient, w.r AS record, w.k AS record_id, d.told
FROM unnest(CAST(:channels AS text[]), CAST(:recipients AS bigint[]), CAST(:records AS text[]), CAST(:keys AS bigint[]))
  AS w (c, s, r, k)
JOIN sms_delivery d ON d.subscription_id = w.s AND d.record = w.r AND d.record_id = w.k AND d.channel = w.c
WHERE d.state = 'told' ORDER BY w.c, w.s, w.r, w.k, coalesce(d.sms_message_id, d.message_id) DESC
""")
LAST_NEWS = text("""
SELECT DISTINCT ON (w.c, w.g, w.r, w.k) w.c AS channel, w.g AS recipient, w.r AS record, w.k AS record_id, d.told
FROM unnest(CAST(:channels AS text[]), CAST(:recipients AS bigint[]), CAST(:records AS text[]), CAST(:keys AS bigint[]))
  AS w (c, g, r, k)
JOIN notice n ON n.record = w.r AND n.record_id = w.k
JOIN sms_delivery d ON d.notice_id = n.id AND d.guardian_id = w.g AND d.channel = w.c
WHERE d.state = 'told' ORDER BY w.c, w.g, w.r, w.k, coalesce(d.sms_message_id, d.message_id) DESC
""")

# Whether it is told to a guardian or by a subscription, by which channel, to whom, the record, its id.
Key = tuple[bool, str, int, str, int]


@dataclass
class Draft:
    """One text to be: to whom, what about, and the deliveries that it settles."""

    kind: str
    deliveries: list[Any]
    phone: str
    rules: TextRules
    child: str = ""  # the given name
    detail: str = "full"  # how much of it the family wants told
    channel: str = SMS
    address: str = ""  # of another channel
    is_suspended: bool = False  # the number does not answer
    facts: list[Told] = field(default_factory=list)
    told: list[tuple[int, str | None]] = field(default_factory=list)  # of each fact: its delivery, its value
    superseded: list[int] = field(default_factory=list)  # deliveries that a later one took the place of
    messages: dict[int, Any] = field(default_factory=dict)  # by the place of the fact: the row of the outbox
    counted: set[int] = field(default_factory=set)  # places of facts that a text tells the number of
    held: dict[int, str] = field(default_factory=dict)  # deliveries that may not be told now: why
    children: dict[int | None, str] = field(default_factory=dict)  # of several in one text, by their subscriptions
    later: set[int] = field(default_factory=set)  # deliveries that the next digest tells


def gather_facts(session: Session, drafts: Sequence[Draft], before: dict[Key, str | None] | None = None) -> None:
    """Give each draft its facts, as the records are now.

    `before`: what each recipient was told of each record, where that is not to be looked up.
    """
    wanted: dict[str, set[int]] = defaultdict(set)
    for draft in drafts:
        for row in draft.deliveries:
            wanted[row.record].add(row.record_id)
    records = present_records(session, wanted)
    before = _last_told(session, drafts) if before is None else before
    lessons = lessons_of(session, [row.was for draft in drafts for row in draft.deliveries if row.was])
    for draft in drafts:
        for (name, key, subscription_id), rows in by_record(draft.deliveries).items():
            last, told = rows[-1], before.get(_key(rows[-1]))
            record = records.get((name, key))
            if record is not None and not concerns(record, last):
                record = None  # another student's by now, or another class's
            value = None if record is None else value_of(name, record)
            draft.superseded += [row.id for row in rows[:-1]]
            was = was_before(rows) if name == "lesson" else {}
            if told is None and was and record is not None and is_as_before(record, was):
                value = told  # cancelled and set down again before anybody was told
            is_over = record is None and (name in NEVER_UNTOLD or (name == "reminder" and not last.was))
            if value == told or is_over:
                draft.superseded.append(last.id)
                continue
            child = "" if name == "announcement" else draft.children.get(subscription_id, draft.child)
            in_latin = draft.rules.script == "latin"
            if record is not None:
                fact = tell(name, record, child, in_latin, told)
                if name == "lesson":
                    fact = told_of_lesson(fact, record, was)
            else:
                gone = last.was or {}
                fact = tell_gone(name, gone, lessons.get(gone.get("lesson") or 0), child, in_latin, told or "")
            draft.facts.append(fact)
            draft.told.append((last.id, value))
            before[_key(last)] = value


def _key(row: Any) -> Key:
    """News goes once to a guardian, by consent or by whichever child's subscription; all else to each subscription."""
    to_guardian = row.record == "announcement" or row.subscription_id is None
    recipient = row.guardian_id if to_guardian else row.subscription_id
    return to_guardian, row.channel, recipient, row.record, row.record_id


def _last_told(session: Session, drafts: Sequence[Draft]) -> dict[Key, str | None]:
    """What each recipient was last told of each record; nothing where it was told that the record is gone."""
    keys = {_key(row) for draft in drafts for row in draft.deliveries}
    told: dict[Key, str | None] = {}
    for query, to_guardian in ((LAST_TOLD, False), (LAST_NEWS, True)):
        wanted = sorted(key[1:] for key in keys if key[0] is to_guardian)
        if wanted:
            channels, recipients, records, ids = (list(column) for column in zip(*wanted, strict=True))
            given = {"channels": channels, "recipients": recipients, "records": records, "keys": ids}
            for row in session.execute(query, given, execution_options=AROUND):
                told[to_guardian, row.channel, row.recipient, row.record, row.record_id] = row.told
    return told
