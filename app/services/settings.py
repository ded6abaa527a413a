"""A school's own settings, read with their defaults."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.settings import DEFINITIONS, Value, setting_in_force
from app.domain.slots import after_quiet_hours, zone_of
from app.models import School, SchoolSetting

AROUND = {"around_the_rule": True}


@dataclass(frozen=True)
class SchoolRules:
    """What a school has set, with its zone and signature."""

    zone: ZoneInfo
    signature: str
    values: dict[str, Value]

    def number(self, name: str) -> int:
        """A setting that is a whole number."""
        return int(self.values[name])  # type: ignore[arg-type]

    def decimal(self, name: str) -> Decimal:
        """A setting that is a number with a fraction."""
        return Decimal(self.values[name])  # type: ignore[arg-type]

    def span(self, name: str) -> timedelta:
        """A setting whose name ends in its unit: minutes, seconds or hours."""
        return timedelta(**{name.rsplit("_", 1)[1]: self.number(name)})

    def today(self, now: datetime) -> date:
        """The day that the school's calendar shows."""
        return now.astimezone(self.zone).date()

    def earliest(self, now: datetime) -> datetime:
        """`now`, or the end of the quiet hours."""
        if not self.values["quiet_hours"]:
            return now
        begin, end = self.values["quiet_from"], self.values["quiet_until"]
        assert isinstance(begin, time) and isinstance(end, time)
        return after_quiet_hours(now, begin, end, self.zone)


def rules_of(session: Session, school_ids: set[int]) -> dict[int, SchoolRules]:
    """The rules of these schools, by id; a default where a school's setting cannot be read. Two queries."""
    schools = session.scalars(select(School).where(School.id.in_(school_ids)), execution_options=AROUND).all()
    given = select(SchoolSetting.school_id, SchoolSetting.name, SchoolSetting.value).where(
        SchoolSetting.school_id.in_(school_ids)
    )
    values = {school.id: {name: setting_in_force(name, None) for name in DEFINITIONS} for school in schools}
    for school_id, name, value in session.execute(given, execution_options=AROUND):
        if name in DEFINITIONS:
            values[school_id][name] = setting_in_force(name, value)
    return {
        school.id: SchoolRules(zone_of(school.timezone), school.short_name, values[school.id]) for school in schools
    }


def number_and_day(session: Session, school_id: int, name: str, now: datetime) -> tuple[int, date]:
    """One setting that is a whole number, and the day that the school's calendar shows. One statement."""
    query = (
        select(School.timezone, SchoolSetting.value)
        .outerjoin(SchoolSetting, (SchoolSetting.school_id == School.id) & (SchoolSetting.name == name))
        .where(School.id == school_id)
    )
    zone, written = session.execute(query, execution_options=AROUND).one()
    value: Any = setting_in_force(name, written)
    return int(value), now.astimezone(zone_of(zone)).date()
