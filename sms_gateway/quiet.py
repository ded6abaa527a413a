"""What holds at each school now: its clock, its quiet hours, and the countries it sends to, by its own settings."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.domain.settings import setting_in_force
from app.domain.slots import after_quiet_hours, zone_of
from sms_gateway.budgets import stopped_kinds
from sms_gateway.database import Database

_SETTINGS = """
SELECT school.id, school.timezone, coalesce(json_object_agg(s.name, s.value) FILTER (WHERE s.id IS NOT NULL), '{}')
FROM school LEFT JOIN school_setting s ON s.school_id = school.id AND s.name = ANY(%(names)s::text[])
GROUP BY school.id
"""
_NAMES = ("quiet_hours", "quiet_from", "quiet_until", "sms_countries")


@dataclass(frozen=True, slots=True)
class Apart:
    """What holds at one school: its day, by how many seconds its clocks are ahead of UTC, the end of its quiet hours,
    the first digits of numbers it sends to.
    """

    today: date
    ahead: int
    quiet_until: datetime | None
    countries: tuple[str, ...]


@dataclass(slots=True)
class Clocks:
    """The clock of most schools, and what else holds at others: looked up every few seconds, asked at each claim."""

    zone: ZoneInfo
    today: date = field(init=False)
    ahead: int = field(init=False)
    apart: dict[int, Apart] = field(default_factory=dict)
    stopped: dict[int, list[str]] = field(default_factory=dict)  # school → kinds whose budget is used up

    def __post_init__(self) -> None:
        self.today, self.ahead = _day_and_clock(datetime.now(self.zone))

    async def look(self, database: Database, now: datetime | None = None) -> None:
        """Learn what time it is. A zone or a setting that cannot be read has its default."""
        now = now or datetime.now(UTC)
        today, ahead = _day_and_clock(now.astimezone(self.zone))
        apart: dict[int, Apart] = {}
        cursor = await database.execute(_SETTINGS, {"names": list(_NAMES)})
        async for school_id, timezone, written in cursor:
            clock, end = _day_and_clock(now.astimezone(zone_of(timezone))), _end(now, timezone, written)
            countries = _countries(written)
            if clock != (today, ahead) or end > now or countries != self.countries:
                apart[school_id] = Apart(*clock, end if end > now else None, countries)
        self.stopped = await stopped_kinds(database, now)
        self.today, self.ahead, self.apart = today, ahead, apart

    @property
    def countries(self) -> tuple[str, ...]:
        """First digits of the numbers to which most schools send."""
        return _countries({})

    def stopped_rows(self) -> str:
        """The schools whose budgets stop texts, as the database takes them."""
        return json.dumps([{"school": school, "kinds": kinds} for school, kinds in self.stopped.items()])

    def rows(self) -> str:
        """The schools apart, as the database takes them."""
        return json.dumps(
            [
                {
                    "id": school_id,
                    "today": school.today.isoformat(),
                    "ahead": school.ahead,
                    "until": school.quiet_until and school.quiet_until.isoformat(),
                    "countries": school.countries,
                }
                for school_id, school in self.apart.items()
            ]
        )


def _day_and_clock(local: datetime) -> tuple[date, int]:
    """The day, and by how many seconds the clock is ahead of UTC."""
    ahead = local.utcoffset()
    assert ahead is not None
    return local.date(), int(ahead.total_seconds())


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
