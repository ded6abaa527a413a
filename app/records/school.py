"""Record types of the school itself: years, terms, classes, subjects, rooms, work types."""

from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from app.domain.errors import InvalidInput
from app.domain.slots import zone_of
from app.models import (
    AcademicYear,
    Holiday,
    Room,
    Scale,
    School,
    SchoolClass,
    Subgroup,
    Subject,
    Term,
    WorkType,
)
from app.records.checks import AROUND, all_of, in_order
from app.records.record_type import Imported, RecordType
from app.session.actors import Actor
from app.words import _

SCHOOL = _("School")


def office(actor: Actor, record: Any) -> bool:
    """Written by those whose breadth is the whole school."""
    return actor.runs(record.id if isinstance(record, School) else record.school_id)


def _check_school(session: Session, school: School) -> None:
    """A time zone that the database knows too: the gateway asks it for the school's day."""
    known = text("SELECT EXISTS (SELECT FROM pg_timezone_names WHERE name = :name)")
    if (
        zone_of(school.timezone).key != school.timezone
        or not session.execute(known, {"name": school.timezone}, execution_options=AROUND).scalar_one()
    ):
        raise InvalidInput("timezone", "setting.value", allowed="Europe/Moscow, Asia/Yekaterinburg, …")


SCHOOLS = RecordType(
    model=School,
    title=_("Schools"),
    one=_("School"),
    menu=SCHOOL,
    columns=("name", "short_name", "timezone"),
    fields=("name", "short_name", "timezone"),
    search=("name",),
    order=("name",),
    help={"short_name": _("Signs each SMS, such as “Шк 12”.")},
    writes=office,
    check=_check_school,
    adds=False,
    deletes=False,
)

ACADEMIC_YEARS = RecordType(
    model=AcademicYear,
    title=_("Academic years"),
    one=_("Academic year"),
    menu=SCHOOL,
    columns=("name", "begins_on", "ends_on"),
    fields=("name", "begins_on", "ends_on"),
    search=("name",),
    order=("-begins_on",),
    related=("term.academic_year", "school_class.academic_year"),
    imported=Imported(key=("name",)),
    writes=office,
    check=in_order("begins_on", "ends_on"),
)


def _check_term(session: Session, term: Term) -> None:
    year = term.academic_year
    if term not in session.new and inspect(term).attrs.closed.history.deleted == [True]:
        raise InvalidInput("closed", "term.reopened")
    if term.begins_on < year.begins_on or term.ends_on > year.ends_on:
        field = "begins_on" if term.begins_on < year.begins_on else "ends_on"
        raise InvalidInput(
            field, "term.outside_year", first=f"{year.begins_on:%d.%m.%Y}", last=f"{year.ends_on:%d.%m.%Y}"
        )


TERMS = RecordType(
    model=Term,
    title=_("Terms"),
    one=_("Term"),
    menu=SCHOOL,
    columns=("academic_year", "name", "kind", "begins_on", "ends_on", "closed"),
    fields=("academic_year", "name", "kind", "begins_on", "ends_on", "closed"),
    search=("name",),
    order=("-begins_on",),
    choices={
        "kind": {
            "quarter": _("quarter"),
            "trimester": _("trimester"),
            "half_year": _("half-year"),
            "year": _("year"),
        }
    },
    help={"closed": _("A closed term takes no more marks; only the head opens it again, for a time.")},
    inline=("closed",),
    bulk=("closed",),
    imported=Imported(key=("academic_year", "name")),
    writes=office,
    check=all_of(in_order("begins_on", "ends_on"), _check_term),
)

HOLIDAYS = RecordType(
    model=Holiday,
    title=_("Holidays"),
    one=_("Holiday"),
    menu=SCHOOL,
    columns=("name", "begins_on", "ends_on"),
    fields=("name", "begins_on", "ends_on"),
    search=("name",),
    order=("-begins_on",),
    imported=Imported(key=("name", "begins_on")),
    writes=office,
    check=in_order("begins_on", "ends_on"),
)

SCHOOL_CLASSES = RecordType(
    model=SchoolClass,
    title=_("Classes"),
    one=_("Class"),
    menu=SCHOOL,
    columns=("name", "grade_level", "academic_year", "class_teacher", "room"),
    fields=("academic_year", "name", "grade_level", "class_teacher", "room", "bell_schedule"),
    help={"bell_schedule": _("Where empty: the school’s usual bells.")},
    search=("name",),
    order=("grade_level", "name"),
    inline=("class_teacher", "room"),
    bulk=("room",),
    related=(
        "enrollment.school_class",
        "subgroup.school_class",
        "teaching.school_class",
        "timetable_entry.school_class",
        "lesson.school_class",
    ),
    imported=Imported(key=("academic_year", "name")),
    writes=office,
)

SUBGROUPS = RecordType(
    model=Subgroup,
    title=_("Subgroups"),
    one=_("Subgroup"),
    menu=SCHOOL,
    columns=("school_class", "name", "subject"),
    fields=("school_class", "name", "subject"),
    search=("name",),
    related=("subgroup_member.subgroup",),
    imported=Imported(key=("school_class", "name")),
    writes=office,
)

SUBJECTS = RecordType(
    model=Subject,
    title=_("Subjects"),
    one=_("Subject"),
    menu=SCHOOL,
    columns=("name", "short_name", "latin_name", "scale"),
    fields=("name", "short_name", "latin_name", "scale"),
    search=("name", "short_name"),
    order=("name",),
    help={
        "short_name": _("Stands in SMS and narrow columns."),
        "scale": _("Where empty, the school’s own scale holds."),
    },
    inline=("short_name", "latin_name"),
    bulk=("scale",),
    related=("teaching.subject", "lesson.subject"),
    imported=Imported(key=("name",)),
    writes=office,
)


def _check_scale(session: Session, scale: Scale) -> None:
    if scale.highest < scale.lowest:
        raise InvalidInput("highest", "number", lowest=scale.lowest, highest=100)


SCALES = RecordType(
    model=Scale,
    title=_("Scales"),
    one=_("Scale"),
    menu=SCHOOL,
    columns=("name", "lowest", "highest", "words", "is_default"),
    fields=("name", "lowest", "highest", "words", "is_default"),
    search=("name",),
    help={"words": _("Separated by blanks, such as: зч нз осв н/а")},
    writes=office,
    check=_check_scale,
)


def _check_weight(session: Session, work_type: WorkType) -> None:
    if not 0 < work_type.weight <= 10:
        raise InvalidInput("weight", "number", lowest="0.01", highest="10")


WORK_TYPES = RecordType(
    model=WorkType,
    title=_("Work types"),
    one=_("Work type"),
    menu=SCHOOL,
    columns=("name", "short_name", "latin_name", "kind", "weight", "is_default"),
    fields=("name", "short_name", "latin_name", "kind", "weight", "is_default"),
    search=("name",),
    order=("name",),
    choices={
        "kind": {
            "test": _("tests and control works"),
            "class_work": _("work in class"),
            "homework": _("work at home"),
        }
    },
    help={"weight": _("From 0.01 to 10; how much such a mark counts in the weighted mean.")},
    inline=("short_name", "weight"),
    imported=Imported(key=("name",)),
    writes=office,
    check=_check_weight,
)


ROOMS = RecordType(
    model=Room,
    title=_("Rooms"),
    one=_("Room"),
    menu=SCHOOL,
    columns=("name", "seats"),
    fields=("name", "seats"),
    search=("name",),
    order=("name",),
    inline=("seats",),
    bulk=("seats",),
    imported=Imported(key=("name",)),
    writes=office,
)
