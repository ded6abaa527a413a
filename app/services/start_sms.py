"""Whether texts go out, in one word for those who are no operators."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.sms_light import LONG_WAIT, Light
from app.services.line_troubles import troubles
from app.services.sms_figures import links, oldest_due


class Line(StrEnum):
    """How the SMS line does."""

    GOES = "goes"
    WAITS = "waits"  # texts are due and have not left for a while
    STANDS = "stands"  # no link sends now
    NONE = "none"  # there is no link
    SILENT = "silent"  # a link takes texts, and few of them are delivered
    STOPPED = "stopped"  # the month's budget is used up


@dataclass(frozen=True)
class SmsLine:
    """The word, and since when the oldest text waits where one does."""

    line: Line
    since: datetime | None


def sms_line(session: Session, school_ids: Collection[int]) -> SmsLine:
    """How the texts of these schools do, which the person sees whole."""
    now = datetime.now(UTC)
    oldest = oldest_due(session, now)
    since = now - oldest if oldest is not None else None
    told = [each for each in links(session, now, oldest) if each.light is not Light.GREY]
    if not told:
        return SmsLine(Line.NONE, since)
    if all(each.light is Light.RED or each.reason == "paused" for each in told):
        return SmsLine(Line.STANDS, since)
    if oldest is not None and oldest > LONG_WAIT:
        return SmsLine(Line.WAITS, since)
    wrong = troubles(session, school_ids, now)
    if wrong.is_silent or wrong.is_stopped:
        return SmsLine(Line.SILENT if wrong.is_silent else Line.STOPPED, None)
    return SmsLine(Line.GOES, None)
