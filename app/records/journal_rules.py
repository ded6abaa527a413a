"""Who writes lessons and term marks, and what holds a lesson where it stands."""

from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, object_session

from app.domain.errors import InvalidInput, NotAllowed
from app.models import Absence, Homework, Lesson, Mark, Remark, SubgroupMember
from app.records.checks import AROUND
from app.records.unlocking import is_lesson_open, is_open
from app.session.actors import Actor
from app.session.engine import actor_of

WHERE_IT_STANDS = {
    "school_class_id": "school_class",
    "subgroup_id": "subgroup",
    "subject_id": "subject",
    "date": "date",
}


def writes_lesson(actor: Actor, lesson: Any) -> bool:
    """The office any; a teacher the own ones, as long as their term is open."""
    if actor.runs(lesson.school_id):
        return True
    return actor.teaches(lesson) and (lesson.term is None or is_lesson_open(actor, lesson))


def check_lesson_stays(session: Session, lesson: Lesson) -> None:
    """A lesson that something was written in keeps class, subject and day: marks go nowhere without their history."""
    moved = [name for column, name in WHERE_IT_STANDS.items() if _is_changed(lesson, column)]
    if lesson in session.new or not moved:
        return
    for entry in (Mark, Absence, Homework, Remark):
        query = select(entry.id).where(entry.lesson_id == lesson.id).limit(1)
        if session.scalars(query, execution_options=AROUND).first() is not None:
            raise InvalidInput(moved[0], "lesson.has_entries")


def check_lesson_taught(session: Session, lesson: Lesson) -> None:
    """A teacher makes lessons, and moves them, only to what they teach, and in the own name."""
    actor = actor_of(session)
    if actor.is_system or actor.runs(lesson.school_id):
        return
    decides = ("school_class_id", "subgroup_id", "subject_id", "teacher_id")
    if lesson not in session.new and not any(_is_changed(lesson, column) for column in decides):
        return
    groups = {None, lesson.subgroup_id}
    is_taught = any((lesson.school_class_id, lesson.subject_id, group) in actor.teachings for group in groups)
    if not is_taught or lesson.teacher_id not in actor.staff_ids:
        raise NotAllowed("not_allowed.row", record="lesson")


def _is_changed(lesson: Lesson, column: str) -> bool:
    return bool(inspect(lesson).attrs[column].history.has_changes())


def writes_term_mark(actor: Actor, mark: Any) -> bool:
    """Who teaches the subject to the student's class of that term (or to a subgroup that the student is in)."""
    term, student = mark.term, mark.student
    if term is None or student is None:
        return False
    classes = classes_in_term(student, term)
    if not is_open(actor, term, classes, mark.subject_id):
        return False
    groups = {
        group
        for school_class, subject, group in actor.teachings
        if subject == mark.subject_id and school_class in classes
    }
    return None in groups or _is_in_any(student, groups)


def classes_in_term(student: Any, term: Any) -> set[int]:
    """The classes that the student was in at any time of the term."""
    return {
        one.school_class_id
        for one in student.enrollments
        if one.begins_on <= term.ends_on and (one.ends_on is None or one.ends_on >= term.begins_on)
    }


def _is_in_any(student: Any, groups: set[int | None]) -> bool:
    session = object_session(student)
    if session is None or not groups:
        return False
    query = select(SubgroupMember.id).where(
        SubgroupMember.student_id == student.id, SubgroupMember.subgroup_id.in_(groups)
    )
    return session.scalars(query.limit(1), execution_options=AROUND).first() is not None
