"""The SMS line is watched: once a minute, by the clock."""

from datetime import UTC, datetime

from app.services.line_watch import look
from app.session.actors import WATCHER
from workers.place import settings, work


def watch_line() -> None:
    """Raise and end alarms. Running it again raises none twice."""
    with work(WATCHER) as session:
        look(session, datetime.now(UTC), settings().locale)
