"""What time it is, in one place: whoever tells a day's story lets it be another."""

from datetime import UTC, datetime


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
