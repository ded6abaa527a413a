"""Record type of the week's behaviour: given by the class teacher, seen by the family."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.models import BehaviourMark, Enrollment
from app.records.checks import AROUND
from app.records.journal_words import JOURNAL
from app.records.record_type import RecordType
from app.records.telling import behaviour_told
from app.session.actors import Actor
from app.session.engine import actor_of
from app.words import _

BEHAVIOUR = {
    "exemplary": _("exemplary"),
    "good": _("good"),
    "satisfactory": _("satisfactory"),
    "poor": _("poor"),
}
SIX_DAYS = timedelta(days=6)


def _writes_behaviour(actor: Actor, mark: Any) -> bool:
    """The class teacher of a class that the student was in during the week."""
    if mark.student is None or mark.week is None:
        return False
    return any(
        actor.leads(one.school_class_id)
        and one.begins_on <= mark.week + SIX_DAYS
        and (one.ends_on is None or one.ends_on >= mark.week)
        for one in mark.student.enrollments
    )


def _fill_behaviour(session: Session, mark: BehaviourMark) -> None:
    if isinstance(mark.week, date):
        mark.week -= timedelta(days=mark.week.weekday())
    mark.author_id = actor_of(session).staff_of_school.get(mark.school_id, mark.author_id)


def _check_behaviour(session: Session, mark: BehaviourMark) -> None:
    """Of a week in which the student was in a class."""
    history = inspect(mark).attrs
    if mark not in session.new and not (history.week.history.has_changes() or history.student_id.history.has_changes()):
        return
    there = select(Enrollment.id).where(
        Enrollment.student_id == mark.student_id, Enrollment.begins_on <= mark.week + SIX_DAYS,
        Enrollment.ends_on.is_(None) | (Enrollment.ends_on >= mark.week),
    )  # fmt: skip
    if session.scalars(there.limit(1), execution_options=AROUND).first() is None:
        raise InvalidInput("student", "student.not_in_class")


BEHAVIOUR_MARKS = RecordType(
    model=BehaviourMark,
    title=_("Behaviour by weeks"),
    one=_("Behaviour in a week"),
    menu=JOURNAL,
    columns=("student", "week", "value", "comment"),
    fields=("student", "week", "value", "comment"),
    detail=("student", "week", "value", "comment", "author"),
    search=("student.surname", "comment"),
    filters=("student", "week", "value"),
    order=("-week", "id"),
    choices={"value": BEHAVIOUR},
    labels={"value": _("Behaviour"), "week": _("Week from")},
    help={"week": _("Any day of the week; its Monday is kept.")},
    inline=("value", "comment"),
    writes=_writes_behaviour,
    fill=_fill_behaviour,
    check=_check_behaviour,
    notice=behaviour_told,
)
