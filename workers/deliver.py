"""Notices become deliveries, and what is due at once becomes a text in the outbox."""

from app.services.deliveries import make_deliveries
from app.session.actors import COMPOSER
from workers.compose import compose_immediate
from workers.place import work


def deliver_notices(notice_ids: list[int]) -> None:
    """Make the deliveries of these notices and compose what is due now. Running it again does nothing."""
    with work(COMPOSER) as session:
        made = make_deliveries(session, notice_ids)
    if made:
        compose_immediate()
