"""The summary sheet as a workbook and on paper; the paper carries the end of the chain."""

import json
from collections.abc import Sequence
from datetime import tzinfo
from io import BytesIO
from pathlib import Path
from typing import Any

import typst
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell

from app.services.summary_sheet import Column, Summary
from app.words import Word, _, language
from app.words.term_marks import KIND_WORDS, figure

PAPER = Path(__file__).with_name("summary.typ")
LONGEST_TITLE = 31  # of a sheet of a workbook
NOT_IN_A_TITLE = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def title_of(column: Column) -> str:
    """The term's name, or the kind of mark."""
    return column.term.name if column.term is not None else str(KIND_WORDS[column.kind])


def summary_xlsx(summary: Summary) -> bytes:
    """A workbook: a sheet for each term and for the year; marks that are numbers are numbers, texts only texts."""
    book = Workbook(write_only=True)
    taken: set[str] = set()
    for column in summary.columns:
        sheet = book.create_sheet(_sheet_title(title_of(column), taken))
        sheet.freeze_panes = "C2"
        heads: list[str | Word] = [_("No."), _("Student"), *(subject.name for subject in summary.subjects), _("Mean")]
        sheet.append([_text(sheet, head) for head in heads])
        for number, student in enumerate(summary.students, start=1):
            marks = [summary.mark(student.id, subject.id, column) for subject in summary.subjects]
            mean = summary.mean_of_student(student.id, column)
            cells = [_typed(sheet, mark) for mark in marks]
            sheet.append([number, _text(sheet, student.name), *cells, float(mean) if mean is not None else None])
        means = [summary.mean_of_subject(subject.id, column) for subject in summary.subjects]
        cells = [float(mean) if mean is not None else None for mean in means]
        sheet.append([None, _text(sheet, _("Mean")), *cells, None])
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet_title(name: str, taken: set[str]) -> str:
    clean = ILLEGAL_CHARACTERS_RE.sub("", name.translate(NOT_IN_A_TITLE)).strip()[:LONGEST_TITLE] or "—"
    number = 2
    title = clean
    while title.casefold() in taken:
        title = f"{clean[: LONGEST_TITLE - 4]} {number}"
        number += 1
    taken.add(title.casefold())
    return title


def _typed(sheet: Any, mark: str) -> Any:
    return int(mark) if mark.isascii() and mark.isdigit() else _text(sheet, mark)


def _text(sheet: Any, words: str | Word) -> Any:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", str(words)))
    cell.data_type = "s"  # text also where it begins with "="
    return cell


def summary_pdf(summary: Summary, school: str, zone: tzinfo, only: str | None = None) -> bytes:
    """A4 landscape, a page for each term (or the one whose key is `only`), with the chain's head on each."""
    at = f"{summary.head.at.astimezone(zone):%d.%m.%Y %H:%M}"
    told = _("End of the history: revision {number}, {hash}, {moment}", number=summary.head.number,
             hash=summary.head.hash, moment=at)  # fmt: skip
    teacher = summary.school_class.class_teacher
    words = {
        "language": language(),
        "school": school,
        "title": str(_("Summary sheet of class {name}, {year}", name=summary.school_class.name,
                       year=summary.school_class.academic_year.name)),
        "head": str(told),
        "sign": str(_("Class teacher: {name} ____________", name=teacher or "")),
    }  # fmt: skip
    pages = [_page(summary, column) for column in summary.columns if only is None or column.key == only]
    data = json.dumps({"words": words, "pages": pages}, ensure_ascii=False)
    made: bytes = typst.compile(
        PAPER.read_bytes(), sys_inputs={"data": data}, format="pdf", ignore_system_fonts=True, pdf_tags=True
    )
    return made


def _page(summary: Summary, column: Column) -> dict[str, Any]:
    rows = [
        [str(number), student.name]
        + [summary.mark(student.id, subject.id, column) for subject in summary.subjects]
        + [_mean(summary.mean_of_student(student.id, column))]
        for number, student in enumerate(summary.students, start=1)
    ]
    means: Sequence[str] = [_mean(summary.mean_of_subject(subject.id, column)) for subject in summary.subjects]
    return {
        "title": title_of(column),
        "heads": ["№", str(_("Student")), *(subject.name for subject in summary.subjects), str(_("Mean"))],
        "rows": [*rows, ["", str(_("Mean")), *means, ""]],
    }


def _mean(mean: Any) -> str:
    return "" if mean is None else figure(mean)
