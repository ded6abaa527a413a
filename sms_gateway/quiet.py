"""What holds at each school now: its day, its quiet hours, and the countries it sends to, by its own settings."""

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
_NAMES = ("quiet_hours", "quiet_from", "quiet_until", "sms_countries")


@dataclass(frozen=True, slots=True)
class Apart:
    """What holds at one school: its day, the end of its quiet hours, the first digits of numbers it sends to."""

    today: date
    quiet_until: datetime | None
    countries: tuple[str, ...]


@dataclass(slots=True)
class Clocks:
    """The day of most schools, and what else holds at the others: looked up every few seconds, asked at each claim."""

    zone: ZoneInfo
    today: date = field(init=False)
    apart: dict[int, Apart] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.today = datetime.now(self.zone).date()

    async def look(self, database: Database, now: datetime | None = None) -> None:
        """Learn what time it is. A zone or a setting that cannot be read has its default."""
        now = now or datetime.now(UTC)
        today = now.astimezone(self.zone).date()
        apart: dict[int, Apart] = {}
        cursor = await database.execute(_SETTINGS, {"names": list(_NAMES)})
        async for school_id, timezone, written in cursor:
            day, end = now.astimezone(zone_of(timezone)).date(), _end(now, timezone, written)
            countries = _countries(written)
            if day != today or end > now or countries != self.countries:
                apart[school_id] = Apart(day, end if end > now else None, countries)
        self.today, self.apart = today, apart

    @property
    def countries(self) -> tuple[str, ...]:
        """First digits of the numbers to which most schools send."""
        return _countries({})

    def rows(self) -> str:
        """The schools apart, as the database takes them."""
        return json.dumps(
            [
                {
                    "id": school_id,
                    "today": school.today.isoformat(),
                    "until": school.quiet_until and school.quiet_until.isoformat(),
                    "countries": school.countries,
                }
                for school_id, school in self.apart.items()
            ]
        )


def _countries(written: dict[str, str]) -> tuple[str, ...]:
    """ "" begins every number: all countries."""
    codes = setting_in_force("sms_countries", written.get("sms_countries"))
    assert isinstance(codes, tuple)
    return codes or ("",)


def _end(now: datetime, timezone: str, written: dict[str, str]) -> datetime:
    values = {name: setting_in_force(name, written.get(name)) for name in _NAMES[:3]}
    begin, end = values["quiet_from"], values["quiet_until"]
    if not values["quiet_hours"] or not isinstance(begin, time) or not isinstance(end, time):
        return now
    return after_quiet_hours(now, begin, end, zone_of(timezone))
