"""Values in words: how a day, a moment, a number and yes or no are written, the same on pages and in exports."""

from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from app.words import _, language

DAY = "%d.%m.%Y"
NOT_SHOWN = "•••"  # in place of what the person may not read
WEEKDAYS = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))


def day_words(day: date) -> str:
    """A day with its weekday: “чт 26.11.2026”."""
    return f"{WEEKDAYS[day.weekday()]} {day:{DAY}}"


def plain(value: Any, zone: tzinfo) -> str:
    """A value of which only the type is known."""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime(f"{DAY} %H:%M")
    if isinstance(value, date):
        return value.strftime(DAY)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, Decimal):
        written = format(value.normalize(), "f")
        return written.replace(".", ",") if language() == "ru" else written
    return str(value)
