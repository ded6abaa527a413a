"""A school's own settings, read with their defaults."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.settings import DEFINITIONS, Value, setting_in_force
from app.domain.slots import after_quiet_hours, zone_of
from app.models import School, SchoolSetting
from app.session.engine import actor_of

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

    def word(self, name: str) -> str:
        """A setting that is a code, such as the currency."""
        return str(self.values[name])

    def span(self, name: str) -> timedelta:
        """A setting whose name ends in its unit: minutes, seconds or hours."""
        return timedelta(**{name.rsplit("_", 1)[1]: self.number(name)})

    def today(self, now: datetime) -> date:
        """The day that the school's calendar shows."""
        return now.astimezone(self.zone).date()

    def earliest(self, now: datetime, own_from: time | None = None, own_until: time | None = None) -> datetime:
        """`now`, or the end of the school's quiet hours and of a family's own, which may follow each other."""
        moment = now
        for _ in range(2):
            if own_from is not None and own_until is not None:
                moment = after_quiet_hours(moment, own_from, own_until, self.zone)
            if self.values["quiet_hours"]:
                begin, end = self.values["quiet_from"], self.values["quiet_until"]
                assert isinstance(begin, time) and isinstance(end, time)
                moment = after_quiet_hours(moment, begin, end, self.zone)
        return moment


def rules_of(session: Session, school_ids: set[int]) -> dict[int, SchoolRules]:
    """The rules of these schools, by id; a default where a school's setting cannot be read. One query."""
    query = (
        select(School.id, School.timezone, School.short_name, SchoolSetting.name, SchoolSetting.value)
        .outerjoin(SchoolSetting, SchoolSetting.school_id == School.id)
        .where(School.id.in_(school_ids))
    )
    found: dict[int, SchoolRules] = {}
    for school_id, zone, signature, name, value in session.execute(query, execution_options=AROUND):
        if school_id not in found:
            usual = {each: setting_in_force(each, None) for each in DEFINITIONS}
            found[school_id] = SchoolRules(zone_of(zone), signature, usual)
        if name in DEFINITIONS:
            found[school_id].values[name] = setting_in_force(name, value)
    return found


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


def school_day(session: Session, school_id: int) -> date:
    """The day that the school's calendar shows now. No statement where the person may correct in its journals."""
    now = datetime.now(UTC)
    known = actor_of(session).correcting.get(school_id)  # it came with the person's keys
    zone = (
        known[1]
        if known is not None
        else session.scalar(select(School.timezone).where(School.id == school_id), execution_options=AROUND)
    )
    return now.astimezone(zone_of(zone or "")).date()


def schools_of(session: Session, now: datetime) -> dict[int, date]:
    """Every school, with the day that its calendar shows."""
    rows = session.execute(select(School.id, School.timezone), execution_options=AROUND)
    return {row.id: now.astimezone(zone_of(row.timezone)).date() for row in rows}
