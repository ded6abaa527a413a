"""What time it is at each school: its day, and whether its quiet hours hold, by its own settings and clock."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.domain.settings import setting_in_force
from app.domain.slots import after_quiet_hours, zone_of
from sms_gateway.database import Database

_SETTINGS = """
SELECT school.id, school.timezone, coalesce(json_object_agg(s.name, s.value) FILTER (WHERE s.id IS NOT NULL), '{}')
FROM school LEFT JOIN school_setting s ON s.school_id = school.id AND s.name = ANY(%(names)s::text[])
GROUP BY school.id
"""
_NAMES = ("quiet_hours", "quiet_from", "quiet_until")


@dataclass(slots=True)
class Clocks:
    """The day of most schools, and what else holds at the others: looked up every few seconds, asked at each claim."""

    zone: ZoneInfo
    today: date = field(init=False)
    apart: dict[int, tuple[date, datetime | None]] = field(default_factory=dict)  # its day, the end of its quiet hours

    def __post_init__(self) -> None:
        self.today = datetime.now(self.zone).date()

    async def look(self, database: Database, now: datetime | None = None) -> None:
        """Learn what time it is. A zone or a setting that cannot be read has its default."""
        now = now or datetime.now(UTC)
        today = now.astimezone(self.zone).date()
        apart: dict[int, tuple[date, datetime | None]] = {}
        cursor = await database.execute(_SETTINGS, {"names": list(_NAMES)})
        async for school_id, timezone, written in cursor:
            day, end = now.astimezone(zone_of(timezone)).date(), _end(now, timezone, written)
            if day != today or end > now:
                apart[school_id] = (day, end if end > now else None)
        self.today, self.apart = today, apart

    def rows(self) -> str:
        """The schools apart, as the database takes them."""
        return json.dumps(
            [
                {"id": school_id, "today": day.isoformat(), "until": end and end.isoformat()}
                for school_id, (day, end) in self.apart.items()
            ]
        )


def _end(now: datetime, timezone: str, written: dict[str, str]) -> datetime:
    values = {name: setting_in_force(name, written.get(name)) for name in _NAMES}
    begin, end = values["quiet_from"], values["quiet_until"]
    if not values["quiet_hours"] or not isinstance(begin, time) or not isinstance(end, time):
        return now
    return after_quiet_hours(now, begin, end, zone_of(timezone))
