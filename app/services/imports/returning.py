"""Returning: the file that was brought, with what its check has found; every cell is text, so none is a formula."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, cast

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from app.services.imports.reading import Formula, read_file

BAD = PatternFill("solid", fgColor="FFFFC7CE")
AUTHOR = "Звонок"
DAY_FORMAT, MOMENT_FORMAT = "DD.MM.YYYY", "DD.MM.YYYY HH:MM"
LONGEST_COMMENT = 1_000


def written_back(
    content: bytes,
    head: int,
    title: str,
    states: Mapping[int, str],
    notes: Mapping[int, Sequence[tuple[int | None, str]]],
) -> bytes:
    """The rows where they stood, before them a column with their states; notes (place, words) as comments.

    `head` is the row of the headers; a note without a place, or of one that is not there, stands by the state.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.column_dimensions["A"].width = 22
    written = 0
    for row in read_file(content).rows:
        for _gap in range(row.number - written - 1):
            sheet.append([])
        written = row.number
        first = title if row.number == head else states.get(row.number, "")
        cells = [_cell(sheet, first), *(_cell(sheet, value) for value in row.cells)]
        if row.number == head:
            cells[0].font = Font(bold=True)
        for place, words in notes.get(row.number, ()):
            at = place + 1 if place is not None and place + 1 < len(cells) else 0
            _comment(cells[at], words)
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _comment(cell: Any, words: str) -> None:
    known = f"{cell.comment.text}\n" if cell.comment is not None else ""
    cell.comment = Comment((known + words)[:LONGEST_COMMENT], AUTHOR, width=320, height=90)
    cell.fill = BAD


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, datetime | date | time) or (isinstance(value, int | float) and not isinstance(value, bool)):
        cell = WriteOnlyCell(sheet, cast("Any", value))
        if isinstance(value, datetime):
            cell.number_format = DAY_FORMAT if value.time() == time(0) else MOMENT_FORMAT
        return cell
    text = "" if value is None else value.text if isinstance(value, Formula) else str(value)
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    return cell
