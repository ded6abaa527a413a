"""Budgets by the clock: whoever minds one is told when it is nearly used up."""

from datetime import UTC, datetime

from app.services.money_warnings import TREASURER, warn
from workers.place import settings, work


def mind_budgets() -> None:
    """Tell of each budget once a month. Running it again does nothing."""
    with work(TREASURER) as session:
        warn(session, datetime.now(UTC), settings().locale)
