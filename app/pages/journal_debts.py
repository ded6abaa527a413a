"""The form of a dot in the journal: what is owed, of which kind, until when."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request

from app.domain.errors import Conflict, SchoolError
from app.models import Debt
from app.pages.journal import LARGEST_KEY, may_open
from app.records.journal_columns import work_types_of
from app.records.journal_debts import debt_of_cell, set_debt
from app.services.saving import saving
from app.session.engine import actor_of
from app.web.guard import permitted
from app.web.resources import resources
from app.words.errors import sentence

pages = Blueprint("journal_debts", __name__)

MAY = ("can_write", "debt")


@pages.get("/journal/debt/<int:lesson_pk>/<int:student_pk>")
@permitted(*MAY)
def form(lesson_pk: int, student_pk: int) -> str:
    """The form, as a page or, fetched by the journal's script, beside the cell."""
    return _page(_debt(lesson_pk, student_pk), {}, {})


@pages.post("/journal/debt/<int:lesson_pk>/<int:student_pk>")
@permitted(*MAY)
def change(lesson_pk: int, student_pk: int) -> Any:
    """Take it; what is wrong is said by its field, and what was typed stays."""
    debt, session = _debt(lesson_pk, student_pk), resources().db()
    try:
        with saving(session, Debt):
            set_debt(session, debt, request.form)
    except SchoolError as error:
        wrong = {getattr(error, "field", ""): sentence(error)}
        status = 409 if isinstance(error, Conflict) else 422
        return _page(_debt(lesson_pk, student_pk), request.form, wrong), status
    return redirect(f"/journal/lesson/{lesson_pk}", 303)


def _debt(lesson_pk: int, student_pk: int) -> Debt:
    """The dot of a cell, where the person may open its journal; foreign and none alike."""
    session = resources().db()
    found = debt_of_cell(session, lesson_pk, student_pk) if max(lesson_pk, student_pk) <= LARGEST_KEY else None
    if found is None or not may_open(actor_of(session), found.lesson.school_class):
        abort(404)
    return found


def _page(debt: Debt, typed: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    stands = {"task": debt.task, "work_type": str(debt.work_type_id), "due": debt.due.isoformat()}
    shown = {name: typed.get(name, value) for name, value in stands.items()} | {"version": debt.version}
    work_types = work_types_of(resources().db(), debt.school_id)
    return render_template("journal/debt.html", debt=debt, shown=shown, wrong=wrong, work_types=work_types)
