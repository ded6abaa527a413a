"""From due deliveries to the outbox: exactly once, with the records as they are now."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.sms_detail import FULL, as_wished
from app.domain.sms_errors import reason_words
from app.domain.sms_packer import packed
from app.domain.sms_states import priority
from app.domain.sms_words import URGENT_PARTS, TextRules
from app.models import SmsMessage
from app.services.budgets import allowances
from app.services.channels import channel_named, register
from app.services.channels.base import Channel, by_channel
from app.services.drafts import SMS, Draft, gather_facts
from app.services.holding import drop_stale, hold
from app.services.settings import SchoolRules, rules_of
from app.services.sms_rights import AGREED, BESIDE_THE_CHILD, CLASSES, IS_SUSPENDED, NOT_SHUT_OUT
from app.words import _

log = structlog.get_logger()
AROUND = {"around_the_rule": True}

LOCK = text("""
SELECT d.id, d.notice_id, d.school_id, d.subscription_id, d.guardian_id, d.record, d.record_id, d.kind,
       d.channel, n.was, n.trace, n.student_id, n.school_class_id, n.subgroup_id, s.quiet_from, s.quiet_until,
       d.held_at, n.happened_at
FROM sms_delivery d JOIN notice n ON n.id = d.notice_id LEFT JOIN sms_subscription s ON s.id = d.subscription_id
WHERE d.id IN (
    SELECT id FROM sms_delivery WHERE state = 'due' AND due_at <= now() AND kind = ANY(:kinds)
    AND (CAST(:only AS bigint[]) IS NULL OR id = ANY(CAST(:only AS bigint[])))
    ORDER BY subscription_id, guardian_id, id LIMIT :most FOR UPDATE SKIP LOCKED)
ORDER BY d.subscription_id, d.guardian_id, d.kind, d.id
""")

DUE = text("""
SELECT id, subscription_id, guardian_id FROM sms_delivery WHERE state = 'due' AND due_at <= now() AND kind = ANY(:kinds)
ORDER BY subscription_id, guardian_id, id LIMIT :most
""")

PUT_OFF = text("UPDATE sms_delivery SET due_at = :until WHERE id = ANY(:ids) AND state = 'due'")

# Rights are asked again now: a subscription in force, a phone that is confirmed, a guardian who is not barred and whose
# account, where there is one, is not closed. News of a class are for a child who is in it still.
# The subscription stays locked, so that another worker with a later fact waits and sees what this one told; not so
# much that rows which only refer to it must wait too.
SUBSCRIPTIONS = text(f"""
SELECT s.id, s.phone, s.language, s.script, s.longest_parts, s.detail, st.given_name, {CLASSES} AS class_ids,
 {IS_SUSPENDED.format(phone="s.phone", school="s.school_id")} AS is_suspended
FROM sms_subscription s JOIN student st ON st.id = s.student_id
{BESIDE_THE_CHILD}
WHERE s.id = ANY(:ids) AND s.status = 'active' AND {NOT_SHUT_OUT} AND {AGREED}
ORDER BY s.id FOR NO KEY UPDATE OF s
""")

CONSENTS = text(f"""
SELECT g.id AS guardian_id, c.phone, {IS_SUSPENDED.format(phone="c.phone", school="g.school_id")} AS is_suspended
FROM guardian g
JOIN LATERAL (SELECT phone FROM consent WHERE guardian_id = g.id AND kind = 'urgent' AND withdrawn_at IS NULL
 ORDER BY id DESC LIMIT 1) AS c ON true
JOIN unnest(CAST(:schools AS bigint[]), CAST(:days AS date[])) AS day (school_id, today) ON day.school_id = g.school_id
WHERE g.id = ANY(:ids) AND EXISTS (
 SELECT FROM guardianship gs WHERE gs.guardian_id = g.id AND NOT gs.barred
 AND (gs.begins_on IS NULL OR gs.begins_on <= day.today) AND (gs.ends_on IS NULL OR gs.ends_on >= day.today))
