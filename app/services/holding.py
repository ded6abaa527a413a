"""Facts that a budget or a family's cap holds back: they wait for the next month's digest, and go as long as of use."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.slots import next_digest
from app.domain.sms_money import STALE, is_of_use, month_after
from app.services.budgets import bounds_of
from app.services.drafts import Draft
from app.services.settings import SchoolRules

log = structlog.get_logger()
AROUND = {"around_the_rule": True}

DIGESTS = text("SELECT id, digest_at, digest_days FROM sms_subscription WHERE id = ANY(:ids)")

PUT_BY = text("""
UPDATE sms_delivery d SET kind = 'digest', due_at = w.due, held_at = now(), held_for = w.why
FROM unnest(CAST(:ids AS bigint[]), CAST(:dues AS timestamptz[]), CAST(:whys AS text[])) AS w (id, due, why)
WHERE d.id = w.id AND d.state = 'due'
""")

MARK_STALE = text("UPDATE sms_delivery SET held_for = :stale WHERE id = ANY(:ids)")

# Once the school may spend more, or a family may have more, the composer looks at them again. What it has in its hands
# at this moment is left alone: it waits for the budget itself, and reads it as it is then.
LET_GO = text("""
UPDATE sms_delivery SET due_at = now() WHERE id IN (
    SELECT id FROM sms_delivery WHERE school_id = :school AND state = 'due' AND held_at IS NOT NULL
    FOR UPDATE SKIP LOCKED)
""")


def hold(session: Session, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
    """Let the facts that may not be told now wait for the first digest of the next month."""
    held = [(row, draft.held[row.id]) for draft in drafts for row in draft.deliveries if row.id in draft.held]
    if not held:
        return
    wishes = {"ids": sorted({row.subscription_id for row, _ in held if row.subscription_id})}
    digests = {row.id: row for row in session.execute(DIGESTS, wishes, execution_options=AROUND)}
    now = datetime.now(UTC)
    given = {
        "ids": [row.id for row, _ in held],
        "dues": [_due(schools[row.school_id], digests.get(row.subscription_id), now) for row, _ in held],
        "whys": [why for _, why in held],
    }
    session.execute(PUT_BY, given, execution_options=AROUND)
    for why in sorted({why for _, why in held}):
        log.warning("texts.held", why=why, facts=sum(1 for _, one in held if one == why))


def _due(school: SchoolRules, wish: Any, now: datetime) -> datetime:
    begins = bounds_of(school, month_after(school.today(now)))[0]
    if wish is None:
        return begins
    return next_digest(begins - timedelta(seconds=1), wish.digest_at, wish.digest_days, school.zone)


def drop_stale(session: Session, drafts: Sequence[Draft], schools: Mapping[int, SchoolRules]) -> None:
    """Leave out what was held and is of no use any more; it counts as stale."""
    now, stale = datetime.now(UTC), []
    for draft in drafts:
        rows = {row.id: row for row in draft.deliveries if row.held_at is not None}
        if not rows:
            continue
        school = schools[draft.deliveries[0].school_id]
        kept = []
        for fact, told in zip(draft.facts, draft.told, strict=True):
            row = rows.get(told[0])
            if row is not None:
                day = fact.day or row.happened_at.astimezone(school.zone).date()
                if not is_of_use(fact.record, day, fact.due, school.today(now)):
                    stale.append(row.id)
                    continue
            kept.append((fact, told))
        draft.facts, draft.told = [fact for fact, _ in kept], [told for _, told in kept]
    if stale:
        session.execute(MARK_STALE, {"stale": STALE, "ids": stale}, execution_options=AROUND)
        log.info("texts.stale", facts=len(stale))


def let_go(session: Session, school_id: int) -> None:
    """Have all that is held at this school composed again; what still may not go is held anew."""
    session.execute(LET_GO, {"school": school_id}, execution_options=AROUND)
