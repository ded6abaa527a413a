"""Notices become deliveries, and what is due at once becomes a text in the outbox."""

from collections.abc import Sequence

from app.services.deliveries import make_deliveries
from app.session.actors import COMPOSER
from workers.compose import compose_immediate
from workers.patience import in_parts
from workers.place import work


def deliver_notices(notice_ids: list[int]) -> None:
    """Make the deliveries of these notices and compose what is due now. Running it again does nothing."""
    if make_all_deliveries(notice_ids):
        compose_immediate()


def make_all_deliveries(notice_ids: list[int]) -> int:
    """Make the deliveries of these notices; how many. A notice that cannot be delivered waits, the others do not."""
    made: list[int] = []

    def deliver(some: Sequence[int]) -> None:
        with work(COMPOSER) as session:
            count = make_deliveries(session, some)
        made.append(count)

    in_parts(deliver, notice_ids, "notice.cannot_be_delivered")
    return sum(made)
