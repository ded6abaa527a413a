"""What is due is composed into the outbox, a batch a transaction."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from app.services.compose import compose_due, due_recipients, put_off
from app.session.actors import COMPOSER
from workers.patience import in_parts, is_of_the_moment
from workers.place import work

log = structlog.get_logger()

BATCH = 4000  # deliveries locked in one transaction
TRIED_AGAIN_AFTER = timedelta(minutes=15)  # what cannot be composed


def compose_immediate() -> None:
    """Compose urgent news and what families want at once. Running it again does nothing."""
    _compose("urgent")  # by itself: what asks for the budgets may have to wait for another composer
    _compose("immediate")


def compose_digests() -> None:
    """Compose every digest whose time has come. Running it again does nothing."""
    _compose("digest")


def _compose(*kinds: str) -> None:
    while True:
        try:
            with work(COMPOSER) as session:
                composed = compose_due(session, kinds, BATCH)
        except Exception as problem:  # whatever a bad row does must not reach the others
            if is_of_the_moment(problem):
                raise
            composed = _compose_in_parts(kinds)
        if composed < BATCH:
            return


def _compose_in_parts(kinds: Sequence[str]) -> int:
    """Compose what can be composed, recipient by recipient where it must be; the rest is tried again later."""
    with work(COMPOSER) as session:
        recipients = due_recipients(session, kinds, BATCH)

    def compose(some: Sequence[Sequence[int]]) -> None:
        with work(COMPOSER) as session:
            compose_due(session, kinds, BATCH, [key for keys in some for key in keys])

    for keys, _ in in_parts(compose, recipients, "delivery.recipient_fails"):
        alone = in_parts(compose, [[key] for key in keys], "delivery.cannot_be_composed")
        with work(COMPOSER) as session:
            put_off(session, [key for (key,), _ in alone], datetime.now(UTC) + TRIED_AGAIN_AFTER)
    return sum(map(len, recipients))
