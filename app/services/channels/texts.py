"""The first channel: texts to the phone, by rights of its own: each number is confirmed and agrees."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.sms_detail import FULL, as_wished
from app.domain.sms_errors import reason_words
from app.domain.sms_packer import packed
from app.domain.sms_presets import NEVER
from app.domain.sms_states import priority
from app.domain.sms_words import URGENT_PARTS, TextRules
from app.models import SmsMessage
from app.services.budgets import allowances
from app.services.channels.base import Channel, still_concerns
from app.services.drafts import SMS, Draft
from app.services.one_phone import together
from app.services.settings import SchoolRules
from app.services.sms_rights import AGREED, BESIDE_THE_CHILD, CLASSES, IS_SUSPENDED, NOT_LEFT, NOT_SHUT_OUT
from app.words import _

AROUND = {"around_the_rule": True}

# Rights are asked again now: a subscription in force, a phone that is confirmed, a guardian who is not barred and whose
# account, where there is one, is not closed. News of a class are for a child who is in it still.
# The subscription stays locked, so that another worker with a later fact waits and sees what this one told; not so
# much that rows which only refer to it must wait too.
SUBSCRIPTIONS = text(f"""
SELECT s.id, s.phone, s.language, s.script, s.longest_parts, s.detail, s.quiet_from, s.quiet_until, s.email_fallback,
 st.given_name, {CLASSES} AS class_ids,
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
 AND (gs.begins_on IS NULL OR gs.begins_on <= day.today) AND (gs.ends_on IS NULL OR gs.ends_on >= day.today)
 AND {NOT_LEFT.format(student="gs.student_id", today="day.today")})
ORDER BY g.id FOR NO KEY UPDATE OF g
""")


class Texts(Channel):
    """The first channel: texts to the phone, by rights of its own: each number is confirmed and agrees."""

    name = SMS
    title = _("SMS")

    def when(self, subscription: Any, kind: str) -> str:
        return str(getattr(subscription, kind)) if subscription.phone_is_confirmed else NEVER

    def addresses(self, session: Session, readers: Sequence[Any]) -> Mapping[int, str]:
        return {}  # `drafts` asks for the phones

    def drafts(self, session: Session, due: Sequence[Any], schools: Mapping[int, SchoolRules]) -> list[Draft]:
        """One draft for each guardian and kind with a right to it still, or for each child told of in its own way."""
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
                deliveries = [row for row in deliveries if still_concerns(row, wish)]
                if not deliveries:
                    continue
                whole = kind == "urgent"
                longest = None if whole else wish.longest_parts
                most = school.number("longest_text_parts")
                rules = TextRules(wish.language, wish.script, most, school.signature, longest)
                detail = FULL if whole else wish.detail
                drafts.append(
                    Draft(kind, deliveries, wish.phone, rules, wish.given_name, detail, is_suspended=wish.is_suspended)
                )
        return together(drafts, subscriptions)

    def queue(self, session: Session, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
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
