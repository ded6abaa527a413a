"""A year of journals, day by day: lessons, homework, absences, marks; at the end of each term its marks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from random import Random
from typing import Any

from seeds.demo import topics
from seeds.demo.lessons import CONTROL_WORKS
from seeds.demo.structure import DEFAULT_WORK_TYPE
from seeds.year.copying import Copies
from seeds.year.plans import ClassYear, Hour, TermSpan, Year

LESSON = (
    "school_class_id", "subgroup_id", "subject_id", "teacher_id", "term_id", "date", "period", "room_id",
    "work_type_id", "topic", "state", "counts", "draft",
)  # fmt: skip
HOMEWORK = ("school_class_id", "lesson_id", "text", "mandatory", "due")
MARK = ("student_id", "lesson_id", "work_type_id", "value", "comment", "given_on", "published_at")
ABSENCE = ("student_id", "lesson_id", "reason", "missed_on")
TERM_MARK = ("student_id", "subject_id", "term_id", "kind", "value", "proposed", "reason")

WITHOUT_MARKS = 1  # grade levels up to this one have none
EVERY = 9  # each ninth lesson of a subject that has them is a control work
OF_LESSON, TWO_OF_LESSON = 0.79, 0.05  # of those present: who gets a mark, and who two
USUAL = (DEFAULT_WORK_TYPE, DEFAULT_WORK_TYPE, "классн", "дом")
REASONS = ("ill", "ill", "ill", "ill", "excused", "absent")


@dataclass
class Course:
    """How far the year has got: lessons held of each subject, who is away until when, marks that were given."""

    choose: Random
    held: dict[Hour, int] = field(default_factory=lambda: defaultdict(int))
    away: dict[int, tuple[date, str]] = field(default_factory=dict)
    strength: dict[int, list[str]] = field(default_factory=dict)  # a hundred marks as the student would get them
    sums: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    given: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))  # term marks


def lay_year(copies: Copies, year: Year, choose: Random, *, with_homework: bool = True) -> None:
    """Write the whole year."""
    course = Course(choose)
    for one in year.classes:
        for student in one.student_ids:
            middle = choose.uniform(2.9, 5.1)
            course.strength[student] = [str(min(5, max(2, round(choose.gauss(middle, 0.7))))) for _ in range(100)]
    for term in year.terms:
        for day in (day for day in year.days if term.begins_on <= day <= term.ends_on):
            _lay_day(copies, year, course, term, day, with_homework=with_homework)
        if term.ends_on < year.today:
            _lay_term_marks(copies, year, course, term)
    last = year.terms[-1]
    if last.ends_on < year.today:
        rows = [(*who, last.id, "year", *_decided(sum(marks), len(marks)), "") for who, marks in course.given.items()]
        copies.rows("term_mark", TERM_MARK, rows, _noon(last.ends_on))


def _lay_day(copies: Copies, year: Year, course: Course, term: TermSpan, day: date, *, with_homework: bool) -> None:
    """The lessons of a day in all classes, and what was written in them where it is over."""
    at, is_over = _noon(day), day < year.today
    lessons = list(_lessons(year, course, term, day))
    ids = copies.rows("lesson", LESSON, (row for _one, _hour, _number, row in lessons), at)
    if not is_over:
        return
    _fall_ill(year, course, day)
    absences: list[Sequence[Any]] = []
    marks: list[Sequence[Any]] = []
    homework: list[Sequence[Any]] = []
    for key, (one, hour, number, row) in zip(ids, lessons, strict=True):
        present = list(_present(course, hour, key, day, absences))
        if one.grade_level > WITHOUT_MARKS:
            marks += _marks(year, course, hour, row[8], key, day, at, present)
            text = topics.homework(hour.subject, number, course.choose) if with_homework else None
            if text is not None:
                homework.append((one.class_id, key, text, True, None))
    copies.rows("homework", HOMEWORK, homework, at)
    copies.rows("absence", ABSENCE, absences, at)
    copies.rows("mark", MARK, marks, at)


def _lessons(
    year: Year, course: Course, term: TermSpan, day: date
) -> Iterator[tuple[ClassYear, Hour, int, Sequence[Any]]]:
    state = "held" if day < year.today else "planned"
    for one in year.classes:
        for period, hours in enumerate(one.week[year.weekdays.index(day.isoweekday())], start=1):
            for hour in hours:
                number = course.held[hour]
                course.held[hour] += 1
                work = CONTROL_WORKS.get(hour.subject) if number % EVERY == EVERY - 1 and one.grade_level > 1 else None
                row = (
                    one.class_id, hour.subgroup_id, hour.subject_id, hour.teacher_id, term.id, day, period,
                    hour.room_id, year.work_types[work] if work else None,
                    topics.topic(hour.subject, one.grade_level, number), state, True, False,
                )  # fmt: skip
                yield one, hour, number, row


def _fall_ill(year: Year, course: Course, day: date) -> None:
    """One in a hundred stays away from today on, for one to eight days."""
    for one in year.classes:
        for student in one.student_ids:
            if course.choose.random() < 0.01:
                until = date.fromordinal(day.toordinal() + course.choose.randrange(8))
                course.away[student] = (until, course.choose.choice(REASONS))


def _present(course: Course, hour: Hour, lesson: int, day: date, absences: list[Sequence[Any]]) -> Iterator[int]:
    for student in hour.student_ids:
        away = course.away.get(student)
        if away is not None and away[0] >= day:
            absences.append((student, lesson, away[1], day))
            continue
        if course.choose.random() < 0.003:
            absences.append((student, lesson, "late", day))
        yield student


def _marks(
    year: Year, course: Course, hour: Hour, work_type: int | None, lesson: int, day: date, at: datetime,
    present: Sequence[int],
) -> Iterator[Sequence[Any]]:  # fmt: skip
    chance, usual = course.choose.random, [year.work_types[name] for name in USUAL]
    for student in present:
        drawn = chance()
        if work_type is None and drawn >= OF_LESSON:
            continue
        for _ in range(1 + (drawn < TWO_OF_LESSON)):
            place = int(chance() * 100)
            value = course.strength[student][place]
            comment = topics.COMMENTS[place % len(topics.COMMENTS)] if drawn < 0.02 else None
            yield student, lesson, work_type or usual[place % len(usual)], value, comment, day, at
            summed = course.sums[student, hour.subject_id]
            summed[0] += int(value)
            summed[1] += 1


def _lay_term_marks(copies: Copies, year: Year, course: Course, term: TermSpan) -> None:
    rows = []
    for (student, subject), (total, number) in sorted(course.sums.items()):
        value, proposed = _decided(total, number)
        course.given[student, subject].append(int(value))
        rows.append((student, subject, term.id, "term", value, proposed, ""))
    course.sums.clear()
    copies.rows("term_mark", TERM_MARK, rows, _noon(term.ends_on))


def _decided(total: int, number: int) -> tuple[str, str]:
    """The mark that a mean makes, as decided and as proposed: a half upwards."""
    value = str(int(total / number + 0.5))
    return value, value


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
