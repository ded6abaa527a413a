"""The demo's lessons: four weeks that were held, today, and a week to come; with topics and homework."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from sqlalchemy.orm import Session

from app.models import Homework, Lesson, Term
from seeds.demo import topics
from seeds.demo.calendar import Calendar
from seeds.demo.classes import ClassPlan, Taught
from seeds.demo.laying import lay
from seeds.demo.structure import Structure

CONTROL_WORKS = {"матем": "контр", "алгеб": "контр", "русск": "диктант", "физика": "самост", "англ": "тест"}
USUAL_MINUTES = (10, 15, 20, 30)  # that homework takes
CONTROL_WORK_LESSON = 8  # of the lessons before today: in the second or third week


@dataclass(frozen=True)
class Given:
    """A lesson with what the journal asks of it."""

    lesson: Lesson
    subject: str  # short name
    grade_level: int
    number: int  # of the class's (or subgroup's) lessons in the subject, from 0
    next_day: date | None  # of the same, where it lies in the weeks that are laid


def lay_lessons(
    session: Session, structure: Structure, calendar: Calendar, plans: Sequence[ClassPlan]
) -> tuple[Given, ...]:
    """Make the lessons of all classes."""
    days = (*calendar.past(), calendar.today, *calendar.coming())
    given = tuple(lesson for plan in plans for lesson in _of_class(structure, calendar, plan, days))
    lay(session, [one.lesson for one in given])
    return given


def _of_class(structure: Structure, calendar: Calendar, plan: ClassPlan, days: Sequence[date]) -> Iterator[Given]:
    hours = [
        (day, period, taught)
        for day in days
        for period, subject in enumerate(plan.days[calendar.weekdays.index(day.isoweekday())], start=1)
        for taught in plan.taught[subject]
    ]
    held_on: dict[Taught, list[date]] = defaultdict(list)
    for day, _, taught in hours:
        held_on[taught].append(day)
    numbers: dict[Taught, int] = defaultdict(int)
    for day, period, taught in hours:
        number = numbers[taught]
        numbers[taught] += 1
        following = held_on[taught][number + 1 : number + 2]
        grade_level = plan.school_class.grade_level
        lesson = _lesson(structure, calendar, plan, taught, day, period, number)
        yield Given(lesson, taught.subject, grade_level, number, following[0] if following else None)


def _lesson(
    structure: Structure, calendar: Calendar, plan: ClassPlan, taught: Taught, day: date, period: int, number: int
) -> Lesson:
    grade_level = plan.school_class.grade_level
    work_type = CONTROL_WORKS.get(taught.subject) if number == CONTROL_WORK_LESSON and grade_level > 1 else None
    return Lesson(
        school_id=structure.school_id,
        school_class_id=plan.school_class.id,
        subgroup_id=taught.subgroup_id,
        subject_id=structure.subjects[taught.subject].id,
        teacher_id=taught.teacher_id,
        term_id=_term_of(structure.terms, day).id,
        date=day,
        period=period,
        room_id=taught.room_id,
        work_type_id=structure.work_types[work_type].id if work_type else None,
        topic=topics.topic(taught.subject, grade_level, number) if day <= calendar.today else "",
        state="held" if day < calendar.today else "planned",
    )


def _term_of(terms: Sequence[Term], day: date) -> Term:
    return next(term for term in terms if term.begins_on <= day <= term.ends_on)


def lay_homework(session: Session, structure: Structure, given: Sequence[Given], choose: Random) -> None:
    """Set homework in the lessons that were held; none in grade 1."""
    rows = []
    for one in given:
        text = topics.homework(one.subject, one.number, choose)
        if text is None or one.lesson.state != "held" or one.grade_level == 1:
            continue
        is_voluntary = choose.random() < 0.08
        rows.append(
            Homework(
                school_id=structure.school_id,
                school_class_id=one.lesson.school_class_id,
                lesson_id=one.lesson.id,
                text=topics.VOLUNTARY if is_voluntary else text,
                mandatory=not is_voluntary,
                minutes=USUAL_MINUTES[len(text) % len(USUAL_MINUTES)],
                due=one.next_day,
            )
        )
    lay(session, rows)
