"""Words of sending: to whom, how far it came, why not."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Announcement, BellSchedule, SchoolClass, Subgroup
from app.services.circle import Came
from app.words import Word, _

CAME: dict[str, Word] = {
    Came.FAILED: _("not delivered"),
    Came.NO_WAY: _("no way by SMS"),
    Came.UNKNOWN: _("not known whether it arrived"),
    Came.ON_ITS_WAY: _("on its way"),
    Came.LATER: _("with the evening text"),
    Came.MAILED: _("by e-mail"),
    Came.READ: _("read in the diary"),
    Came.DELIVERED: _("delivered by SMS"),
}
WHY: dict[str, Word] = {
    "suspended": _("the number is suspended: nothing arrived there"),
    "paused": _("the SMS diary is paused"),
    "unconfirmed": _("the phone is not confirmed"),
    "no_phone": _("no phone is known"),
    "unwanted": _("does not want announcements by SMS"),
    "no_consent": _("has not agreed to urgent texts"),
    "withdrawn": _("the consent to urgent texts is withdrawn"),
    "no_subscription": _("has no SMS diary"),
}
EXAMPLES: dict[str, Word] = {
    "commonest": _("the commonest"),
    "longest": _("the longest"),
    "latin": _("in Latin letters"),
}


def circle_words(session: Session, rows: Sequence[Announcement]) -> dict[int, Any]:
    """For whom each of these is, in words. At most three statements."""
    classes = _named(session, SchoolClass, {one.school_class_id for one in rows})
    bells = _named(session, BellSchedule, {one.bell_schedule_id for one in rows})
    groups = _named(session, Subgroup, {one.subgroup_id for one in rows})
    return {one.id: _circle(one, classes, bells, groups) for one in rows}


def _circle(news: Announcement, classes: Any, bells: Any, groups: Any) -> Any:
    if news.subgroup_id is not None:
        return f"{classes.get(news.school_class_id, '')}, {groups.get(news.subgroup_id, '')}"
    if news.school_class_id is not None:
        return classes.get(news.school_class_id, "")
    if news.grade_level is not None:
        return _("all classes {level}", level=news.grade_level)
    if news.bell_schedule_id is not None:
        return bells.get(news.bell_schedule_id, "")
    return _("the whole school")


def _named(session: Session, model: Any, keys: set[int | None]) -> dict[int, str]:
    wanted = sorted(key for key in keys if key is not None)
    if not wanted:
        return {}
    return {row.id: row.name for row in session.execute(select(model.id, model.name).where(model.id.in_(wanted)))}
