"""What the journal's page shows of what was read: columns, lines, cells and why they are greyed, averages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape

from app.domain.averages import Averages, Given, is_number, reckoned
from app.domain.journal_cells import LETTERS, Cell
from app.domain.marks import MarkScale
from app.models import Term
from app.records.journal_cells import versions
from app.records.unlocking import is_open
from app.services.journal import Entries, Heading, Pupil
from app.services.scales import DEFAULT_SCALE
from app.session.actors import Actor
from app.words import Word, _, language

MISSED = ("absent", "ill", "excused")  # who is late was there
YEAR_KINDS = ("half_year", "year", "exam", "final")
WHY = {
    "cancelled": _("cancelled"),
    "holiday": _("holiday"),
    "group": _("another subgroup"),
    "not_yet": _("from {day}"),
    "left": _("left {day}"),
}


@dataclass
class Column:
    """One lesson of the journal."""

    lesson: Any
    is_mine: bool  # the person writes in it
    off: str  # why nobody writes in it: cancelled, holiday; empty: it is an ordinary one
    homework: list[Any] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.is_mine and not self.off

    @property
    def why_off(self) -> str:
        return str(self.lesson.holiday if self.off == "holiday" else WHY[self.off]) if self.off else ""

    @property
    def hundredths(self) -> int:
        """What a mark of the column's own work type weighs in averages; 0: it does not count (yet)."""
        weight = self.lesson.weight if self.lesson.weight is not None else self.lesson.work_type_weight or Decimal(1)
        return Given("", weight, self.lesson.counts and not self.lesson.draft).hundredths

    @property
    def homework_text(self) -> str:
        return self.homework[0].homework if self.homework else ""


@dataclass(frozen=True)
class Shown:
    """One cell: its text, its rows' versions, what its numbers weigh if not the column's weight, and how it looks."""

    text: str = ""
    versions: str = ""
    weights: str = ""
    look: str = ""
    numbers: tuple[tuple[int, int], ...] = ()  # the numbers in it with what they weigh


EMPTY, EMPTY_OFF = Shown(), Shown(look="is-off")


@dataclass
class Line:
    """One student's line."""

    number: int
    name: str
    student_id: int | None  # none: the person does not see the student (any more), who keeps the line all the same
    note: str
    cells: list[Shown]
    figures: Averages
    missed: dict[str, int]
    term_marks: dict[str, str]

    @property
    def missed_in_all(self) -> int:
        return sum(self.missed[reason] for reason in MISSED)


@dataclass(frozen=True)
class Journal:
    """The whole page."""

    columns: Sequence[Column]
    lines: Sequence[Line]
    term_kinds: Sequence[str]

    @property
    def is_open(self) -> bool:
        return any(column.is_mine for column in self.columns)


def scale_in(of: Heading) -> MarkScale:
    """What a mark of this journal may be."""
    scale = of.scale
    return MarkScale(scale.lowest, scale.highest, tuple(scale.words.split())) if scale is not None else DEFAULT_SCALE


def columns_of(rows: Iterable[Any], actor: Actor, term: Term) -> list[Column]:
    """The lessons, one column each; their homework comes as rows of its own."""
    may = all(actor.may("can_write", record) for record in ("mark", "absence"))
    columns: dict[int, Column] = {}
    for row in rows:
        if row.id not in columns:
            off = "cancelled" if row.state == "cancelled" else "holiday" if row.holiday else ""
            is_mine = may and actor.teaches(row) and is_open(actor, term, {row.school_class_id}, row.subject_id)
            columns[row.id] = Column(row, is_mine, off)
        if row.homework_id is not None:
            columns[row.id].homework.append(row)
    return list(columns.values())


def journal_shown(
    actor: Actor, of: Heading, term: Term, columns: list[Column], pupils: list[Pupil], entries: Entries
) -> Journal:
    """Students who were in the subgroup or have something in the journal; in a journal of the whole class, all."""
    group = of.subgroup.id if of.subgroup is not None else None
    has_entries = {student for _lesson, student in (*entries.marks, *entries.absences)}
    shown = [one for one in pupils if group is None or group in one.subgroup_ids or one.id in has_entries]
    lines = [_line(actor, number, one, term, columns, entries) for number, one in enumerate(shown, start=1)]
    is_last = term.id == of.terms[-1].id
    found = {kind for _student, kind in entries.term_marks}
    kinds = ["term", *(kind for kind in YEAR_KINDS if kind in found or (is_last and kind == "year"))]
    return Journal(columns, lines, kinds)


