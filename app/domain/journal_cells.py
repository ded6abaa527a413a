"""A cell of the journal as it is typed: marks with a slash between them, a letter for an absence, a dot for a debt."""

import re
from dataclasses import dataclass

from app.domain.errors import InvalidInput
from app.domain.marks import MarkScale, mark_value

LETTERS = {"absent": "н", "ill": "б", "excused": "у", "late": "о"}  # as the paper journal writes them
REASONS = {letter: reason for reason, letter in LETTERS.items()}
TWINS = {"h": "н", "n": "н", "b": "б", "y": "у", "u": "у", "o": "о", "п": "у"}  # typed for them; п: "по причине"
DOT = "."
LONGEST = 40
MOST_MARKS = 4


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: marks in their order, the reason of an absence, and whether a work is still owed."""

    marks: tuple[str, ...] = ()
    reason: str | None = None
    dot: bool = False

    def __str__(self) -> str:
        """As the journal shows it.

        >>> str(Cell(("5", "4"), "late")), str(Cell((), "absent")), str(Cell()), str(Cell(("3",), None, True))
        ('5/4 о', 'н', '', '3 .')
        """
        parts = ("/".join(self.marks), LETTERS.get(self.reason or "", ""), DOT if self.dot else "")
        return " ".join(part for part in parts if part)


def read_cell(typed: str, scale: MarkScale) -> Cell:
    """The cell that a person means. Raises InvalidInput on `text`, saying what the scale takes.

    >>> scale = MarkScale(2, 5, ("зч", "нз", "н/а"))
    >>> [str(read_cell(typed, scale)) for typed in (" 5/4 О ", "H", "н/а", "4/н/а", "", "зч б", "5.", "н .")]
    ['5/4 о', 'н', 'н/а', '4/н/а', '', 'зч б', '5 .', 'н .']
    """
    if len(typed) > LONGEST:
        raise _not_taken(typed, scale)
    marks: list[str] = []
    reason: str | None = None
    dot = False
    for part in re.split(r"[\s,;]+", typed.strip()):
        rest = part
        if part.endswith(DOT) and part not in scale.words:
            dot, rest = True, part[: -len(DOT)]
        while rest:
            one, rest = _first(rest, scale)
            letter = one.casefold()
            found = REASONS.get(TWINS.get(letter, letter))
            if found is not None and one not in scale.words:
                if reason is not None and reason != found:
                    raise _not_taken(typed, scale)
                reason = found
            else:
                marks.append(_mark(one, typed, scale))
    if len(marks) > MOST_MARKS:
        raise InvalidInput("text", "cell.too_many", most=MOST_MARKS)
    return Cell(tuple(marks), reason, dot)


def _first(written: str, scale: MarkScale) -> tuple[str, str]:
    """The first mark of several, and the rest: a word of the scale may hold a slash itself."""
    for word in sorted(scale.words, key=len, reverse=True):
        if written.casefold() == word.casefold() or written.casefold().startswith(f"{word.casefold()}/"):
            return word, written[len(word) + 1 :]
    one, _, rest = written.partition("/")
    return one, rest


def _mark(one: str, typed: str, scale: MarkScale) -> str:
    try:
        return mark_value(one, scale)
    except InvalidInput:
        raise _not_taken(typed, scale) from None


def _not_taken(typed: str, scale: MarkScale) -> InvalidInput:
    return InvalidInput("text", "cell.not_taken", allowed=str(scale), given=typed.strip()[:20])


def changes(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[int, int, int]:
    """What of `old` became what of `new`: how many stay in front, and how many of each stand between the equal ends.

    >>> changes(("5", "4"), ("5", "3", "4")), changes(("5",), ("4",)), changes(("5", "4"), ("4",))
    ((1, 1, 2), (0, 1, 1), (0, 1, 0))
    """
    front = 0
    while front < min(len(old), len(new)) and old[front] == new[front]:
        front += 1
    back = 0
    while back < min(len(old), len(new)) - front and old[-1 - back] == new[-1 - back]:
        back += 1
    if len(new) > len(old):  # what comes stands behind what is there: so the order stays as typed
        back = 0
    return front, len(old) - front - back, len(new) - front - back
