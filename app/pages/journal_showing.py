"""What the journal's page shows of what was read: columns, lines, cells and why they are greyed, averages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from app.domain.averages import Averages, Given, is_number, reckoned
from app.domain.journal_cells import LETTERS, Cell
from app.domain.marks import MarkScale
from app.models import Term
from app.pages.journal_term_block import Block, TermCell
from app.records.journal_places import versions
from app.records.unlocking import is_open
from app.services.journal import Entries, Heading, Pupil
from app.services.scales import DEFAULT_SCALE
from app.session.actors import Actor
from app.words import Word, _, language
from app.words.values import day_words

NO_MARKS: Sequence[Any] = ()
NO_DEBTS: Sequence[int] = ()
NO_NOTICES: frozenset[tuple[int, int]] = frozenset()
MISSED = ("absent", "ill", "excused")  # who is late was there
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
    weights: dict[int, int] = field(default_factory=dict)  # of its marks by their work types, in hundredths

    @cached_property
    def id(self) -> int:
        return int(self.lesson.id)

    @cached_property
    def subgroup_id(self) -> int | None:
        found: int | None = self.lesson.subgroup_id
        return found

    @property
    def is_open(self) -> bool:
        return self.is_mine and not self.off

    @cached_property
    def day(self) -> str:
        return f"{self.lesson.date:%d.%m}"

    @cached_property
    def day_in_full(self) -> str:
        return day_words(self.lesson.date)

    @cached_property
    def period(self) -> str:
        return str(_("lesson {period}", period=self.lesson.period))

    @property
    def why_off(self) -> str:
        return str(self.lesson.holiday if self.off == "holiday" else WHY[self.off]) if self.off else ""

    @cached_property
    def hundredths(self) -> int:
        """What a mark of the column's own work type weighs in averages; 0: it does not count (yet)."""
        weight = self.lesson.weight if self.lesson.weight is not None else self.lesson.work_type_weight or Decimal(1)
        return Given("", weight, self.lesson.counts and not self.lesson.draft).hundredths

    @property
    def homework_text(self) -> str:
        """That which is for everybody of the lesson; what is for named students stands on the lesson's own page."""
        return next((row.homework for row in self.homework if not row.homework_named), "")

    @property
    def bring(self) -> str:
        """What everybody is to bring to the lesson that the homework is due in."""
        return next((row.homework_bring for row in self.homework if not row.homework_named), "")


class Shown(NamedTuple):
    """One cell: its text, its rows' versions, what its numbers weigh if not the column's weight, and how it looks."""

    text: str = ""
    versions: str = ""
    weights: str = ""
    look: str = ""
    numbers: tuple[tuple[int, int], ...] = ()  # the numbers in it with what they weigh


EMPTY, EMPTY_OFF, ANNOUNCED = Shown(), Shown(look="is-off"), Shown(look="is-announced")


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
    term_cells: list[TermCell]

    @property
    def missed_in_all(self) -> int:
        return sum(self.missed[reason] for reason in MISSED)


@dataclass(frozen=True)
class Journal:
    """The whole page."""

    columns: Sequence[Column]
    lines: Sequence[Line]
    block: Block

    @property
    def is_open(self) -> bool:
        return self.block.is_open or any(column.is_mine for column in self.columns)


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
    actor: Actor, of: Heading, block: Block, columns: list[Column], pupils: list[Pupil], entries: Entries
) -> Journal:
    """Students who were in the subgroup or have something in the journal; in a journal of the whole class, all."""
    for column in columns:
        column.weights = _weights(column.lesson, entries.weights)
    group = of.subgroup.id if of.subgroup is not None else None
    has_entries = {student for _lesson, student in (*entries.marks, *entries.absences, *entries.debts)}
    shown = [one for one in pupils if group is None or group in one.subgroup_ids or one.id in has_entries]
    lines = [_line(actor, number, one, block, columns, entries) for number, one in enumerate(shown, start=1)]
    return Journal(columns, lines, block)


def _weights(lesson: Any, by_work_type: dict[int, int]) -> dict[int, int]:
    """What a published mark of the lesson weighs, by its work type: nothing, what the lesson says, or as it is."""
    if not lesson.counts:
        return dict.fromkeys(by_work_type, 0)
    return by_work_type if lesson.weight is None else dict.fromkeys(by_work_type, int(lesson.weight * 100))