def _line(actor: Actor, number: int, pupil: Pupil, term: Term, columns: list[Column], entries: Entries) -> Line:
    is_seen = pupil.id in actor.student_ids or actor.runs(term.school_id)
    is_always = pupil.is_there(term.begins_on, term.ends_on)
    numbers: list[tuple[int, int]] = []
    missed, cells = dict.fromkeys(LETTERS, 0), []
    for column in columns:
        place = (column.lesson.id, pupil.id)
        marks, absence = entries.marks.get(place, ()), entries.absences.get(place)
        is_off = not is_seen or bool(column.off) or _is_elsewhere(column, pupil, is_always=is_always)
        if not marks and absence is None:
            cells.append(EMPTY_OFF if is_off else EMPTY)
            continue
        numbers += [(int(mark.value), mark.hundredths or 0) for mark in marks if is_number(mark.value)]
        if absence is not None:
            missed[absence.value] += 1
        cells.append(_cell(column, marks, absence, is_seen=is_seen, is_off=is_off))
    return Line(
        number,
        f"{pupil.surname} {pupil.given_name}",
        pupil.id if is_seen else None,
        _note(pupil, term),
        cells,
        reckoned(numbers),
        missed,
        {kind: row.value for (student, kind), row in entries.term_marks.items() if student == pupil.id},
    )


def _cell(column: Column, marks: Sequence[Any], absence: Any, *, is_seen: bool, is_off: bool) -> Shown:
    text = str(Cell(tuple(mark.value for mark in marks), absence.value if absence is not None else None))
    looks = ["is-off"] if is_off else []
    if absence is not None:
        looks.append("is-late" if absence.value == "late" else "is-away")
    if any(mark.draft for mark in marks):
        looks.append("is-draft")
    if any(mark.told for mark in marks) or (absence is not None and absence.told):
        looks.append("is-told")
    numbers = tuple((int(mark.value), mark.hundredths or 0) for mark in marks if is_number(mark.value))
    is_as_column = all(weight == column.hundredths for _value, weight in numbers)
    weights = "" if is_as_column else ",".join(str(weight) for _value, weight in numbers)
    return Shown(text, versions(marks, absence) if is_seen else "", weights, " ".join(looks), numbers)


def _is_elsewhere(column: Column, pupil: Pupil, *, is_always: bool) -> bool:
    group = column.lesson.subgroup_id
    is_other_group = group is not None and group not in pupil.subgroup_ids
    return is_other_group or (not is_always and pupil.away_on(column.lesson.date) is not None)


def row_html(line: Line, *, is_blank: bool) -> Markup:
    """The cells of a line. Made here and not in the template: there are two thousand of them on a page."""
    return Markup("".join(_td(cell, is_blank=is_blank) for cell in line.cells))


def _td(cell: Shown, *, is_blank: bool) -> str:
    if cell is EMPTY:
        return "<td></td>"
    told = (("class", cell.look), ("data-v", cell.versions), ("data-w", cell.weights))
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in told if value)
    return f"<td{attributes}>{'' if is_blank else escape(cell.text)}</td>"


def _note(pupil: Pupil, term: Term) -> str:
    """Beside the name: since when, or until when, the student is in the class, where that is a part of the term."""
    for day in (term.ends_on, term.begins_on):
        away = pupil.away_on(day)
        if away is not None and term.begins_on <= away[1] <= term.ends_on:
            return str(Word(WHY[away[0]].text, day=f"{away[1]:%d.%m}"))
    return ""


def decimal_words(value: Decimal | None) -> str:
    """A mean with two places, as the language writes it; empty where there is none.

    >>> decimal_words(Decimal("4.5")), decimal_words(None)
    ('4,50', '')
    """
    if value is None:
        return ""
    written = f"{value:.2f}"
    return written.replace(".", ",") if language() == "ru" else written


def column_means(journal: Journal) -> Iterator[str]:
    """Under each column the mean of its numbers, whatever they weigh."""
    for place in range(len(journal.columns)):
        numbers = ((value, 1) for line in journal.lines for value, _weight in line.cells[place].numbers)
        yield decimal_words(reckoned(numbers).mean)


def focused(columns: Sequence[Column], today: date) -> int | None:
    """The lesson to begin at: the first of today, else the last before it, else the first."""
    of_today = [column.lesson.id for column in columns if column.lesson.date == today]
    before = [column.lesson.id for column in columns if column.lesson.date < today]
    every = [column.lesson.id for column in columns]
    return next(iter([*of_today[:1], *before[-1:], *every[:1]]), None)
