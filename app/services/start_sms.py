"""Whether texts go out, in one word for those who are no operators."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.domain.sms_light import LONG_WAIT, Light
from app.services.sms_figures import links, oldest_due


class Line(StrEnum):
    """How the SMS line does."""

    GOES = "goes"
    WAITS = "waits"  # texts are due and have not left for a while
    STANDS = "stands"  # no link sends now
    NONE = "none"  # there is no link


@dataclass(frozen=True)
class SmsLine:
    """The word, and since when the oldest text waits where one does."""

    line: Line
    since: datetime | None


def sms_line(session: Session) -> SmsLine:
    """How the texts of the schools do that the person sees; three statements."""
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
    return SmsLine(Line.GOES, None)
