"""Exports: what a list shows as CSV or XLSX, harmless in every spreadsheet program."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

import structlog
from flask import Response, send_file
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from sqlalchemy.orm import Session

from app.generator.fields import Field, Kind
from app.generator.listing import Asked, query_of, with_columns
from app.generator.showing import in_words
from app.session.engine import actor_of
from app.words import _, language

log = structlog.get_logger()

MOST_ROWS = 50_000
BATCH = 1_000
IN_MEMORY = 4 * 2**20  # octets; a larger file goes to the disk
FORMULA_SIGNS = "=+-@\t\r\n＝＋－＠"  # the last four are full-width: Excel in Japanese takes them too
UNSEEN = " \u00a0\u200b\u200c\u200d\u2060\ufeff\u3000"  # what a spreadsheet may skip before such a sign
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NUMBER_FORMATS = {Kind.DATE: "DD.MM.YYYY", Kind.MOMENT: "DD.MM.YYYY HH:MM", Kind.TIME: "HH:MM"}


def as_file(session: Session, asked: Asked, kind: str, zone: tzinfo) -> Response:
    """The rows that a list asks for as a file to keep; at most MOST_ROWS, and then its last line says so."""
    file = cast(BinaryIO, SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 (Flask closes it when it is sent)
    query = with_columns(query_of(session, asked), asked).limit(0 if asked.has_errors else MOST_ROWS + 1)
    with closing(session.scalars(query.execution_options(yield_per=BATCH))) as found:
        written = (write_csv if kind == "csv" else write_xlsx)(file, asked.columns, found, zone)
    file.seek(0)
    record = asked.record_type.name
    log.info("records.exported", record=record, rows=written, kind=kind, user=actor_of(session).user_id)
    name = f"{record}-{datetime.now(zone):%Y-%m-%d}.{kind}"
    return send_file(file, CSV_TYPE if kind == "csv" else XLSX_TYPE, as_attachment=True, download_name=name, max_age=0)


def write_csv(file: BinaryIO, columns: Sequence[Field], rows: Iterable[Any], zone: tzinfo) -> int:
    """UTF-8 with BOM, so that spreadsheets see the letters; `;` where the language writes 1,5. Rows written."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    out = csv.writer(text, delimiter=";" if language() == "ru" else ",", quoting=csv.QUOTE_ALL)
    out.writerow([str(column.label) for column in columns])
    written = 0
    for row in _limited(rows):
        if row is None:
            out.writerow([_cut_off()])
            break
        out.writerow([guarded(in_words(column, value_of(column, row), zone)) for column in columns])
        written += 1
    text.flush()
    text.detach()
    return written


def guarded(text: str) -> str:
    """A text that would begin a formula gets an apostrophe before it.

    >>> guarded("=HYPERLINK(1)"), guarded(" ＝1"), guarded("5-")
    ("'=HYPERLINK(1)", "' ＝1", '5-')
    """
    visible = text.lstrip(UNSEEN)
    return f"'{text}" if visible and visible[0] in FORMULA_SIGNS else text


def write_xlsx(file: BinaryIO, columns: Sequence[Field], rows: Iterable[Any], zone: tzinfo) -> int:
    """Numbers and days as such; every text typed as text, so that none is a formula. Rows written."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, str(column.label)) for column in columns])
    written = 0
    for row in _limited(rows):
        if row is None:
            sheet.append([_cell(sheet, _cut_off())])
            break
        sheet.append([_typed_cell(sheet, column, value_of(column, row), zone) for column in columns])
        written += 1
    book.save(file)
    return written


def value_of(column: Field, row: Any) -> Any:
    """The row's value; of a relation the related row, None where the person does not see it."""
    return getattr(row, column.name)


def _limited(rows: Iterable[Any]) -> Iterator[Any]:
    """The rows, and None in place of the first one too many."""
    for number, row in enumerate(rows):
        if number == MOST_ROWS:
            yield None
            return
        yield row


def _cut_off() -> str:
    return str(_("Only the first {count} rows; narrow the list to export the rest.", count=MOST_ROWS))


def _typed_cell(sheet: Any, column: Field, value: Any, zone: tzinfo) -> Any:
    if value is None:
        return None
    if column.kind in (Kind.WHOLE, Kind.DECIMAL) and isinstance(value, int | Decimal):
        return WriteOnlyCell(sheet, cast(Any, value))
    if isinstance(value, datetime):
        value = value.astimezone(zone).replace(tzinfo=None)
    if column.kind in NUMBER_FORMATS and isinstance(value, date | time):
        cell = WriteOnlyCell(sheet, cast(Any, value))
        cell.number_format = NUMBER_FORMATS[column.kind]
        return cell
    return _cell(sheet, in_words(column, value, zone))


def _cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"  # text also where it begins with "="
    return cell
