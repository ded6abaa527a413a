"""The report of what texts have cost, as a workbook and on paper."""

from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

from app.services.letters import printed
from app.services.money_report import Report, Row
from app.words import Word, _, language
from app.words.money import money, month_words
from app.words.sms_kinds import KIND_WORDS

PAPER = Path(__file__).with_name("money.typ")
NO_CLASS, NO_LINK = _("of no class"), _("not sent yet")
HEADS = (_("Month"), _("Class"), _("Kind"), _("SMS link"), _("Number of texts"), _("Parts"), _("Cost"))


def names_of(row: Row) -> tuple[str, str, str, str]:
    """Month, class, kind and link in words."""
    return (
        month_words(row.month),
        row.class_name or str(NO_CLASS),
        str(KIND_WORDS.get(row.kind, row.kind)),
        row.link or str(NO_LINK),
    )


def report_xlsx(told: Report, currency: str) -> bytes:
    """One sheet: a row for each month, class, kind and link, and their sum; figures are numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(str(_("Cost of texts"))[:31])
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFG", (18, 12, 14, 24, 10, 10, 18), strict=True):
        sheet.column_dimensions[letter].width = width
    heads = [*HEADS[:-1], _("Cost, {currency}", currency=currency)]
    sheet.append([_text(sheet, head) for head in heads])
    for row in told.rows:
        sheet.append([*(_text(sheet, name) for name in names_of(row)), row.texts, row.parts, _sum(sheet, row.cost)])
    whole = told.whole
    sheet.append([_text(sheet, _("Sum")), None, None, None, whole.texts, whole.parts, _sum(sheet, whole.cost)])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _text(sheet: Any, words: str | Word) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", str(words)))
    cell.data_type = "s"  # text also where it begins with "="
    return cell


def _sum(sheet: Any, cost: Decimal) -> Any:
    value: Any = cost
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = "#,##0.00"
    return cell


def report_pdf(told: Report, school: str, currency: str) -> bytes:
    """A4, as many pages as it takes."""
    whole = told.whole
    rows = [[*names_of(row), str(row.texts), str(row.parts), money(row.cost, currency)] for row in told.rows]
    return printed(
        PAPER,
        {
            "language": language(),
            "school": school,
            "title": f"{_('Cost of texts')}: {period_words(told)}",
            "heads": [str(head) for head in HEADS],
            "rows": rows,
            "sum": [str(_("Sum")), "", "", "", str(whole.texts), str(whole.parts), money(whole.cost, currency)],
        },
    )


def period_words(told: Report) -> str:
    """The month, or the first and the last one."""
    first, last = month_words(told.first), month_words(told.last)
    return first if first == last else f"{first} – {last}"
