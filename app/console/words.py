"""Words of the console: how long ago, what the workers do."""

from datetime import UTC, datetime, timedelta, tzinfo

from app.services.jobs import NOW, SLOTS, SLOW
from app.words import Word, _, language

QUEUE_WORDS = {NOW: _("at once"), SLOTS: _("digests and sweeps"), SLOW: _("imports and reports")}
RECORD_WORDS = {
    "mark": _("Marks"),
    "absence": _("Absences"),
    "remark": _("Remarks"),
    "homework": _("Homework"),
    "announcement": _("Announcements"),
    "term_mark": _("Term marks"),
    "event": _("Events"),
    "lesson": _("Lessons"),
}


def moment(value: datetime | None, zone: tzinfo) -> str:
    """A moment in the time zone of the pages: today by its time, another day with its date; "" where there is none."""
    if value is None:
        return ""
    local = value.astimezone(zone)
    is_today = local.date() == datetime.now(zone).date()
    return local.strftime("%H:%M:%S" if is_today else "%d.%m.%Y %H:%M")


def span_in_words(span: timedelta | None) -> Word | str:
    """A length of time, roughly: “4 min”."""
    if span is None:
        return ""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return _("{count} s", count=seconds)
    if seconds < 3_600:
        return _("{count} min", count=seconds // 60)
    if seconds < 86_400:
        return _("{count} h {minutes} min", count=seconds // 3_600, minutes=seconds % 3_600 // 60)
    return _("{count} d", count=seconds // 86_400)


def ago(value: datetime | None) -> Word:
    """How long ago: “4 min ago”; “never” where there is no moment."""
    if value is None:
        return _("never")
    return _("{span} ago", span=span_in_words(datetime.now(UTC) - value))


def number(value: float) -> str:
    """A figure with one place at most: “12.5”, “30”."""
    written = f"{float(value):.1f}".removesuffix(".0")
    return written.replace(".", ",") if language() == "ru" else written


def seconds_in_words(value: float | None) -> str:
    """Seconds, exact where they are few: “0.4 s”, “80 ms”; "" where there are none."""
    if value is None:
        return ""
    if value < 1:
        return str(_("{count} ms", count=round(value * 1000)))
    if value >= 60:
        return str(span_in_words(timedelta(seconds=float(value))))
    return str(_("{count} s", count=number(value)))
