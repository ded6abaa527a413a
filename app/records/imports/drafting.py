"""Drafting: what a row says of a record that stands or does not, as a draft with only what differs."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain.errors import InvalidInput
from app.models.base import Table
from app.records.words import LABELS
from app.services.imports.columns import Line
from app.services.imports.plan import ADD, CHANGE, LEAVE, Draft, Plan, PlannedRow, Problem, Ref
from app.words.values import DAY

LONGEST = 400  # characters of a row's words


def draft_of(ref: str, model: type[Table], record: Any, values: Mapping[str, Any], shared: bool = False) -> Draft:
    """The draft of a record; of one that stands only what is told and differs."""
    told = {name: value for name, value in values.items() if value is not None}
    if record is not None:
        told = {name: value for name, value in told.items() if _differs(getattr(record, name), value)}
    return Draft(Ref(ref), model, told, record, shared)


def _differs(now: Any, told: Any) -> bool:
    if isinstance(told, Ref):
        return True
    if isinstance(now, Table) and isinstance(told, Table):
        return now.id != told.id
    return bool(now != told)


def change_words(draft: Draft) -> str:
    """What changes in a record that stands: "Phone: +7… → +7…"."""
    if draft.words:
        return draft.words
    parts = []
    for name, value in draft.values.items():
        was = getattr(draft.record, name)
        label = LABELS.get(name, name)
        parts.append(f"{label}: {_shown(was)} → {_shown(value)}")
    return "; ".join(parts)


def _shown(value: Any) -> str:
    if value in (None, ""):
        return "—"
    if isinstance(value, date):
        return value.strftime(DAY)
    return str(value)


def planned(number: int, who: str, drafts: list[Draft], main: Draft, more: str = "") -> PlannedRow:
    """The row: an addition where its main record is new, a change where anything is, else left as it is.

    `more` tells what comes besides its main record.
    """
    standing = [draft for draft in drafts if isinstance(draft.record, Table) and draft.values]
    told = [who, *(change_words(draft) for draft in drafts if draft in standing or draft.words), more]
    words = " · ".join(part for part in told if part)
    if main.record is None:
        return PlannedRow(number, ADD, words[:LONGEST], drafts, any(_replaces(draft) for draft in standing))
    if standing or any(draft.record is None for draft in drafts):
        return PlannedRow(number, CHANGE, words[:LONGEST], drafts)
    return PlannedRow(number, LEAVE, who[:LONGEST], drafts)


def _replaces(draft: Draft) -> bool:
    return any(getattr(draft.record, name) not in (None, "") for name in draft.values)


def note(plan: Plan, line: Line, wrong: InvalidInput) -> None:
    """Put what is wrong beside its row."""
    plan.problems.append(Problem(line.number, wrong.field, wrong.key, wrong.figures))