def _line(actor: Actor, number: int, pupil: Pupil, block: Block, columns: list[Column], entries: Entries) -> Line:
    term = block.term
    is_seen = pupil.id in actor.student_ids or actor.runs(term.school_id)
    is_always = pupil.is_there(term.begins_on, term.ends_on)
    numbers: list[tuple[int, int]] = []
    missed, cells = dict.fromkeys(LETTERS, 0), []
    announced = entries.announced if actor.may("can_read", "absence_notice") else NO_NOTICES
    student, marks_in, absence_in, debts_in = pupil.id, entries.marks.get, entries.absences.get, entries.debts.get
    for column in columns:
        place = (column.id, student)
        marks, absence, debts = marks_in(place, NO_MARKS), absence_in(place), debts_in(place, NO_DEBTS)
        is_off = not is_seen or bool(column.off)
        if not is_off and not (is_always and column.subgroup_id is None):
            is_off = _is_elsewhere(column, pupil, is_always=is_always)
        if not (marks or debts) and absence is None:
            cells.append(EMPTY_OFF if is_off else ANNOUNCED if place in announced else EMPTY)
            continue
        if absence is not None:
            missed[absence.value] += 1
        is_plain = absence is None and not debts and len(marks) == 1
        if is_plain and not (is_off or marks[0].draft or marks[0].told):
            cell = _of_one_mark(column, marks[0])
        else:
            cell = _cell(column, marks, absence, debts, is_seen=is_seen, is_off=is_off)
        if place in announced:
            cell = cell._replace(look=f"{cell.look} is-announced".strip())
        numbers += cell.numbers
        cells.append(cell)
    return Line(
        number,
        f"{pupil.surname} {pupil.given_name}",
        pupil.id if is_seen else None,
        _note(pupil, term),
        cells,
        reckoned(numbers),
        missed,
        block.cells_of(pupil, is_seen=is_seen),
    )


def _cell(
    column: Column, marks: Sequence[Any], absence: Any, debts: Sequence[int], *, is_seen: bool, is_off: bool
) -> Shown:
    values, reason = tuple(mark.value for mark in marks), absence.value if absence is not None else None
    text = str(Cell(values, reason, bool(debts)))
    looks = ["is-off"] if is_off else []
    if absence is not None:
        looks.append("is-late" if absence.value == "late" else "is-away")
    if debts:
        looks.append("has-dot")
    if any(mark.draft for mark in marks):
        looks.append("is-draft")
    if any(mark.told for mark in marks) or (absence is not None and absence.told):
        looks.append("is-told")
    weighed = [(mark.value, 0 if mark.draft else column.weights[mark.work_type_id]) for mark in marks]
    numbers = tuple((int(value), weight) for value, weight in weighed if is_number(value))
    is_as_column = all(weight == column.hundredths for _value, weight in numbers)
    weights = "" if is_as_column else ",".join(str(weight) for _value, weight in numbers)
    return Shown(text, versions(marks, absence, debts) if is_seen else "", weights, " ".join(looks), numbers)


def _of_one_mark(column: Column, mark: Any) -> Shown:
    """A cell that holds one mark and nothing else, as nearly all of a full page do: short, for there are thousands."""
    weight = column.weights[mark.work_type_id]
    numbers = _numbers(mark.value, weight)
    weights = "" if weight == column.hundredths or not numbers else str(weight)
    return Shown._make((mark.value, f"{mark.id}.{mark.version}", weights, "", numbers))


@lru_cache(1000)
def _numbers(value: str, weight: int) -> tuple[tuple[int, int], ...]:
    return ((int(value), weight),) if is_number(value) else ()


def _is_elsewhere(column: Column, pupil: Pupil, *, is_always: bool) -> bool:
    group = column.subgroup_id
    is_other_group = group is not None and group not in pupil.subgroup_ids
    return is_other_group or (not is_always and pupil.away_on(column.lesson.date) is not None)


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
    if not journal.lines:
        yield from [""] * len(journal.columns)
    for cells in zip(*(line.cells for line in journal.lines), strict=True):
        yield decimal_words(reckoned([(value, 1) for cell in cells for value, _weight in cell.numbers]).mean)


def focused(columns: Sequence[Column], today: date) -> int | None:
    """The lesson to begin at: the first of today, else the last before it, else the first."""
    of_today = [column.lesson.id for column in columns if column.lesson.date == today]
    before = [column.lesson.id for column in columns if column.lesson.date < today]
    every = [column.lesson.id for column in columns]
    return next(iter([*of_today[:1], *before[-1:], *every[:1]]), None)
