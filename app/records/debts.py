"""The record type of debts: the dot in the journal."""

from datetime import date, timedelta

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import Debt
from app.records.checks import all_of, of_the_lesson
from app.records.journal import default_work_type, writes_in_lesson
from app.records.journal_words import JOURNAL
from app.records.record_type import RecordType
from app.records.telling import debt_told
from app.services.settings import school_day
from app.session.owners import related
from app.words import _

USUAL_DAYS = timedelta(days=14)


def _fill_debt(session: Session, debt: Debt) -> None:
    lesson = related(session, debt, "lesson")
    if lesson is None:
        return
    debt.state = debt.state or "open"
    given: int | None = debt.work_type_id
    if given is None and related(session, debt, "work_type") is None:
        debt.work_type = lesson.work_type or default_work_type(session, lesson.school_id)
        debt.work_type_id = debt.work_type.id
    due: date | None = debt.due
    if due is None:
        begins = max(lesson.date, school_day(session, lesson.school_id))
        debt.due = min(begins + USUAL_DAYS, lesson.term.ends_on)


def _check_debt(session: Session, debt: Debt) -> None:
    if debt not in session.new and not _is_changed(debt, "due", "lesson_id", "mark_id", "student_id"):
        return  # the clock reminds and settles, whatever was changed around the debt since
    lesson = debt.lesson
    if debt.due < lesson.date:
        raise InvalidInput("due", "due.before_lesson")
    if debt.due > lesson.term.ends_on:
        raise InvalidInput("due", "debt.after_term", last=f"{lesson.term.ends_on:%d.%m.%Y}")
    mark = related(session, debt, "mark")
    if mark is not None and (mark.student_id, mark.lesson_id) != (debt.student_id, debt.lesson_id):
        raise InvalidInput("mark", "debt.other_mark")


def _of_the_lesson(session: Session, debt: Debt) -> None:
    if debt in session.new or _is_changed(debt, "lesson_id", "student_id"):
        of_the_lesson(session, debt)


def _is_changed(debt: Debt, *columns: str) -> bool:
    return any(inspect(debt).attrs[column].history.has_changes() for column in columns)


DEBTS = RecordType(
    model=Debt,
    title=_("Debts"),
    one=_("Debt"),
    menu=JOURNAL,
    columns=("student", "lesson", "work_type", "task", "due", "state"),
    fields=("lesson", "student", "work_type", "task", "due", "mark"),
    detail=("student", "lesson", "work_type", "task", "due", "mark", "state", "became", "settled_on", "reminded_at"),
    search=("student.surname", "task"),
    filters=("student", "lesson", "work_type", "state", "due"),
    order=("due", "id"),
    choices={"state": {"open": _("owed"), "closed": _("made up"), "expired": _("expired")}},
    labels={
        "task": _("What is to be done"),
        "due": _("Last day"),
        "mark": _("Beside the mark"),
        "became": _("Became the mark"),
        "settled_on": _("Settled on"),
        "reminded_at": _("Family reminded"),
    },
    help={
        "due": _("Where empty: in two weeks, and at the latest the term’s last day."),
        "mark": _("Where the dot stands beside a mark, for a work of another kind."),
    },
    inline=("task", "due"),
    bulk=("due",),
    optional=("work_type", "due"),
    writes=writes_in_lesson,
    judged_by=("lesson.term",),
    fill=_fill_debt,
    check=all_of(_of_the_lesson, _check_debt),
    notice=debt_told,
)
