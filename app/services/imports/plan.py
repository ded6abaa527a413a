"""The plan: what an import would add and change, row by row, what is wrong, and what a person must decide."""

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.models.base import Table

ADD, CHANGE, LEAVE = "add", "change", "leave"
MOST_TOLD = 1_000  # rows of each sort that are kept for the page
NEW = "new"


class Ref(str):
    """The draft of this name, in place of a record that does not stand yet."""


@dataclass
class Draft:
    """A record as it will be; without `record` it is added. A Ref there: what another draft adds is set further."""

    ref: Ref
    model: type[Table]
    values: dict[str, Any] = field(default_factory=dict)  # columns, and relations: a record or the Ref of a draft
    record: Table | Ref | None = None
    shared: bool = False  # other rows point to it
    words: str = ""  # what it changes, where the names of its columns would not tell


@dataclass
class PlannedRow:
    """What one row of the file does."""

    number: int
    what: str  # add, change, leave
    words: str  # whom or what it is about, and what changes
    drafts: list[Draft] = field(default_factory=list)
    replaces: bool = False  # though it adds: something that stands gets another value


@dataclass(frozen=True)
class Problem:
    """What is wrong at a row, or with the whole file; words by app/words/errors.py."""

    row: int
    field: str
    key: str
    figures: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        figures = {name: value if isinstance(value, int) else str(value) for name, value in self.figures.items()}
        return {"row": self.row, "field": self.field, "key": self.key, "figures": figures}


@dataclass(frozen=True)
class Doubt:
    """A row that may be about somebody who stands already: a person decides."""

    key: str
    row: int
    who: str
    options: list[tuple[int, str]]  # the ids of those who may be meant, and what tells them apart
    may_be_new: bool = True
    decided: str = ""  # NEW or the id of the one who is meant

    def as_json(self) -> dict[str, Any]:
        told = {"key": self.key, "row": self.row, "who": self.who, "options": self.options}
        return told | {"may_be_new": self.may_be_new, "decided": self.decided}


@dataclass
class Plan:
    """All rows of a file."""

    rows: list[PlannedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    decided: list[Doubt] = field(default_factory=list)  # doubts no more; the decision may be taken back
    notes: dict[str, None] = field(default_factory=dict)  # what comes into being besides, in order: "5В"

    def counts(self) -> dict[str, int]:
        """How many rows are added, changed, left as they are, doubtful, wrong; one may add and change."""
        told = {ADD: 0, CHANGE: 0, LEAVE: 0}
        for row in self.rows:
            told[row.what] += 1
            told[CHANGE] += row.what == ADD and row.replaces
        doubtful = {doubt.row for doubt in self.doubts}
        wrong = {problem.row for problem in self.problems}
        return told | {"doubtful": len(doubtful - wrong), "wrong": len(wrong)}

    def states(self) -> str:
        """What happens to each row, short enough to be kept for 100,000: "2a 3a 7w"."""
        letters = {row.number: row.what[0] for row in self.rows}
        letters |= {doubt.row: "d" for doubt in self.doubts}
        letters |= {problem.row: "w" for problem in self.problems}
        return " ".join(f"{number}{letter}" for number, letter in sorted(letters.items()))

    def digest(self) -> str:
        """What would be written, in short: another one where the school has changed since the check."""
        told = [
            (row.number, row.what, row.words, [(str(one.ref), sorted(one.values)) for one in row.drafts])
            for row in self.rows
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        told = [{"row": row.number, "what": row.what, "words": row.words} for row in self.rows if row.what != LEAVE]
        return {
            "counts": self.counts(),
            "rows": told[:MOST_TOLD],
            "problems": [problem.as_json() for problem in self.problems[:MOST_TOLD]],
            "doubts": [doubt.as_json() for doubt in self.doubts[:MOST_TOLD]],
            "decided": [doubt.as_json() for doubt in self.decided[:MOST_TOLD]],
            "notes": list(self.notes)[:MOST_TOLD],
            "states": self.states(),
        }


def unpacked(states: str) -> Iterator[tuple[int, str]]:
    """The numbers and letters of `Plan.states`."""
    for one in states.split():
        yield int(one[:-1]), one[-1]
