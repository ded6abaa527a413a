"""What a dot of the journal is for: its task, work type and last day, by the form beside the cell."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.errors import Conflict, InvalidInput
from app.models import Debt
from app.records.journal_columns import work_types_of


def debt_of_cell(session: Session, lesson_id: int, student_id: int) -> Debt | None:
    """The open debt of a cell, the oldest where there are several; None where the person sees none."""
    query = (
        select(Debt)
        .options(joinedload(Debt.lesson), joinedload(Debt.student))
        .where(Debt.lesson_id == lesson_id, Debt.student_id == student_id, Debt.state == "open")
        .order_by(Debt.id)
        .execution_options(populate_existing=True)
    )
    return session.scalars(query.limit(1)).first()


def set_debt(session: Session, debt: Debt, typed: Mapping[str, str]) -> None:
    """Take the form. Raises InvalidInput by field, Conflict where the debt was changed since the form was shown; the
    caller commits."""
    if typed.get("version") != str(debt.version):
        raise Conflict("conflict.changed")
    known = {str(one.id): one for one in work_types_of(session, debt.school_id)}
    chosen = known.get(typed.get("work_type", ""))
    if chosen is None:
        raise InvalidInput("work_type", "relation.unknown")
    debt.task = typed.get("task", "").strip()
    debt.work_type, debt.work_type_id = chosen, chosen.id
    debt.due = _day(typed.get("due", ""))
    session.flush()


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise InvalidInput("due", "date.required") from None
