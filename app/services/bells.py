"""When a class's lessons begin and end: by its own bell schedule, else by the school's usual one."""

from typing import Any

from sqlalchemy import func, or_, select

from app.models import BellPeriod, BellSchedule, SchoolClass


def bells_of_classes() -> Any:
    """A subquery of school_class_id, period, starts_at, ends_at; a period once, also by a school's slip."""
    usual = (
        SchoolClass.bell_schedule_id.is_(None)
        & BellSchedule.is_default
        & (BellSchedule.school_id == SchoolClass.school_id)
    )
    return (
        select(
            SchoolClass.id.label("school_class_id"),
            BellPeriod.period,
            func.min(BellPeriod.starts_at).label("starts_at"),
            func.min(BellPeriod.ends_at).label("ends_at"),
        )
        .join(BellSchedule, or_(BellSchedule.id == SchoolClass.bell_schedule_id, usual))
        .join(BellPeriod, BellPeriod.bell_schedule_id == BellSchedule.id)
        .group_by(SchoolClass.id, BellPeriod.period)
        .subquery()
    )
