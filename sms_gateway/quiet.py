"""Which schools must not be heard of now: their quiet hours, by the school's own settings and clock."""

from datetime import UTC, datetime, time

from app.domain.settings import setting_in_force
from app.domain.slots import after_quiet_hours, zone_of
from sms_gateway.outbox import Database

_SETTINGS = """
SELECT school.id, school.timezone, coalesce(json_object_agg(s.name, s.value) FILTER (WHERE s.id IS NOT NULL), '{}')
FROM school LEFT JOIN school_setting s ON s.school_id = school.id AND s.name = ANY(%(names)s::text[])
GROUP BY school.id
"""
_NAMES = ("quiet_hours", "quiet_from", "quiet_until")


async def quiet_schools(database: Database, now: datetime | None = None) -> dict[int, datetime]:
    """The schools whose quiet hours hold, each with the end of them."""
    now = now or datetime.now(UTC)
    cursor = await database.execute(_SETTINGS, {"names": list(_NAMES)})
    ends = {school_id: _end(now, timezone, written) async for school_id, timezone, written in cursor}
    return {school_id: end for school_id, end in ends.items() if end > now}


def _end(now: datetime, timezone: str, written: dict[str, str]) -> datetime:
    values = {name: setting_in_force(name, written.get(name)) for name in _NAMES}
    begin, end = values["quiet_from"], values["quiet_until"]
    if not values["quiet_hours"] or not isinstance(begin, time) or not isinstance(end, time):
        return now
    return after_quiet_hours(now, begin, end, zone_of(timezone))
