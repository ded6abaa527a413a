"""From due deliveries to the outbox: exactly once, with the records as they are now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.services.channels import channel_named
from app.services.channels.base import Channel, by_channel
from app.services.drafts import SMS, Draft, gather_facts
from app.services.holding import drop_stale, hold
from app.services.settings import SchoolRules, rules_of
from app.services.to_the_digest import leave_to_the_digest

log = structlog.get_logger()
AROUND = {"around_the_rule": True}

LOCK = text("""
SELECT d.id, d.notice_id, d.school_id, d.subscription_id, d.guardian_id, d.record, d.record_id, d.kind,
       d.channel, n.was, n.trace, n.student_id, n.school_class_id, n.subgroup_id, s.quiet_from, s.quiet_until,
       d.held_at, d.due_at, n.happened_at
FROM sms_delivery d JOIN notice n ON n.id = d.notice_id LEFT JOIN sms_subscription s ON s.id = d.subscription_id
WHERE d.id IN (
    SELECT id FROM sms_delivery WHERE state = 'due' AND due_at <= now() AND kind = ANY(:kinds)
    AND (CAST(:only AS bigint[]) IS NULL OR id = ANY(CAST(:only AS bigint[])))
    ORDER BY guardian_id, subscription_id, id LIMIT :most FOR UPDATE SKIP LOCKED)
ORDER BY d.guardian_id, d.subscription_id, d.kind, d.id
""")

DUE = text("""
SELECT id, guardian_id FROM sms_delivery WHERE state = 'due' AND due_at <= now() AND kind = ANY(:kinds)
ORDER BY guardian_id, id LIMIT :most
""")

PUT_OFF = text("UPDATE sms_delivery SET due_at = :until WHERE id = ANY(:ids) AND state = 'due'")

HOLD = text("SELECT id FROM sms_subscription WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")

SETTLE = text("""
UPDATE sms_delivery d SET state = w.state, told = w.told,
  sms_message_id = CASE WHEN d.channel = 'sms' THEN w.message END,
  message_id = CASE WHEN d.channel <> 'sms' THEN w.message END
FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:messages AS bigint[]), CAST(:told AS text[]))
  AS w (id, state, message, told)
WHERE d.id = w.id
""")


def compose_due(
    session: Session, kinds: Sequence[str], most: int, only: Sequence[int] | None = None, *, is_rehearsal: bool = False
) -> int:
    """Put what is due into the outbox, at most so many deliveries (of these ids, where given); how many there were.

    Running it again does nothing. In quiet hours nothing but urgent news is composed: so that a correction made at
    night leaves one text in the morning, with the final state.
    Deliveries are locked, so that two workers never compose one twice; a rolled-back transaction leaves them due.
    The number of statements depends on the kinds of records only. A rehearsal, which its caller rolls back, is awake
    in quiet hours too.
    """
    given = {"kinds": list(kinds), "most": most, "only": None if only is None else list(only)}
    locked = session.execute(LOCK, given, execution_options=AROUND).all()
    if not locked:
        return 0
    schools = rules_of(session, {row.school_id for row in locked})
    whole = _undivided(locked, most)
    due = list(whole) if is_rehearsal else _without_sleepers(session, whole, schools)
    drafts = _drafts_by_channel(session, due, schools)
    gather_facts(session, drafts)
    drop_stale(session, drafts, schools)
    if not is_rehearsal:
        leave_to_the_digest(session, drafts, schools)
    for name, some in by_channel(drafts):
        _channel(name).queue(session, some, schools)
    if not is_rehearsal:
        _log(drafts)
    hold(session, drafts, schools)
    _settle(session, due, drafts)
    return len(locked)


def due_recipients(session: Session, kinds: Sequence[str], most: int) -> list[list[int]]:
    """The ids of what is due, at most so many, together for each recipient."""
    due = session.execute(DUE, {"kinds": list(kinds), "most": most}, execution_options=AROUND)
    return [[row.id for row in rows] for _, rows in groupby(due, key=lambda row: row.guardian_id)]


def put_off(session: Session, delivery_ids: Sequence[int], until: datetime) -> None:
    """Let these deliveries wait, such as those that cannot be composed until somebody mends what is wrong."""
    if delivery_ids:
        session.execute(PUT_OFF, {"ids": list(delivery_ids), "until": until}, execution_options=AROUND)


def _undivided(locked: Sequence[Any], most: int) -> Sequence[Any]:
    """Without the last family of a full batch, the rest of whose facts may lie beyond it: one digest is one text."""
    if len(locked) < most:
        return locked
    whole = [row for row in locked if row.guardian_id != locked[-1].guardian_id]
    return whole or locked


def _without_sleepers(session: Session, locked: Sequence[Any], schools: dict[int, SchoolRules]) -> list[Any]:
    """What may go now; the rest waits for the end of its school's quiet hours and of the family's own."""
    now = datetime.now(UTC)
    asleep: dict[datetime, list[int]] = defaultdict(list)
    due = []
    for row in locked:
        morning = schools[row.school_id].earliest(now, row.quiet_from, row.quiet_until)
        if row.kind != "urgent" and morning > now:
            asleep[morning].append(row.id)
        else:
            due.append(row)
    for until, ids in asleep.items():
        put_off(session, ids, until)
    return due


def _drafts_by_channel(session: Session, due: Sequence[Any], schools: Mapping[int, SchoolRules]) -> list[Draft]:
    """The drafts of all channels; deliveries of one that is no more are dropped."""
    found = by_channel(due)
    if len(found) > 1:  # each channel locks its subscriptions: all of them first, in one order for everybody
        wanted = sorted({row.subscription_id for row in due if row.subscription_id})
        session.execute(HOLD, {"ids": wanted}, execution_options=AROUND)
    drafts = []
    for name, rows in found:
        if channel_named(name) is not None:
            drafts += _channel(name).drafts(session, rows, schools)
    return drafts


def _channel(name: str) -> Channel:
    found = channel_named(name)
    assert found is not None, name
    return found


def _log(drafts: Sequence[Draft]) -> None:
    for draft in (one for one in drafts if one.channel == SMS):
        traces = {row.id: row.trace for row in draft.deliveries}
        of_message: dict[int, dict[str, None]] = defaultdict(dict)
        for place, message in sorted(draft.messages.items()):
            of_message[message.id][traces[draft.told[place][0]]] = None
        for key, its in of_message.items():  # one line a text: at an evening's digests they are half of the work
            log.info("composed", message=key, kind=draft.kind, trace=" ".join(its))


def _settle(session: Session, due: Sequence[Any], drafts: Sequence[Draft]) -> None:
    """Mark every locked delivery: told with its message, superseded, or dropped where the right to it ended.

    What is held, or left to the digest, stays due.
    """
    outcome: dict[int, tuple[str, int | None, str | None]] = {row.id: ("dropped", None, None) for row in due}
    for draft in drafts:
        outcome |= dict.fromkeys(draft.superseded, ("superseded", None, None))
        for place, (key, value) in enumerate(draft.told):
            if place not in draft.messages:  # of a kind that this family does not want told
                continue
            known = draft.facts[place].before if place in draft.counted else value  # what the family knows of it now
            outcome[key] = ("told", draft.messages[place].id, known)
    for draft in drafts:
        for key in (*draft.held, *draft.later):
            outcome.pop(key, None)
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
