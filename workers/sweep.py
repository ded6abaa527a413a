"""What Redis lost is found again: notices without deliveries, texts that are due, inbound texts without an answer."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.session.actors import COMPOSER
from workers.compose import compose_digests, compose_immediate
from workers.deliver import deliver_notices
from workers.inbound import handle_inbound
from workers.place import work

AROUND = {"around_the_rule": True}
BATCH = 500
PATIENCE = timedelta(seconds=3)  # the hint that follows a commit is given this long

FORGOTTEN = text("""
SELECT id FROM notice WHERE delivered_at IS NULL AND happened_at < now() - CAST(:patience AS interval)
ORDER BY id LIMIT :most
""")
UNANSWERED = text("""
SELECT id FROM sms_inbound WHERE state = 'new' AND received_at < now() - CAST(:patience AS interval)
ORDER BY id LIMIT :most
""")


def sweep() -> None:
    """Do what waits longer than it should. Running it again does nothing."""
    while forgotten := _found(FORGOTTEN):
        deliver_notices(forgotten)
    compose_immediate()
    compose_digests()
    if unanswered := _found(UNANSWERED):
        handle_inbound(unanswered)


def _found(query: object) -> list[int]:
    with work(COMPOSER) as session:
        return ids(session, query)


def ids(session: Session, query: object) -> list[int]:
    """The ids that the query finds, a batch at most."""
    found = session.execute(query, {"patience": PATIENCE, "most": BATCH}, execution_options=AROUND)  # type: ignore[call-overload]
    return [row.id for row in found]


def tidy() -> None:
    """Forget what has no more use: ended browser sessions, answered request keys, matched orphan receipts."""
    with work(COMPOSER) as session:
        for statement in (
            "DELETE FROM web_session WHERE expires_at < now()",
            "DELETE FROM request_key WHERE created_at < now() - interval '2 days'",
            "DELETE FROM sms_receipt WHERE received_at < now() - interval '30 days'",
        ):
            session.execute(text(statement), execution_options=AROUND)
