"""What each text has to say: superseded facts once in their final state, gone ones only to those who were told."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.sms_words import TextRules, Told
from app.models import SmsMessage
from app.services.facts import by_record, concerns, lessons_of, present_records, tell, tell_gone, value_of

AROUND = {"around_the_rule": True}

# Messages of one recipient are made one after the other: the one with the highest id was told last.
LAST_TOLD = text("""
SELECT DISTINCT ON (w.s, w.r, w.k) w.s AS recipient, w.r AS record, w.k AS record_id, d.told
FROM unnest(CAST(:recipients AS bigint[]), CAST(:records AS text[]), CAST(:keys AS bigint[])) AS w (s, r, k)
JOIN sms_delivery d ON d.subscription_id = w.s AND d.record = w.r AND d.record_id = w.k
WHERE d.state = 'told' ORDER BY w.s, w.r, w.k, d.sms_message_id DESC
""")
LAST_NEWS = text("""
SELECT DISTINCT ON (w.g, w.r, w.k) w.g AS recipient, w.r AS record, w.k AS record_id, d.told
FROM unnest(CAST(:recipients AS bigint[]), CAST(:records AS text[]), CAST(:keys AS bigint[])) AS w (g, r, k)
JOIN notice n ON n.record = w.r AND n.record_id = w.k
JOIN sms_delivery d ON d.notice_id = n.id AND d.guardian_id = w.g
WHERE d.state = 'told' ORDER BY w.g, w.r, w.k, d.sms_message_id DESC
""")

Key = tuple[bool, int, str, int]  # whether it is told to a guardian or by a subscription, which, the record, its id


@dataclass
class Draft:
    """One text to be: to whom, what about, and the deliveries that it settles."""

    kind: str
    deliveries: list[Any]
    phone: str
    rules: TextRules
    child: str = ""  # the given name
    detail: str = "full"  # how much of it the family wants told
    facts: list[Told] = field(default_factory=list)
    told: list[tuple[int, str | None]] = field(default_factory=list)  # of each fact: its delivery, its value
    superseded: list[int] = field(default_factory=list)  # deliveries that a later one took the place of
    messages: dict[int, SmsMessage] = field(default_factory=dict)  # by the place of the fact
    counted: set[int] = field(default_factory=set)  # places of facts that a text tells the number of


def gather_facts(session: Session, drafts: Sequence[Draft]) -> None:
    """Give each draft its facts, as the records are now."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for draft in drafts:
        for row in draft.deliveries:
            wanted[row.record].add(row.record_id)
    records = present_records(session, wanted)
    before = _last_told(session, drafts)
    lessons = lessons_of(session, [row.was for draft in drafts for row in draft.deliveries if row.was])
    for draft in drafts:
        for (name, key), rows in by_record(draft.deliveries).items():
            last, told = rows[-1], before.get(_key(rows[-1]))
            record = records.get((name, key))
            if record is not None and not concerns(record, last):
                record = None  # another student's by now, or another class's
            value = None if record is None else value_of(name, record)
            draft.superseded += [row.id for row in rows[:-1]]
            if value == told or (record is None and name == "announcement"):  # news cannot be untold
                draft.superseded.append(last.id)
                continue
            child = "" if name == "announcement" else draft.child
            in_latin = draft.rules.script == "latin"
            if record is not None:
                fact = tell(name, record, child, in_latin, told)
            else:
                was = last.was or {}
                fact = tell_gone(name, was, lessons.get(was.get("lesson") or 0), child, in_latin, told or "")
            draft.facts.append(fact)
            draft.told.append((last.id, value))
            before[_key(last)] = value


def _key(row: Any) -> Key:
    """News goes once to a guardian, by consent or by whichever child's subscription; all else to each subscription."""
    to_guardian = row.record == "announcement" or row.subscription_id is None
    return to_guardian, row.guardian_id if to_guardian else row.subscription_id, row.record, row.record_id


def _last_told(session: Session, drafts: Sequence[Draft]) -> dict[Key, str | None]:
    """What each recipient was last told of each record; nothing where it was told that the record is gone."""
    keys = {_key(row) for draft in drafts for row in draft.deliveries}
    told: dict[Key, str | None] = {}
    for query, to_guardian in ((LAST_TOLD, False), (LAST_NEWS, True)):
        wanted = sorted(key[1:] for key in keys if key[0] is to_guardian)
        if wanted:
            recipients, records, ids = (list(column) for column in zip(*wanted, strict=True))
            given = {"recipients": recipients, "records": records, "keys": ids}
            for row in session.execute(query, given, execution_options=AROUND):
                told[to_guardian, row.recipient, row.record, row.record_id] = row.told
    return told
