"""Record types of the journal: marks, absences, remarks; lessons and homework stand in files of their own."""

from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.marks import MarkScale, mark_value
from app.models import Absence, Mark, Remark, Subject, WorkType
from app.records.checks import AROUND, all_of, not_empty, of_the_lesson, once
from app.records.journal_drafts import publish_new
from app.records.journal_words import JOURNAL
from app.records.late_changes import lesson_is_past, lessons_own_teacher
from app.records.record_type import Imported, RecordType
from app.records.telling import absence_told, mark_told, remark_told
from app.records.unlocking import is_lesson_open
from app.services.absences import IN_THE_JOURNAL, standing_notice
from app.services.debts import settle
from app.services.scales import scale_of_subject
from app.session.actors import Actor
from app.session.engine import actor_of
from app.session.owners import related
from app.words import _

FOR_OTHERS = ("can_write", "journal_for_others")  # of the whole school: who copies paper sheets into the journal


def writes_in_lesson(actor: Actor, record: Any) -> bool:
    """Who teaches the lesson, as long as its term is open, and who writes for others."""
    lesson = record.lesson
    if lesson is None or not is_lesson_open(actor, lesson):
        return False
    return actor.teaches(lesson) or (actor.runs(lesson.school_id) and actor.may(*FOR_OTHERS))


def scale_of(session: Session, subject: Subject) -> MarkScale:
    """What a mark in the subject may be: its own scale, else the school's, else 2–5 with зч нз осв н/а."""
    return once(session, ("scale", subject.school_id, subject.scale_id), lambda: scale_of_subject(session, subject))


def _fill_mark(session: Session, mark: Mark) -> None:
    lesson = related(session, mark, "lesson")
    if lesson is None:
        return
    mark.given_on = lesson.date
    publish_new(session, mark, lesson)
    given: int | None = mark.work_type_id
    if given is None and related(session, mark, "work_type") is None:
        mark.work_type = lesson.work_type or default_work_type(session, lesson.school_id)
        mark.work_type_id = mark.work_type.id
    if mark.value is not None:
        mark.value = mark_value(mark.value, scale_of(session, lesson.subject))
    settle(session, mark)


def default_work_type(session: Session, school_id: int) -> WorkType:
    """What a mark is for where neither it nor its lesson says so."""
    found = once(session, ("work type", school_id), lambda: _first_work_type(session, school_id))
    if found is None:
        raise InvalidInput("work_type", "required")
    return found


def _first_work_type(session: Session, school_id: int) -> WorkType | None:
    query = select(WorkType).where(WorkType.school_id == school_id).order_by(WorkType.is_default.desc(), WorkType.id)
    return session.scalars(query.limit(1), execution_options=AROUND).first()


MARKS = RecordType(
    model=Mark,
    title=_("Marks"),
    one=_("Mark"),
    menu=JOURNAL,
    columns=("student", "lesson", "value", "work_type", "comment"),
    fields=("lesson", "student", "value", "work_type", "comment"),
    detail=("student", "lesson", "value", "work_type", "comment", "given_on", "published_at"),
    search=("student.surname", "comment"),
    filters=("student", "lesson", "value", "work_type", "given_on"),
    order=("-given_on", "-id"),
    help={
        "work_type": _("Where empty: the lesson’s, else the school’s own."),
        "value": _("As the school’s scale has it."),
    },
    inline=("value", "work_type", "comment"),
    bulk=("work_type",),
    optional=("work_type",),
    imported=Imported(key=("lesson", "student", "work_type")),
    writes=writes_in_lesson,
    judged_by=("lesson.term",),
    fill=_fill_mark,
    check=of_the_lesson,
    notice=mark_told,
    reasoned=lesson_is_past,
    entered_for=lessons_own_teacher,
)


ABSENCE_REASONS = {
    "absent": _("absent without reason"),
    "ill": _("ill"),
    "excused": _("with a valid reason"),
    "late": _("late"),
}


def _fill_absence(session: Session, absence: Absence) -> None:
    lesson = related(session, absence, "lesson")
    if lesson is not None:
        absence.missed_on = lesson.date
        if absence.reason == "absent":
            _excuse(session, absence)


def _excuse(session: Session, absence: Absence) -> None:
    """What the family has told of is told to nobody and, where that was accepted, excused; who says otherwise later,
    says so of a child that the family thought at home.
    """
    if absence not in session.new:
        if inspect(absence).attrs["reason"].history.has_changes():
            absence.absence_notice_id = None
        return
    student = related(session, absence, "student")
    told = standing_notice(session, student.id, absence.missed_on) if student is not None else None
    if told is not None:
        absence.absence_notice_id = told.id
        absence.reason = IN_THE_JOURNAL.get(told.reason, "excused") if told.state == "accepted" else absence.reason


ABSENCES = RecordType(
    model=Absence,
    title=_("Absences"),
    one=_("Absence"),
    menu=JOURNAL,
    columns=("student", "lesson", "reason", "comment"),
    fields=("lesson", "student", "reason", "comment"),
    detail=("student", "lesson", "reason", "comment", "missed_on"),
    search=("student.surname", "comment"),
    filters=("student", "lesson", "reason", "missed_on"),
    order=("-missed_on", "-id"),
    choices={"reason": ABSENCE_REASONS},
    inline=("reason", "comment"),
    bulk=("reason",),
    imported=Imported(key=("lesson", "student")),
    writes=writes_in_lesson,
    judged_by=("lesson.term",),
    fill=_fill_absence,
    check=of_the_lesson,
    notice=absence_told,
    reasoned=lesson_is_past,
    entered_for=lessons_own_teacher,
)


def _writes_remark(actor: Actor, remark: Any) -> bool:
    """A remark is its author's: nobody else corrects or takes it away."""
    if remark.author_id not in actor.staff_ids:
        return False
    if remark.lesson_id is not None:
        return remark.lesson is not None and actor.teaches(remark.lesson)
    return remark.student_id in actor.student_ids


def _fill_remark(session: Session, remark: Remark) -> None:
    if remark.author_id is None:
        remark.author_id = actor_of(session).staff_of_school.get(remark.school_id)
    lesson = related(session, remark, "lesson")
    if lesson is not None:
        remark.given_on = lesson.date


def _check_remark(session: Session, remark: Remark) -> None:
    if remark.lesson is not None:
        of_the_lesson(session, remark)
    elif remark.given_on is None:
        raise InvalidInput("given_on", "date.required")


REMARKS = RecordType(
    model=Remark,
    title=_("Remarks and praise"),
    one=_("Remark"),
    menu=JOURNAL,
    columns=("student", "given_on", "kind", "text", "lesson", "author", "to_guardians"),
    fields=("student", "lesson", "given_on", "kind", "text", "to_guardians"),
    search=("student.surname", "text"),
    order=("-given_on", "-id"),
    long_text=("text",),
    choices={"kind": {"remark": _("remark"), "praise": _("praise")}},
    help={
        "given_on": _("Where a lesson is named: its day."),
        "to_guardians": _("The student does not see it."),
    },
    optional=("given_on",),
    writes=_writes_remark,
    fill=_fill_remark,
    check=all_of(not_empty("text"), _check_remark),
    notice=remark_told,
)
