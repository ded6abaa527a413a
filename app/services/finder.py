"""The finder: people and classes by what one types of their names, a few of each, all under the row rule."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.models import Enrollment, Guardian, SchoolClass, Staff, Student
from app.session.actors import Actor
from app.session.engine import actor_of

MOST_OF_EACH = 6
MOST_WORDS = 4


@dataclass(frozen=True)
class Found:
    """One hit: the record type and the row it leads to, its words, and what tells it from a namesake."""

    record: str
    id: int
    words: str
    hint: str


def folded(text: str) -> str:
    """Without the difference of capitals and of ё and е, as people search."""
    return text.lower().replace("ё", "е")


def find(session: Session, typed: str) -> Sequence[Found]:
    """Students, staff, guardians and classes that the person sees and may read. At most six statements."""
    words = folded(typed).split()[:MOST_WORDS]
    return list(_found(session, actor_of(session), words)) if words else []


def _found(session: Session, actor: Actor, words: Sequence[str]) -> Iterator[Found]:
    if actor.may("can_read", "school_class"):
        classes = _named(select(SchoolClass), (SchoolClass.name,), words).order_by(
            SchoolClass.grade_level, SchoolClass.name
        )
        for row in session.scalars(classes.options(joinedload(SchoolClass.academic_year)).limit(MOST_OF_EACH)):
            yield Found("school_class", row.id, row.name, row.academic_year.name if row.academic_year else "")
    if actor.may("can_read", "student"):
        with_class = selectinload(Student.enrollments).joinedload(Enrollment.school_class)
        shows_class = actor.may("can_read", "enrollment")
        students = _people(Student, words).options(with_class) if shows_class else _people(Student, words)
        for student in session.scalars(students):
            yield Found("student", student.id, str(student), _class_of(student) if shows_class else "")
    if actor.may("can_read", "staff"):
        for member in session.scalars(_people(Staff, words)):
            yield Found("staff", member.id, str(member), member.position)
    if actor.may("can_read", "guardian"):
        for guardian in session.scalars(_people(Guardian, words)):
            yield Found("guardian", guardian.id, str(guardian), "")


def _class_of(student: Student) -> str:
    """The class of the newest enrollment that the person sees."""
    seen = [each.school_class for each in student.enrollments if each.school_class is not None]
    return seen[-1].name if seen else ""


def _people(model: Any, words: Sequence[str]) -> Select[Any]:
    names = (model.surname, model.given_name, model.patronymic)
    return _named(select(model), names, words).order_by(*names, model.id).limit(MOST_OF_EACH)


def _named(query: Select[Any], columns: Sequence[Any], words: Sequence[str]) -> Select[Any]:
    """Each word begins one of the names."""
    return query.where(and_(*(or_(*(_begins(column, word) for column in columns)) for word in words)))


def _begins(column: Any, word: str) -> ColumnElement[bool]:
    return func.replace(func.lower(column), "ё", "е").startswith(word, autoescape=True)
