"""The template: an empty workbook with the columns of a kind, and beside it a sheet that shows how rows look."""

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from app.services.imports.columns import Column
from app.words import Word, _

AS_TEXT = "@"  # what is typed stays as it was typed: no phone becomes a number, no class a date
ROWS_AS_TEXT = 500


def template(columns: Sequence[Column], title: Word) -> bytes:
    """The workbook as XLSX, in the reader's language. Rows are read from its first sheet alone."""
    other_ways = {column.instead for column in columns}
    shown = [column for column in columns if column.name not in other_ways]
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = str(title)[:31]
    example = book.create_sheet(str(_("Example"))[:31])
    for page in (sheet, example):
        _head(page, shown)
    example.append([column.sample or None for column in shown])
    for row in sheet.iter_rows(min_row=2, max_row=ROWS_AS_TEXT, max_col=len(shown)):
        for cell in row:
            cell.number_format = AS_TEXT
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _head(page: Worksheet, columns: Sequence[Column]) -> None:
    page.append([f"{column.label} *" if column.required else str(column.label) for column in columns])
    for place, column in enumerate(columns, start=1):
        page.cell(1, place).font = Font(bold=True)
        page.column_dimensions[get_column_letter(place)].width = max(14, len(str(column.label)) + 4, len(column.sample))
    page.freeze_panes = "A2"
