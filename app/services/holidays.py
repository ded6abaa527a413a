"""Days on which a school rests."""

from typing import Any

from sqlalchemy import Select, select

from app.models import Holiday


def holiday_on(school_id: Any, day: Any) -> Select[str]:
    """The name of a holiday that the day lies in, as a query; both may be columns."""
    return (
        select(Holiday.name)
        .where(Holiday.school_id == school_id, Holiday.begins_on <= day, Holiday.ends_on >= day)
        .order_by(Holiday.id)
        .limit(1)
    )
