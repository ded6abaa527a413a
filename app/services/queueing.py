"""Texts that no notice asks for: codes, answers, tests, and what is told to a number that is given up."""

from datetime import UTC, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.domain.sms_states import priority
from app.domain.sms_text import segment_count
from app.models import SmsMessage, SmsSubscription
from app.services.budgets import Allowances, forecast

AROUND = {"around_the_rule": True}


def queue_text(
    session: Session,
    school_id: int | None,
    phone: str,
    body: str,
    kind: str,
    expires_at: datetime,
    *,
    trace: str,
    only_link_id: int | None = None,
    of: SmsSubscription | None = None,
    may: Allowances | None = None,
) -> int:
    """Put one text into the outbox; its id. Whoever calls it has asked who may, and the budgets where they hold.

    `of` is the subscription that it answers. What it costs is known by the budgets that were asked, else looked up.
    """
    parts = segment_count(body)
    row = {
        "cost": may.cost(school_id, phone, parts) if may and school_id else forecast(session, school_id, phone, parts),
        "school_id": school_id,
        "phone": phone,
        "body": body,
        "kind": kind,
        "state": "queued",
        "priority": priority(kind),
        "parts": parts,
        "attempts": 0,
        "only_link_id": only_link_id,
        "guardian_id": of.guardian_id if of else None,
        "subscription_id": of.id if of else None,
        "due_at": datetime.now(UTC),
        "expires_at": expires_at,
        "trace": trace,
    }
    made: int | None = session.scalar(insert(SmsMessage).values(row).returning(SmsMessage.id), execution_options=AROUND)
    assert made is not None
    return made
