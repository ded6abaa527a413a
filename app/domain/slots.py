"""When a text may go: the next digest, the end of quiet hours; in the school's time zone, nights of DST included."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT_ZONE = "Europe/Moscow"


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name; Moscow's where this machine knows none, so that one school stops no other.

    >>> zone_of("Asia/Omsk").key, zone_of("Asia/Atlantis").key
    ('Asia/Omsk', 'Europe/Moscow')
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(DEFAULT_ZONE)


def next_digest(now: datetime, at: time, days: Collection[int], zone: ZoneInfo) -> datetime:
    """The first moment after `now` that is `at` on one of the ISO weekdays; every day where none is named. UTC.

    In the hour that summer time skips the moment is the first one after it; in the hour that comes twice, the first.

    >>> next_digest(datetime(2026, 11, 21, 14, tzinfo=UTC), time(18), {1, 2, 3, 4, 5}, ZoneInfo("Europe/Moscow"))
    datetime.datetime(2026, 11, 23, 15, 0, tzinfo=datetime.timezone.utc)
    """
    wanted = set(days) & set(range(1, 8)) or set(range(1, 8))
    day = now.astimezone(zone).date()
    while True:
        moment = _moment(datetime.combine(day, at), zone)
        if day.isoweekday() in wanted and moment > now:
            return moment
        day += timedelta(days=1)


def after_quiet_hours(now: datetime, begin: time, end: time, zone: ZoneInfo) -> datetime:
    """`now`, or the end of the quiet hours where they hold now. UTC.

    >>> after_quiet_hours(datetime(2026, 11, 21, 20, tzinfo=UTC), time(21), time(8), ZoneInfo("Europe/Moscow"))
    datetime.datetime(2026, 11, 22, 5, 0, tzinfo=datetime.timezone.utc)
    """
    local = now.astimezone(zone)
    clock = local.time()
    quiet = begin <= clock < end if begin < end else begin != end and (clock >= begin or clock < end)
    if not quiet:
        return now
    day = local.date() + timedelta(days=1 if clock >= end else 0)
    return _moment(datetime.combine(day, end), zone)


def _moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall-clock time; a skipped one is moved on by the jump (PEP 495, fold=0)."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
