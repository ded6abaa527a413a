"""Marks: what a scale takes."""

from dataclasses import dataclass

from app.domain.errors import InvalidInput


@dataclass(frozen=True)
class MarkScale:
    """Whole numbers from the lowest to the highest, and words such as зч or н/а."""

    lowest: int
    highest: int
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        """What the scale takes, as a person reads it.

        >>> str(MarkScale(2, 5, ("зч", "н/а")))
        '2–5, зч, н/а'
        """
        return ", ".join((f"{self.lowest}–{self.highest}", *self.words))


def mark_value(written: str, scale: MarkScale) -> str:
    """The mark as the scale writes it. Raises InvalidInput on `value`, saying what the scale takes.

    >>> mark_value(" 5 ", MarkScale(2, 5))
    '5'
    >>> mark_value("ЗЧ", MarkScale(2, 5, ("зч",)))
    'зч'
    """
    text = written.strip()
    for word in scale.words:
        if text.casefold() == word.casefold():
            return word
    if text.isascii() and text.isdigit() and len(text) <= 3 and scale.lowest <= int(text) <= scale.highest:
        return str(int(text))
    raise InvalidInput("value", "mark.out_of_scale", allowed=str(scale), given=text[:20])