ORDER BY g.id FOR NO KEY UPDATE OF g
""")

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
    return [
        [row.id for row in rows] for _, rows in groupby(due, key=lambda row: (row.subscription_id, row.guardian_id))
    ]


def put_off(session: Session, delivery_ids: Sequence[int], until: datetime) -> None:
    """Let these deliveries wait, such as those that cannot be composed until somebody mends what is wrong."""
    if delivery_ids:
        session.execute(PUT_OFF, {"ids": list(delivery_ids), "until": until}, execution_options=AROUND)


def _undivided(locked: Sequence[Any], most: int) -> Sequence[Any]:
    """Without the last family of a full batch, the rest of whose facts may lie beyond it: one digest is one text."""
    if len(locked) < most:
        return locked
    last = (locked[-1].subscription_id, locked[-1].guardian_id)
    whole = [row for row in locked if (row.subscription_id, row.guardian_id) != last]
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


def _drafts(session: Session, due: Sequence[Any], schools: Mapping[int, SchoolRules]) -> list[Draft]:
    """One draft for each subscription (or consenting guardian) and kind that still has a right to it."""
    now = datetime.now(UTC)
    days = {"schools": list(schools), "days": [school.today(now) for school in schools.values()]}
    wanted = {"ids": sorted({row.subscription_id for row in due if row.subscription_id}), **days}
    subscriptions = {row.id: row for row in session.execute(SUBSCRIPTIONS, wanted, execution_options=AROUND)}
    guardians = sorted({row.guardian_id for row in due if not row.subscription_id})
    phones: dict[int, Any] = {}
    if guardians:
        found = session.execute(CONSENTS, {"ids": guardians, **days}, execution_options=AROUND)
        phones = {row.guardian_id: row for row in found}
    drafts = []
    for (subscription_id, guardian_id, kind), rows in groupby(
        due, key=lambda row: (row.subscription_id, row.guardian_id, row.kind)
    ):
        deliveries = list(rows)
        school = schools[deliveries[0].school_id]
        if subscription_id is None:
            if guardian_id in phones:
                rules = TextRules(longest_parts=URGENT_PARTS, signature=school.signature)
                to = phones[guardian_id]
                drafts.append(Draft(kind, deliveries, to.phone, rules, is_suspended=to.is_suspended))
        elif subscription_id in subscriptions:
            wish = subscriptions[subscription_id]
            deliveries = [row for row in deliveries if _is_of(row, wish)]
            if not deliveries:
                continue
            rules = TextRules(
                wish.language,
                wish.script,
                school.number("longest_text_parts"),
                school.signature,
                None if kind == "urgent" else wish.longest_parts,
            )
            detail = FULL if kind == "urgent" else wish.detail
            drafts.append(
                Draft(kind, deliveries, wish.phone, rules, wish.given_name, detail, is_suspended=wish.is_suspended)
            )
    return drafts


def _is_of(delivery: Any, wish: Any) -> bool:
    """Whether the news are of the child alone, of the school, or of a class in which the child is today."""
    is_of_class = delivery.student_id is None and delivery.school_class_id is not None
    return not is_of_class or delivery.school_class_id in wish.class_ids


def _queue(session: Session, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
    """Insert the messages of each draft that has something to say, as far as the month's budgets go."""
    now = datetime.now(UTC)
    wanted = [(draft.deliveries[0].school_id, draft.kind, draft.phone) for draft in drafts if draft.facts]
    may = allowances(session, wanted, schools, now)
    for draft in drafts:
        first = draft.deliveries[0]
        school = schools[first.school_id]
        wished = as_wished(draft.facts, draft.detail, draft.rules.language)
        for said in packed([one.fact for one in wished], draft.rules):
            facts = [place for one in (*said.told, *said.counted) for place in wished[one].places]
            cost = None if draft.is_suspended else may.cost(first.school_id, draft.phone, said.parts)
            why = None if draft.is_suspended else may.refusal(first.school_id, draft.kind, draft.phone, cost)
            if why is not None:
                draft.held |= {draft.told[place][0]: why for place in facts}
                continue
            message = _message(draft, said, cost, now, now + school.span(f"{draft.kind}_valid_hours"))
            session.add(message)
            for place in (*said.told, *said.counted):
                draft.messages |= dict.fromkeys(wished[place].places, message)
                if wished[place].is_count or place in said.counted:
                    draft.counted |= set(wished[place].places)
    session.flush()


def _log(drafts: Sequence[Draft]) -> None:
    for draft in (one for one in drafts if one.channel == SMS):
        traces = {row.id: row.trace for row in draft.deliveries}
        of_message: dict[int, dict[str, None]] = defaultdict(dict)
        for place, message in sorted(draft.messages.items()):
            of_message[message.id][traces[draft.told[place][0]]] = None
        for key, its in of_message.items():  # one line a text: at an evening's digests they are half of the work
            log.info("composed", message=key, kind=draft.kind, trace=" ".join(its))


def _message(draft: Draft, said: Any, cost: Any, now: datetime, expires_at: datetime) -> SmsMessage:
    """One to a suspended number is on record only: the sender sees it, and it can fall back to e-mail."""
    first = draft.deliveries[0]
    message = SmsMessage(
        school_id=first.school_id,
        phone=draft.phone,
        body=said.body,
        kind=draft.kind,
        priority=priority(draft.kind),
        parts=said.parts,
        cost=cost,
        guardian_id=first.guardian_id,
        subscription_id=first.subscription_id,
        due_at=now,
        expires_at=expires_at,
        trace=first.trace,
    )
    if draft.is_suspended:
        message.state, message.done_at, message.error = "rejected", now, reason_words("suspended")
    return message


def _settle(session: Session, due: Sequence[Any], drafts: Sequence[Draft]) -> None:
    """Mark every locked delivery: told with its message, superseded, or dropped where the right to it ended.

    What is held stays due.
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
        for key in draft.held:
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


class Texts(Channel):
    """The first channel: texts to the phone, by rights of its own: each number is confirmed and agrees."""

    name = SMS
    title = _("SMS")

    def when(self, subscription: Any, kind: str) -> str:
        return str(getattr(subscription, kind)) if subscription.phone_is_confirmed else "never"

    def addresses(self, session: Session, readers: Sequence[Any]) -> Mapping[int, str]:
        return {}  # `drafts` asks for the phones

    def drafts(self, session: Session, due: Sequence[Any], schools: Mapping[int, SchoolRules]) -> list[Draft]:
        return _drafts(session, due, schools)

    def queue(self, session: Session, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
        _queue(session, drafts, schools)


TEXTS = Texts()
register(TEXTS)
