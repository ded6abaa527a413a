"""What a school sets for itself: each setting's default, what it takes, and its meaning in app/words/settings.py."""

import re
from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from app.domain.errors import InvalidInput

Value = (
    int | time | bool | Decimal | str | tuple[str, ...]
)  # codes: first digits of numbers, none: all are allowed; roles: their names


@dataclass(frozen=True)
class Definition:
    """A setting: how it is read, its default as written, and its bounds (for numbers)."""

    kind: str  # minutes, seconds, days, count, decimal, time, yes_no, codes, roles, currency
    default: str
    lowest: int = 0
    highest: int = 100_000


DEFINITIONS: dict[str, Definition] = {
    "hold_back_minutes": Definition("minutes", "10", 0, 120),
    "old_news_days": Definition("days", "7", 0, 365),
    "quiet_from": Definition("time", "21:00"),
    "quiet_until": Definition("time", "08:00"),
    "quiet_hours": Definition("yes_no", "yes"),
    "immediate_valid_hours": Definition("count", "12", 1, 72),
    "digest_valid_hours": Definition("count", "24", 1, 72),
    "urgent_valid_hours": Definition("count", "24", 1, 72),
    "uncertain_grace_seconds": Definition("seconds", "180", 5, 3600),
    "longest_text_parts": Definition("count", "6", 1, 10),
    "sms_answers_a_day": Definition("count", "20", 20, 200),
    "codes_a_day": Definition("count", "10", 3, 50),
    "code_parts_a_day": Definition("count", "500", 10, 100_000),
    "codes_watched_from": Definition("count", "20", 5, 1000),
    "codes_used_percent": Definition("count", "30", 0, 90),
    "receipt_minutes": Definition("minutes", "3", 1, 60),
    "least_delivered_percent": Definition("count", "30", 0, 95),
    "pause_silent_link": Definition("yes_no", "no"),
    "email_fallback": Definition("yes_no", "no"),
    "confirmation_families": Definition("count", "50", 0, 100_000),
    "failures_to_suspend": Definition("count", "3", 0, 20),
    "sms_countries": Definition("codes", "7"),
    "currency": Definition("currency", "RUB"),
    "family_texts_a_month": Definition("count", "0", 0, 1000),
    "idle_lock_minutes": Definition("minutes", "15", 0, 240),
    "proof_minutes": Definition("minutes", "10", 1, 240),
    "shortest_password": Definition("count", "10", 8, 64),
    "invitation_days": Definition("days", "60", 1, 365),
    "free_edit_days": Definition("days", "14", 0, 3650),
    "threshold_5": Definition("decimal", "4.5", 4, 5),
    "threshold_4": Definition("decimal", "3.5", 3, 4),
    "threshold_3": Definition("decimal", "2.5", 2, 3),
    "least_marks_term": Definition("count", "3", 1, 50),
    "least_marks_half_year": Definition("count", "5", 1, 50),
    "debt_reminder_days": Definition("days", "1", 0, 14),
    "file_megabytes": Definition("count", "10", 1, 50),
    "files_megabytes": Definition("count", "5000", 10, 100_000),
    "load_minutes": Definition("minutes", "150", 30, 600),
    "remind_to_sign": Definition("yes_no", "yes"),
    "remind_of_lessons": Definition("yes_no", "no"),
    "show_ratings": Definition("yes_no", "yes"),
    "one_time_days": Definition("days", "14", 1, 90),
    "second_factor_roles": Definition(
        "roles", "school administrator, administrator of all schools, head, secretary, authority"
    ),
}

LONGEST_ROLE = 64
YES_NO = {"yes": True, "да": True, "no": False, "нет": False}
ALL, NONE = ("all", "все"), (("none",), ("нет",))
_DECIMAL = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")
_CURRENCY = re.compile(r"[a-z]{3}")
_CODES = re.compile(r"[1-9][0-9]{0,5}([,; ]+[1-9][0-9]{0,5})*")


def read_setting(name: str, written: str) -> Value:
    """The value as a number, a time, yes/no, numbers' first digits or names of roles.

    Raises InvalidInput on `name` or `value`, saying what is allowed.
    """
    definition = DEFINITIONS.get(name)
    if definition is None:
        raise InvalidInput("name", "setting.unknown")
    text = written.strip().lower()
    if definition.kind == "yes_no":
        if text not in YES_NO:
            raise InvalidInput("value", "setting.yes_no")
        return YES_NO[text]
    if definition.kind == "codes":
        text = text.replace("+", "")
        if not _CODES.fullmatch(text) and text not in ALL:
            raise InvalidInput("value", "setting.codes")
        return () if text in ALL else tuple(re.findall("[0-9]+", text))
    if definition.kind == "roles":
        return _roles(text)
    if definition.kind == "currency":
        if not _CURRENCY.fullmatch(text):
            raise InvalidInput("value", "setting.value", allowed="RUB, KZT, EUR, …")
        return text.upper()
    if definition.kind == "time":
        clock = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text)
        if clock is None:
            raise InvalidInput("value", "setting.time")
        return time(int(clock[1]), int(clock[2]))
    if definition.kind == "decimal":
        return _decimal(text, definition)
    if not text.isascii() or not text.isdigit() or not definition.lowest <= int(text) <= definition.highest:
        raise InvalidInput("value", "setting.value", allowed=f"{definition.lowest}–{definition.highest}")
    return int(text)


def _decimal(text: str, definition: Definition) -> Decimal:
    if _DECIMAL.fullmatch(text):
        value = Decimal(text.replace(",", "."))
        if definition.lowest <= value <= definition.highest:
            return value
    raise InvalidInput("value", "setting.value", allowed=f"{definition.lowest}–{definition.highest}")


def _roles(text: str) -> tuple[str, ...]:
    names = tuple(" ".join(name.split()) for name in text.split(","))
    if not all(0 < len(name) <= LONGEST_ROLE and name.isprintable() for name in names):
        raise InvalidInput("value", "setting.value", allowed="head, secretary / none")
    return () if names in NONE else names


def setting_in_force(name: str, written: str | None) -> Value:
    """The value that holds: the written one, or the default where there is none or it cannot be read.

    >>> setting_in_force("hold_back_minutes", "5"), setting_in_force("hold_back_minutes", "soon")
    (5, 10)
    """
    try:
        return read_setting(name, DEFINITIONS[name].default if written is None else written)
    except InvalidInput:
        return read_setting(name, DEFINITIONS[name].default)
