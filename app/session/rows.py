"""The row rule: what an actor sees, as criteria that every query of the session carries."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, not_, or_, select
from sqlalchemy.orm import with_loader_criteria
from sqlalchemy.sql.base import ExecutableOption

from app.models import (
    AbsenceNotice,
    Announcement,
    Attachment,
    Guardian,
    Homework,
    Lesson,
    Mark,
    Remark,
    School,
    SchoolClass,
    Student,
    Table,
)
from app.models.base import (
    SHAPES,
    OfClass,
    OfClassOrSchool,
    OfFamily,
    OfGuardian,
    OfNobody,
    OfOffice,
    OfOwner,
    OfSchool,
    OfStudent,
)
from app.session.actors import Actor
from app.session.keys_in_sql import Keys, RowRules

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
    """One option with a criterion for each shape; none for a part of the system."""
    if actor.is_system:
        return ()
    if actor.sees_all_schools:
        return (_rule(OfNobody, lambda cls: false()),)
    return (RowRules(_criteria, Keys(actor)),)


def _criteria(keys: Keys) -> tuple[ExecutableOption, ...]:
    """The rules of whoever sees less than all schools."""
    own = Breadth(keys)
    return (
        _rule(OfNobody, lambda cls: false()),
        *_rules_of_schools(keys),
        *own.shapes(),
        _rule(School, School.id == keys.among("members")),
        _rule(SchoolClass, own.either(SchoolClass.school_id, SchoolClass.id, "classes")),
        _rule(Student, own.either(Student.school_id, Student.id, "students")),
        _rule(Guardian, own.either(Guardian.school_id, Guardian.id, "guardians")),
        *_remarks(keys),
        *_drafts(keys),
        _rule(Announcement, _news_shows(keys)),
        *_homework(keys),
        *_attachments(keys, own),
    )


class Breadth:
    """Whole schools, else single keys: the two ways in which a row is seen, never more than one OR."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.schools = keys.among("whole") if keys.has("whole") else None

    def either(self, school: Any, column: Any, kind: str) -> ColumnElement[bool]:
        """Rows of whole schools, or with one of the keys."""
        if self.schools is None:
            return column == self.keys.among(kind)  # type: ignore[no-any-return]
        has_keys = self.keys.has(kind)
        return or_(school == self.schools, column == self.keys.among(kind)) if has_keys else school == self.schools

    def shapes(self) -> tuple[ExecutableOption, ...]:
        """The rules of the shapes. Each lambda closes over finished SQL only: SQLAlchemy caches it by its code."""
        schools = self.schools
        students, classes, guardians = (self.keys.among(kind) for kind in ("students", "classes", "guardians"))
        members = self.keys.among("members")
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
        if not any(map(self.keys.has, ("students", "classes", "guardians"))):
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


def _rules_of_schools(keys: Keys) -> tuple[ExecutableOption, ...]:
    members, whole = keys.among("members"), keys.among("whole")
    return (
        _rule(OfSchool, lambda cls: cls.school_id == members),
        _rule(OfOffice, lambda cls: cls.school_id == whole),
    )


def _remarks(keys: Keys) -> tuple[ExecutableOption, ...]:
    return (_rule(Remark, _remark_shows(keys, Remark)),) if keys.has("own_students") else ()


def _remark_shows(keys: Keys, remark: Any) -> ColumnElement[bool]:
    """A student does not see what was written to the guardians."""
    own = remark.student_id == keys.among("own_students")
    return or_(remark.to_guardians.is_(False), not_(own))


def _homework(keys: Keys) -> tuple[ExecutableOption, ...]:
    return (_rule(Homework, _homework_shows(keys, Homework)),) if keys.has("family_classes") else ()


def _homework_shows(keys: Keys, homework: Any) -> ColumnElement[bool]:
    """A family sees of a class's homework what is for everybody, for an own subgroup, or for an own name."""
    is_for_them = and_(
        or_(homework.subgroup_id.is_(None), homework.subgroup_id == keys.among("family_groups")),
        or_(homework.students.is_(None), homework.students.overlap(keys.array("family"))),
    )
    return or_(not_(homework.school_class_id == keys.among("family_classes")), is_for_them)


def _attachments(keys: Keys, own: Breadth) -> tuple[ExecutableOption, ...]:
    """A file is seen with its owner. The owners are asked for as bare tables: no rule is applied to a rule."""
    homework, lesson, remark, notice = (model.__table__.alias() for model in (Homework, Lesson, Remark, AbsenceNotice))

    def seen(key: Any, owner: Any, rule: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists(select(owner.c.id).where(owner.c.id == key, rule))

    def of_class(owner: Any) -> ColumnElement[bool]:
        return own.either(owner.c.school_id, owner.c.school_class_id, "classes")

    def of_student(owner: Any) -> ColumnElement[bool]:
        return own.either(owner.c.school_id, owner.c.student_id, "students")

    return (
        _rule(
            Attachment,
            or_(
                seen(Attachment.homework_id, homework, of_class(homework) & _homework_shows(keys, homework.c)),
                seen(Attachment.lesson_id, lesson, of_class(lesson)),
                seen(Attachment.remark_id, remark, of_student(remark) & _remark_shows(keys, remark.c)),
                seen(Attachment.absence_notice_id, notice, of_student(notice)),
            ),
        ),
    )


def _drafts(keys: Keys) -> tuple[ExecutableOption, ...]:
    """A family does not see a mark before it is published; who sees the student by a post does."""
    if not keys.has("family_only"):
        return ()
    own = Mark.student_id == keys.among("family_only")
    return (_rule(Mark, or_(Mark.published_at.is_not(None), not_(own))),)


def _news_shows(keys: Keys) -> ColumnElement[bool]:
    """What is not published is seen by those who may write it; what is for some classes or a group, by those in it."""
    is_for_them = and_(
        Announcement.state == "published",
        or_(Announcement.class_ids.is_(None), Announcement.class_ids.overlap(keys.array("classes"))),
        or_(
            Announcement.subgroup_id.is_(None),
            not_(Announcement.school_class_id == keys.among("family_classes")),
            Announcement.subgroup_id == keys.among("family_groups"),
        ),
    )
    return or_(
        Announcement.school_id == keys.among("whole"),
        Announcement.school_class_id == keys.among("led_classes"),
        is_for_them,
    )


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
    if issubclass(model, OfOwner):
        owner = owner_of(row)
        return owner is not None and sees(actor, owner)
    if issubclass(model, Homework) and row.school_class_id in actor.family_class_ids and not _is_for(actor, row):
        return False
    if issubclass(model, Announcement) and not _news_is_for(actor, row):
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


def owner_of(attachment: Any) -> Any:
    """The record that a file hangs on."""
    return attachment.homework or attachment.lesson or attachment.remark or attachment.absence_notice


def _news_is_for(actor: Actor, news: Any) -> bool:
    if news.school_id in actor.whole_school_ids or news.school_class_id in actor.led_class_ids:
        return True
    is_of_group = news.subgroup_id is not None and news.school_class_id in actor.family_class_ids
    is_in = news.class_ids is None or bool(actor.class_ids & set(news.class_ids))
    return news.state == "published" and is_in and (not is_of_group or news.subgroup_id in actor.family_group_ids)


def _is_for(actor: Actor, homework: Any) -> bool:
    in_group = homework.subgroup_id is None or homework.subgroup_id in actor.family_group_ids
    return in_group and (homework.students is None or bool(actor.family_ids & set(homework.students)))
