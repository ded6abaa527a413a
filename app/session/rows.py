"""The row rule: what an actor sees, as criteria that every query of the session carries."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, bindparam, false, not_, or_
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption

from app.models import Guardian, Mark, Remark, School, SchoolClass, Student, Table
from app.models.base import (
    SHAPES,
    OfClass,
    OfClassOrSchool,
    OfFamily,
    OfGuardian,
    OfNobody,
    OfOffice,
    OfSchool,
    OfStudent,
)
from app.session.actors import Actor

OWN_RULE = (School, SchoolClass, Student, Guardian)  # their key is their own id


class MissingShape(Exception):
    """A table without a shape would be seen by everyone; the process does not start."""


def check_shapes() -> None:
    """Raise MissingShape unless every table of ours has exactly one shape or a rule of its own."""
    for mapper in Table.registry.mappers:
        shapes = [shape for shape in SHAPES if issubclass(mapper.class_, shape)]
        if len(shapes) + (mapper.class_ in OWN_RULE) != 1:
            raise MissingShape(f"{mapper.class_.__name__} needs one shape of app/models/base.py, has {len(shapes)}")


def row_rules(actor: Actor) -> tuple[ExecutableOption, ...]:
    """One criterion for each shape; none for a part of the system."""
    if actor.is_system:
        return ()
    if actor.sees_all_schools:
        return (_rule(OfNobody, lambda cls: false()),)
    own = Breadth(actor)
    return (
        _rule(OfNobody, lambda cls: false()),
        *_rules_of_schools(actor),
        *own.shapes(),
        _rule(School, School.id == _among(actor.school_ids | actor.whole_school_ids)),
        _rule(SchoolClass, own.either(SchoolClass.school_id, SchoolClass.id, actor.class_ids)),
        _rule(Student, own.either(Student.school_id, Student.id, actor.student_ids)),
        _rule(Guardian, own.either(Guardian.school_id, Guardian.id, actor.guardian_ids)),
        *_remarks(actor),
        *_drafts(actor),
    )


class Breadth:
    """Whole schools, else single keys: the two ways in which a row is seen, never more than one OR."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.schools = _among(actor.whole_school_ids) if actor.whole_school_ids else None

    def either(self, school: Any, column: Any, keys: Collection[int]) -> ColumnElement[bool]:
        """Rows of whole schools, or with one of the keys."""
        if self.schools is None:
            return column == _among(keys)  # type: ignore[no-any-return]
        return or_(school == self.schools, column == _among(keys)) if keys else school == self.schools

    def shapes(self) -> tuple[ExecutableOption, ...]:
        """The rules of the shapes. Each lambda closes over finished SQL only: SQLAlchemy caches it by its code."""
        schools = self.schools
        students, classes, guardians = (
            _among(keys) for keys in (self.actor.student_ids, self.actor.class_ids, self.actor.guardian_ids)
        )
        members = _among(self.actor.school_ids | self.actor.whole_school_ids)
        if schools is None:
            return (
                _rule(OfStudent, lambda cls: cls.student_id == students),
                _rule(OfClass, lambda cls: cls.school_class_id == classes),
                _rule(OfGuardian, lambda cls: cls.guardian_id == guardians),
                _rule(OfFamily, lambda cls: and_(cls.guardian_id == guardians, cls.student_id == students)),
                _rule(
                    OfClassOrSchool,
                    lambda cls: and_(
                        cls.school_id == members, or_(cls.school_class_id.is_(None), cls.school_class_id == classes)
                    ),
                ),
            )
        if not (self.actor.student_ids or self.actor.class_ids or self.actor.guardian_ids):
            return (
                _rule(OfStudent, lambda cls: cls.school_id == schools),
                _rule(OfClass, lambda cls: cls.school_id == schools),
                _rule(OfGuardian, lambda cls: cls.school_id == schools),
                _rule(OfFamily, lambda cls: cls.school_id == schools),
                _rule(OfClassOrSchool, lambda cls: cls.school_id == schools),
            )
        return (
            _rule(OfStudent, lambda cls: or_(cls.school_id == schools, cls.student_id == students)),
            _rule(OfClass, lambda cls: or_(cls.school_id == schools, cls.school_class_id == classes)),
            _rule(OfGuardian, lambda cls: or_(cls.school_id == schools, cls.guardian_id == guardians)),
            _rule(
                OfFamily,
                lambda cls: or_(
                    cls.school_id == schools, and_(cls.guardian_id == guardians, cls.student_id == students)
                ),
            ),
            _rule(
                OfClassOrSchool,
                lambda cls: or_(
                    cls.school_id == schools,
                    cls.school_class_id == classes,
                    and_(cls.school_id == members, cls.school_class_id.is_(None)),
                ),
            ),
        )


