"""Sums of money and months in words."""

from datetime import date
from decimal import Decimal

from babel.dates import format_skeleton
from babel.numbers import format_currency

from app.words import language


def money(amount: Decimal | None, currency: str) -> str:
    """A sum with the currency's sign: “1 234,50 ₽”; “—” where it is not known."""
    return "—" if amount is None else str(format_currency(amount, currency, locale=language()))


def month_words(month: date) -> str:
    """A month by its name: “ноябрь 2026 г.”."""
    return str(format_skeleton("yMMMM", month, locale=language()))
