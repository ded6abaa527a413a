"""What of a text that failed has still to come by mail: the facts that no mail of the subscription's tells anyway."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.sms_detail import as_wished
from app.domain.sms_packer import packed
from app.domain.sms_words import LONGEST_NEWS, TextRules
from app.services.drafts import Draft, gather_facts
from app.services.settings import SchoolRules

AROUND = {"around_the_rule": True}

# News of the school go once to a guardian, by consent or by whichever child's subscription.
BY_MAIL_TOO = """EXISTS (SELECT FROM sms_delivery e
    WHERE e.notice_id = d.notice_id AND e.guardian_id = d.guardian_id AND e.channel = 'email' AND e.state <> 'dropped'
    AND (e.subscription_id = d.subscription_id OR d.record = 'announcement'))"""
# Of the text `m`.
HAS_MORE_THAN_MAILS = f"""(NOT EXISTS (SELECT FROM sms_delivery d WHERE d.sms_message_id = m.id AND d.state = 'told')
    OR EXISTS (SELECT FROM sms_delivery d WHERE d.sms_message_id = m.id AND d.state = 'told' AND NOT {BY_MAIL_TOO}))"""

TOLD = text(f"""
SELECT d.id, d.notice_id, d.school_id, d.subscription_id, d.guardian_id, d.record, d.record_id, d.kind, d.channel,
  d.sms_message_id, n.was, n.student_id, n.school_class_id, n.subgroup_id, coalesce(s.language, 'ru') AS language,
  coalesce(s.detail, 'full') AS detail, coalesce(st.given_name, '') AS child, {BY_MAIL_TOO} AS is_mailed
FROM sms_delivery d JOIN notice n ON n.id = d.notice_id LEFT JOIN sms_subscription s ON s.id = d.subscription_id
LEFT JOIN student st ON st.id = s.student_id
WHERE d.sms_message_id = ANY(:ids) AND d.state = 'told' ORDER BY d.sms_message_id, d.subscription_id, d.id
""")


def rest_of(session: Session, message_ids: Sequence[int], schools: Mapping[int, SchoolRules]) -> dict[int, str]:
    """By text: what is left of it, as the records are now; only of those a part of which comes by mail anyway."""
    rows = session.execute(TOLD, {"ids": list(message_ids)}, execution_options=AROUND).all()
    left: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        if not row.is_mailed:
            left[row.sms_message_id].append(row)
    drafts = {
        key: _draft(left[key], schools)
        for key in sorted({row.sms_message_id for row in rows if row.is_mailed} & left.keys())
    }
    gather_facts(session, list(drafts.values()), {})
    return {key: " ".join(_said(draft)) for key, draft in drafts.items()}


def _draft(rows: list[Any], schools: Mapping[int, SchoolRules]) -> Draft:
    first = rows[0]
    rules = TextRules(first.language, longest_parts=LONGEST_NEWS, signature=schools[first.school_id].signature)
    children = {row.subscription_id: row.child for row in rows}
    return Draft(first.kind, rows, "", rules, first.child, first.detail, children=children)


def _said(draft: Draft) -> list[str]:
    wished = as_wished(draft.facts, draft.detail, draft.rules.language)
    return [said.body for said in packed([one.fact for one in wished], draft.rules)]
