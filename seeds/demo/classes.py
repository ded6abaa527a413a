"""The demo's classes: their teachers, subgroups, who teaches what, and the timetable of seeds/demo/timetable.txt."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from app.models import SchoolClass, Subgroup, Teaching, TimetableEntry
from seeds.demo.calendar import Calendar
from seeds.demo.laying import lay
from seeds.demo.staff import Member
from seeds.demo.structure import Structure

TIMETABLE = Path(__file__).with_name("timetable.txt")


@dataclass(frozen=True)
class Taught:
    """A subject as one teacher gives it to a class or to a subgroup of it."""

    subject: str
    teacher_id: int
    room_id: int | None
    subgroup_id: int | None


@dataclass(frozen=True)
class ClassPlan:
    """A class with its week."""

    school_class: SchoolClass
    subgroups: tuple[Subgroup, ...]
    taught: dict[str, tuple[Taught, ...]]  # by subject; one, or one for each subgroup
    days: tuple[tuple[str, ...], ...]  # five school days, the subjects of their periods


Weeks = dict[str, tuple[tuple[str, ...], ...]]


@cache
def timetable() -> Weeks:
    """Class → its five school days → the subjects of the first, second, … period."""
    weeks = {}
    for line in TIMETABLE.read_text(encoding="utf-8").splitlines():
        name, _, week = line.partition(" ")
        weeks[name] = tuple(tuple(day.split()) for day in week.split("|"))
    return weeks


def lay_classes(
    session: Session, structure: Structure, calendar: Calendar, members: Sequence[Member], weeks: Weeks | None = None
) -> tuple[ClassPlan, ...]:
    """Make the classes with all that their week needs; those of the demo's timetable, or of another."""
    weeks = weeks or timetable()
    leaders = {member.post.leads: member for member in members if member.post.leads}
    classes = {name: _school_class(structure, name, leaders[name]) for name in weeks}
    lay(session, list(classes.values()))
    teachers: dict[tuple[str, str], list[Member]] = defaultdict(list)
    for member in members:
        for lesson in member.post.lessons:
            if lesson[0] in classes:
                teachers[lesson].append(member)
    subgroups = _lay_subgroups(session, structure, classes, teachers)
    plans = tuple(
        ClassPlan(
            classes[name],
            subgroups.get(name, ()),
            {
                subject: _taught(subject, teachers[name, subject], subgroups.get(name, ()))
                for subject in _subjects(week)
            },
            week,
        )
        for name, week in weeks.items()
    )
    lay(session, _teachings(structure, calendar, plans))
    lay(session, _timetable_entries(structure, calendar, plans))
    return plans


def _subjects(week: tuple[tuple[str, ...], ...]) -> list[str]:
    return sorted({subject for day in week for subject in day})


def _school_class(structure: Structure, name: str, leader: Member) -> SchoolClass:
    return SchoolClass(
        school_id=structure.school_id,
        academic_year_id=structure.year.id,
        name=name,
        grade_level=int(name[:-1]),
        class_teacher_id=leader.staff.id,
        room_id=leader.room.id if leader.room else None,
    )


def _lay_subgroups(
    session: Session,
    structure: Structure,
    classes: dict[str, SchoolClass],
    teachers: dict[tuple[str, str], list[Member]],
) -> dict[str, tuple[Subgroup, ...]]:
    """Where a subject has two teachers, the class is parted between them."""
    subgroups = {
        name: tuple(
            Subgroup(
                school_id=structure.school_id,
                school_class_id=classes[name].id,
                name=f"Английский, группа {number}",
                subject_id=structure.subjects[subject].id,
            )
            for number in range(1, len(several) + 1)
        )
        for (name, subject), several in teachers.items()
        if len(several) > 1
    }
    lay(session, [subgroup for several in subgroups.values() for subgroup in several])
    return subgroups


def _taught(subject: str, teachers: list[Member], subgroups: tuple[Subgroup, ...]) -> tuple[Taught, ...]:
    keys = [subgroup.id for subgroup in subgroups] if len(teachers) > 1 else [None]
    return tuple(
        Taught(subject, member.staff.id, member.room.id if member.room else None, key)
        for member, key in zip(teachers, keys, strict=True)
    )


def _teachings(structure: Structure, calendar: Calendar, plans: Sequence[ClassPlan]) -> list[Teaching]:
    return [
        Teaching(
            school_id=structure.school_id,
            teacher_id=taught.teacher_id,
            school_class_id=plan.school_class.id,
            subject_id=structure.subjects[taught.subject].id,
            subgroup_id=taught.subgroup_id,
            begins_on=calendar.year.begins_on,
        )
        for plan in plans
        for several in plan.taught.values()
        for taught in several
    ]


def _timetable_entries(structure: Structure, calendar: Calendar, plans: Sequence[ClassPlan]) -> list[TimetableEntry]:
    return [
        TimetableEntry(
            school_id=structure.school_id,
            school_class_id=plan.school_class.id,
            weekday=weekday,
            period=period,
            subgroup_id=taught.subgroup_id,
            subject_id=structure.subjects[subject].id,
            teacher_id=taught.teacher_id,
            room_id=taught.room_id,
            begins_on=calendar.year.begins_on,
            ends_on=calendar.year.ends_on,
        )
        for plan in plans
        for weekday, subjects in zip(calendar.weekdays, plan.days, strict=True)
        for period, subject in enumerate(subjects, start=1)
        for taught in plan.taught[subject]
    ]
