"""A kind of import: what its workbook tells, which records it writes, and how a row becomes drafts of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from app.services.imports.columns import Column, Line
from app.services.imports.plan import Plan
from app.session.actors import Actor
from app.words import Word


@dataclass(frozen=True)
class Around:
    """What a planner is told besides the rows."""

    session: Session
    actor: Actor
    school_id: int
    today: date
    decisions: Mapping[str, str] = field(default_factory=dict)


class Planner(Protocol):
    """Takes the rows of one file; lives as long as its plan, and holds what the rules will ask for."""

    def plan(self, lines: Iterable[Line]) -> None: ...


@dataclass(frozen=True)
class Kind:
    """One sort of workbook that a school may bring."""

    name: str
    title: Word
    says: Word  # one sentence: what a row is
    records: tuple[str, ...]  # whoever imports it writes all of these
    columns: tuple[Column, ...]
    planner: Callable[[Around, Plan], Planner]
    record: str = ""  # of a kind that is one record type, its name

    def is_open_to(self, actor: Actor) -> bool:
        return all(actor.may("can_write", record) for record in self.records)
