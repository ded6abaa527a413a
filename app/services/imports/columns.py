"""Columns: what a workbook may tell, which header means which of it, and a row's cells read accordingly."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils import get_column_letter

from app.domain.errors import InvalidInput
from app.services.imports.cells import folded, text_of
from app.services.imports.plan import Problem
from app.services.imports.reading import Formula, Sheet, SheetRow
from app.words import LANGUAGES, Word, speaking

HEADER_WITHIN = 15  # rows: above it may stand the school's name and the like
NOT_USED = ""


@dataclass(frozen=True)
class Column:
    """One thing that a row tells."""

    name: str
    label: Word
    read: Callable[[Any], Any] = text_of
    required: bool = False
    aliases: tuple[str, ...] = ()
    sample: str = ""
    limit: int = 500  # characters
    instead: str = ""  # another column that tells the same


@dataclass(frozen=True)
class Line:
    """One row, read: field → value of the cells that were filled in and could be read."""

    number: int
    values: Mapping[str, Any]
    bad: frozenset[str]  # fields whose cell could not be read

    def get(self, name: str) -> Any:
        return self.values.get(name)


@dataclass
class Matched:
    """The header row, and which column means what."""

    row: int = 0
    headers: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)  # field → place
    problems: list[Problem] = field(default_factory=list)  # of the whole file

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "headers": self.headers, "places": self.places}


def header_key(text: str) -> str:
    """For comparing headers: letters and digits alone."""
    return "".join(sign for sign in folded(text) if sign.isalnum())[:200]


def known_headers(columns: Iterable[Column]) -> dict[str, str]:
    """Header → field: labels in every language, aliases, names."""
    known: dict[str, str] = {}
    for column in columns:
        said = [column.name, *column.aliases]
        for code in LANGUAGES:
            with speaking(code):
                said.append(str(column.label))
        for text in said:
            known.setdefault(header_key(text), column.name)
    return known


def match(columns: Sequence[Column], sheet: Sheet, remembered: Mapping[str, str], given: Mapping[str, str]) -> Matched:
    """Find the header row and what its columns mean: as the person said (`given`), else as remembered, else by name."""
    known = known_headers(columns) | dict(remembered)
    names = {column.name for column in columns}

    def fields_in(row: SheetRow) -> list[str]:
        return [known.get(header_key(_shown(cell)), NOT_USED) if cell is not None else NOT_USED for cell in row.cells]

    head = max(sheet.rows[:HEADER_WITHIN], key=lambda row: sum(1 for one in fields_in(row) if one in names))
    matched = Matched(head.number, [_shown(cell) for cell in head.cells])
    found = fields_in(head)
    for place, name in enumerate(found):
        name = given.get(str(place), name)
        if name not in names:
            continue
        if name in matched.places:
            first, second = get_column_letter(matched.places[name] + 1), get_column_letter(place + 1)
            label = next(column.label for column in columns if column.name == name)
            figures = {"column": str(label), "first": first, "second": second}
            matched.problems.append(Problem(head.number, name, "import.doubled_column", figures))
        else:
            matched.places[name] = place
    _note_missing(columns, matched)
    for text, top, bottom in sheet.merged:
        if bottom > head.number or top == bottom == head.number:
            matched.problems.append(Problem(max(top, head.number), "", "import.merged", {"range": text}))
    return matched


def _note_missing(columns: Sequence[Column], matched: Matched) -> None:
    for column in columns:
        if column.required and column.name not in matched.places and column.instead not in matched.places:
            figures = {"column": str(column.label)}
            matched.problems.append(Problem(matched.row, column.name, "import.missing_column", figures))


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    return cell.text if isinstance(cell, Formula) else text_of(cell)[:200]


def lines_of(columns: Sequence[Column], sheet: Sheet, matched: Matched, problems: list[Problem]) -> Iterable[Line]:
    """The rows under the header, read; what cannot be read is added to `problems`."""
    used = [(column, matched.places[column.name]) for column in columns if column.name in matched.places]
    for row in sheet.rows:
        if row.number <= matched.row:
            continue
        values, bad = {}, set()
        for column, place in used:
            cell = row.cells[place] if place < len(row.cells) else None
            if cell is None:
                continue
            try:
                values[column.name] = _read(column, cell)
            except InvalidInput as wrong:
                bad.add(column.name)
                problems.append(Problem(row.number, column.name, wrong.key, wrong.figures))
        if not values and not bad:
            continue
        for column in columns:
            given = column.name in values or column.name in bad or column.instead in values or column.instead in bad
            if column.required and not given:
                bad.add(column.name)
                problems.append(Problem(row.number, column.name, "required", {}))
        yield Line(row.number, values, frozenset(bad))


def _read(column: Column, cell: Any) -> Any:
    if isinstance(cell, Formula):
        raise InvalidInput("", "import.formula")
    if isinstance(cell, str) and cell.startswith("#") and cell.rstrip("!?").isupper() and cell[-1] in "!?АA":
        raise InvalidInput("", "import.formula")  # what a formula has left: #REF!, #N/A, #ЗНАЧ!
    value = column.read(cell)
    if isinstance(value, str) and len(value) > column.limit:
        raise InvalidInput("", "text.too_long", limit=column.limit, given=len(value))
    return value
