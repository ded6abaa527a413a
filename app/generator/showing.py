"""Showing: a value in words, the same on pages, in the history and in exports."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

from app.generator.fields import Field, Kind
from app.words.values import NOT_SHOWN, plain


def in_words(field: Field, value: Any, zone: tzinfo) -> str:
    """The value as people read it; "" where there is none, or what that means.

    A related row that the person does not see is none.
    """
    if field.kind is Kind.HIDDEN:
        return NOT_SHOWN
    if value is None or (value == "" and field.empty is not None):
        return str(field.empty or "")
    if field.kind is Kind.SECRET:
        return NOT_SHOWN
    if field.kind is Kind.CHOICE:
        return str(field.choices.get(value, value))
    if field.kind is Kind.CHOICES and isinstance(value, Sequence):
        return ", ".join(str(field.choices.get(each, each)) for each in value)
    if field.kind is Kind.KEYS and isinstance(value, Sequence):
        return ", ".join(str(each) for each in value)
    return plain(value, zone)


def from_history(field: Field, value: Any) -> Any:
    """A value as the history keeps it (JSON) as the column has it, so that `in_words` can say it."""
    if value is None:
        return None
    try:
        if field.kind is Kind.DATE:
            return date.fromisoformat(value)
        if field.kind is Kind.TIME:
            return time.fromisoformat(value)
        if field.kind is Kind.MOMENT:
            return datetime.fromisoformat(value).astimezone(UTC)
        if field.kind is Kind.DECIMAL:
            return Decimal(value)
    except (ValueError, TypeError, ArithmeticError):  # an older form of the column: shown as it was kept
        return value
    return value
