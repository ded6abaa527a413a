"""A year as its journal is written from: classes with their week, students and teachers, as plain keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from seeds.demo.calendar import Calendar
from seeds.demo.classes import ClassPlan
from seeds.demo.families import Pupils
from seeds.demo.structure import Structure


@dataclass(frozen=True)
class Hour:
    """A subject as one teacher gives it to a class or a subgroup of it, and who is in that."""

    subject: str
    subject_id: int
    teacher_id: int
    room_id: int | None
    subgroup_id: int | None
    student_ids: tuple[int, ...]


@dataclass(frozen=True)
class ClassYear:
    """A class with its week: for each of five school days the hours of each period."""

    class_id: int
    grade_level: int
    week: tuple[tuple[tuple[Hour, ...], ...], ...]
    student_ids: tuple[int, ...]

    @property
    def subject_ids(self) -> list[int]:
        return sorted({hour.subject_id for day in self.week for period in day for hour in period})


@dataclass(frozen=True)
class TermSpan:
    """A term's key and days."""

    id: int
    begins_on: date
    ends_on: date


@dataclass(frozen=True)
class Year:
    """All of it; lessons from `today` on are planned."""

    days: Sequence[date]
    weekdays: Sequence[int]
    today: date
    terms: Sequence[TermSpan]
    work_types: Mapping[str, int]  # by short name
    classes: Sequence[ClassYear]


def year_of(structure: Structure, calendar: Calendar, plans: Sequence[ClassPlan], pupils: Pupils) -> Year:
    """The current year, as the demo's seeds made its frame."""
    return Year(
        calendar.school_days(),
        calendar.weekdays,
        calendar.today,
        [TermSpan(term.id, term.begins_on, term.ends_on) for term in structure.terms],
        {short: work_type.id for short, work_type in structure.work_types.items()},
        [_class_year(structure, plan, pupils) for plan in plans],
    )


def _class_year(structure: Structure, plan: ClassPlan, pupils: Pupils) -> ClassYear:
    key = plan.school_class.id
    everyone = tuple(student.id for student in pupils.of_class[key])
    hours = {
        subject: tuple(
            Hour(
                subject,
                structure.subjects[subject].id,
                one.teacher_id,
                one.room_id,
                one.subgroup_id,
                everyone
                if one.subgroup_id is None
                else tuple(student.id for student in pupils.of_subgroup[one.subgroup_id]),
            )
            for one in taught
        )
        for subject, taught in plan.taught.items()
    }
    week = tuple(tuple(hours[subject] for subject in day) for day in plan.days)
    return ClassYear(key, plan.school_class.grade_level, week, everyone)
