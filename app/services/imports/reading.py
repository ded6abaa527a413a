"""Reading: an uploaded file becomes rows of cells, or is refused in words; nothing in it is ever executed."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from app.domain.errors import InvalidInput

FIELD = "file"  # of the form that brings it
LARGEST_FILE = 12 * 2**20  # octets
LARGEST_UNPACKED = 200 * 2**20
MOST_PARTS = 2_000  # files inside a workbook
MOST_ROWS = 120_000
MOST_COLUMNS = 100
LONGEST_CELL = 2_000
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"%PDF", b"II*\0", b"MM\0*")
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)"')
BROKEN = (
    zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, IndexError,
    AttributeError, EOFError, OSError, NotImplementedError, SyntaxError, AssertionError, RuntimeError,
)  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula: what it comes to depends on who opens the file."""

    text: str


@dataclass(frozen=True)
class SheetRow:
    """One row of the file: its number there, from 1, and its cells."""

    number: int
    cells: tuple[Any, ...]  # str, int, float, bool, date, datetime, Formula or None


@dataclass
class Sheet:
    """The first sheet of a workbook that is not hidden, or a CSV file."""

    rows: list[SheetRow] = field(default_factory=list)  # those that are not empty
    merged: list[tuple[str, int, int]] = field(default_factory=list)  # range, first and last row


def read_file(content: bytes) -> Sheet:
    """The rows of an XLSX workbook's first visible sheet, or of a CSV file. Raises InvalidInput on `file`."""
    refuse_unreadable(content)
    sheet = _workbook(content) if content.startswith(ZIP) else _csv(content)
    if not sheet.rows:
        raise _refused("import.empty")
    return sheet


def refuse_unreadable(content: bytes) -> None:
    """Refuse what its size or its first octets show to be no workbook. Raises InvalidInput on `file`."""
    if not content.strip():
        raise _refused("import.empty")
    if len(content) > LARGEST_FILE:
        raise _refused("import.too_large", limit=LARGEST_FILE // 2**20)
    if content.startswith(OLE):
        raise _refused("import.password" if "EncryptedPackage".encode("utf-16-le") in content else "import.xls")
    if content.startswith(PICTURES):
        raise _refused("import.picture")


def _refused(key: str, **figures: Any) -> InvalidInput:
    return InvalidInput(FIELD, key, **figures)


def _workbook(content: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _check_parts(parts)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        try:
            seen = [one for one in book.worksheets if one.sheet_state == "visible"] or book.worksheets
            sheet: Any = seen[0]
            rows = list(_rows_of(sheet))
        finally:
            book.close()
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            merged = _merged(parts, sheet._worksheet_path)
    except BROKEN as broken:
        raise _refused("import.broken") from broken
    return Sheet(rows, merged)


def _check_parts(parts: zipfile.ZipFile) -> None:
    """Sizes are as the archive tells them; zipfile reads no octet more of a part than is told."""
    told = parts.infolist()
    if len(told) > MOST_PARTS or sum(part.file_size for part in told) > LARGEST_UNPACKED:
        raise _refused("import.bomb")
    names = {part.filename for part in told}
    if any(part.flag_bits & 1 for part in told):
        raise _refused("import.password")
    if not any(name.startswith("xl/worksheets/") for name in names):
        raise _refused("import.no_workbook")


def _merged(parts: zipfile.ZipFile, path: str) -> list[tuple[str, int, int]]:
    """Merged ranges of the sheet at `path`; the rows that openpyxl streams do not tell them. They stand at the end."""
    found, tail = [], b""
    with parts.open(path.lstrip("/")) as opened:
        while piece := opened.read(2**20):
            text = tail + piece
            cut = text.rfind(b">") + 1
            for match in MERGED.finditer(text[:cut]):
                left, top, right, bottom = (part.decode() for part in match.groups())
                found.append((f"{left}{top}:{right}{bottom}", int(top), int(bottom)))
            tail = text[cut:][-1000:]
    return found


def _rows_of(sheet: Any) -> Iterator[SheetRow]:
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    count = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        cells = tuple(_cell_of(cell) for cell in row)
        if any(cell is not None for cell in cells):
            count += 1
            if count > MOST_ROWS:
                raise _refused("import.too_many_rows", limit=MOST_ROWS)
            yield SheetRow(number, cells)


def _cell_of(cell: Any) -> Any:
    value = cell.value
    if value is None:
        return None
    if cell.data_type == "f":
        return Formula(str(value)[:100])
    if isinstance(value, str):
        return value.strip()[: LONGEST_CELL + 1] or None
    return value


def _csv(content: bytes) -> Sheet:
    text = _decoded(content)
    lines = text.splitlines()
    head = next((line for line in lines[:10] if line.strip()), "")
    delimiter = max(";,\t", key=head.count)
    rows = []
    csv.field_size_limit(1_000_000)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            if any(cell.strip() for cell in row):
                rows.append(SheetRow(number, tuple(_csv_cell(cell) for cell in row[:MOST_COLUMNS])))
            if len(rows) > MOST_ROWS:
                raise _refused("import.too_many_rows", limit=MOST_ROWS)
    except csv.Error as broken:
        raise _refused("import.broken") from broken
    return Sheet(rows)


def _csv_cell(cell: str) -> Any:
    """An apostrophe that our own exports put before what would begin a formula goes again."""
    text = cell.strip()
    if len(text) > 1 and text[0] == "'" and text[1] in "=+-@":
        text = text[1:]
    return text[: LONGEST_CELL + 1] or None


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, else the Russian Windows encoding. Raises InvalidInput where it is no text."""
    if b"\0" in content:
        raise _refused("import.no_workbook")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    text = content.decode("cp1251", "replace")
    strange = sum(1 for sign in text[:20_000] if ord(sign) < 32 and sign not in "\r\n\t") + text[:20_000].count(
        "\ufffd"
    )
    if strange > 5:
        raise _refused("import.no_workbook")
    return text
