"""Building: drafts become records in the session; a trial finds the rows that the school's rules refuse."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain.errors import Conflict, InvalidInput, SchoolError
from app.models.base import Table
from app.services.imports.plan import LEAVE, Draft, Plan, PlannedRow, Problem, Ref
from app.services.saving import in_school_words

BATCH = 500  # rows of the file that are flushed together
Tell = Callable[[int, int], None]


class Builder:
    """Puts the drafts of rows into the session; a draft that several rows share is put once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.made: dict[Ref, Table] = {}

    def put(self, rows: Sequence[PlannedRow]) -> None:
        """All drafts of these rows, flushed. Raises what the session finds wrong."""
        with self.session.no_autoflush:
            for row in rows:
                for draft in row.drafts:
                    if draft.ref not in self.made:
                        record = self.made[draft.ref] = self._record_of(draft)
                        for name, value in draft.values.items():
                            self._set(record, name, value)
                        self.session.add(record)
        self.session.flush()

    def _record_of(self, draft: Draft) -> Table:
        if isinstance(draft.record, Ref):
            return self.made[draft.record]
        return draft.record if draft.record is not None else draft.model()

    def _set(self, record: Table, name: str, value: Any) -> None:
        if isinstance(value, Ref):
            value = self.made[value]
        if isinstance(value, Table):
            (local,) = inspect(type(record)).relationships[name].local_columns
            if value.id is not None:  # the key as well: rules asked before the flush see both as they will be
                setattr(record, inspect(type(record)).get_property_by_column(local).key, value.id)
        setattr(record, name, value)

    def forget(self, rows: Sequence[PlannedRow], before: frozenset[Ref]) -> None:
        """What these rows have put was rolled back."""
        for ref in {draft.ref for row in rows for draft in row.drafts} - before:
            self.made.pop(ref, None)

    def let_go(self, rows: Sequence[PlannedRow]) -> None:
        """Forget what no other row points to, so that memory does not grow with the file."""
        for row in rows:
            for draft in row.drafts:
                if not draft.shared:
                    self.made.pop(draft.ref, None)


def put_all(session: Session, plan: Plan, tell: Tell) -> None:
    """Save every row of the plan in the session's transaction. Raises on the first that is refused."""
    builder, rows = Builder(session), [row for row in plan.rows if row.what != LEAVE]
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        builder.put(batch)
        builder.let_go(batch)
        tell(start + len(batch), len(rows))


def try_all(session: Session, plan: Plan, tell: Tell) -> None:
    """Put every row, as if for good, and note those that are refused as problems; the caller rolls back."""
    builder, rows = Builder(session), [row for row in plan.rows if row.what != LEAVE]
    refused: set[int] = set()
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        _try(builder, batch, plan, refused)
        builder.let_go(batch)
        tell(start + len(batch), len(rows))
    plan.rows = [row for row in plan.rows if row.number not in refused]


def _try(builder: Builder, rows: Sequence[PlannedRow], plan: Plan, refused: set[int]) -> None:
    before = frozenset(builder.made)
    try:
        with builder.session.begin_nested():
            builder.put(rows)
        return
    except (SchoolError, IntegrityError, DataError, StaleDataError) as error:
        builder.forget(rows, before)
        if len(rows) == 1:
            refused.add(rows[0].number)
            plan.problems.append(_problem(rows[0], error))
            return
    middle = len(rows) // 2
    _try(builder, rows[:middle], plan, refused)
    _try(builder, rows[middle:], plan, refused)


def _problem(row: PlannedRow, error: Exception) -> Problem:
    if isinstance(error, IntegrityError):
        error = in_school_words(error, row.drafts[0].model)
    if isinstance(error, InvalidInput):
        return Problem(row.number, error.field, error.key, error.figures)
    if isinstance(error, Conflict | SchoolError):
        return Problem(row.number, "", error.key, error.figures)
    return Problem(row.number, "", "wrong_type", {"allowed": "—"})