def _rules_of_schools(actor: Actor) -> tuple[ExecutableOption, ...]:
    members, whole = _among(actor.school_ids | actor.whole_school_ids), _among(actor.whole_school_ids)
    return (
        _rule(OfSchool, lambda cls: cls.school_id == members),
        _rule(OfOffice, lambda cls: cls.school_id == whole),
    )


def _remarks(actor: Actor) -> tuple[ExecutableOption, ...]:
    """A student does not see what was written to the guardians."""
    if not actor.own_student_ids:
        return ()
    own = Remark.student_id == _among(actor.own_student_ids)
    return (_rule(Remark, or_(Remark.to_guardians.is_(False), not_(own))),)


def _drafts(actor: Actor) -> tuple[ExecutableOption, ...]:
    """A family does not see a mark before it is published; who sees the student by a post does."""
    if not actor.family_only_ids:
        return ()
    own = Mark.student_id == _among(actor.family_only_ids)
    return (_rule(Mark, or_(Mark.published_at.is_not(None), not_(own))),)


def _among(keys: Iterable[int]) -> Any:
    """What a column must equal: one key, or any of one bound array, so that the statement is the same for everyone."""
    wanted = sorted(keys)
    if len(wanted) == 1:
        return bindparam(None, wanted[0], type_=BigInteger)
    return any_(bindparam(None, wanted, type_=ARRAY(BigInteger)))


def _rule(shape: type, condition: ColumnElement[bool] | Callable[[Any], ColumnElement[bool]]) -> ExecutableOption:
    return with_loader_criteria(shape, condition, include_aliases=True, propagate_to_loaders=False)


def sees(actor: Actor, row: Any) -> bool:
    """The same rule asked of one row in memory: for rows that are being written.

    `row` answers like a record: the record itself, or the record as it was.
    """
    if actor.is_system or actor.sees_all_schools:
        return True
    model = type(row) if isinstance(row, Table) else row.model
    if issubclass(model, School):
        return row.id in actor.school_ids | actor.whole_school_ids
    if issubclass(model, Remark) and row.to_guardians and row.student_id in actor.own_student_ids:
        return False
    if issubclass(model, Mark) and row.published_at is None and row.student_id in actor.family_only_ids:
        return False
    if row.school_id in actor.whole_school_ids:
        return not issubclass(model, OfNobody)
    if issubclass(model, OfSchool):
        return row.school_id in actor.school_ids
    if issubclass(model, OfStudent):
        return row.student_id in actor.student_ids
    if issubclass(model, OfClass):
        return row.school_class_id in actor.class_ids
    if issubclass(model, OfGuardian):
        return row.guardian_id in actor.guardian_ids
    if issubclass(model, OfFamily):
        return row.guardian_id in actor.guardian_ids and row.student_id in actor.student_ids
    if issubclass(model, OfClassOrSchool):
        if row.school_class_id is None:
            return row.school_id in actor.school_ids
        return row.school_class_id in actor.class_ids
    keys = {Student: actor.student_ids, Guardian: actor.guardian_ids, SchoolClass: actor.class_ids}
    return row.id in keys.get(model, ())
