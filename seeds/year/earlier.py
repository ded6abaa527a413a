"""Years before the current one, made from it: the same classes with who was in them then, or has left since."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from psycopg import Connection

from seeds.demo.names import FATHERS, SURNAMES, name_of_child
from seeds.year.copying import Copies, set_aside
from seeds.year.journal import lay_year
from seeds.year.plans import ClassYear, Hour, TermSpan, Year

TABLES = ("lesson", "homework", "mark", "absence", "term_mark")
ACADEMIC_YEAR = ("name", "begins_on", "ends_on")
TERM = ("academic_year_id", "name", "kind", "begins_on", "ends_on", "closed")
SCHOOL_CLASS = ("academic_year_id", "name", "grade_level", "class_teacher_id", "room_id")
STUDENT = ("surname", "given_name", "patronymic")
ENROLLMENT = ("student_id", "school_class_id", "begins_on", "ends_on")
TEACHING = ("teacher_id", "school_class_id", "subject_id", "begins_on", "ends_on")
LAST_GRADE = 11
BACK = timedelta(weeks=52)  # so that days keep their weekday

FRAME = """
SELECT c.name, c.grade_level, c.class_teacher_id, c.room_id, c.id FROM school_class c
WHERE c.academic_year_id = %s ORDER BY c.id
"""
HOURS = """
SELECT DISTINCT ON (e.school_class_id, e.weekday, e.period)
  e.school_class_id, e.weekday, e.period, e.subject_id, s.short_name, e.teacher_id, e.room_id
FROM timetable_entry e JOIN subject s ON s.id = e.subject_id
ORDER BY e.school_class_id, e.weekday, e.period, e.subgroup_id
"""

Frame = Sequence[tuple[str, int, int, int, int]]
Week = Mapping[tuple[int, int], Sequence[tuple[int, int, str, int, int]]]  # class, weekday → periods


def lay_earlier_years(connection: Connection[Any], years: int) -> None:
    """As many years before the current one, less those that are there already."""
    found = connection.execute(
        "SELECT id, school_id, begins_on, ends_on FROM academic_year ORDER BY begins_on"
    ).fetchall()
    wanted = range(len(found), years + 1)
    if not wanted:
        return
    current, school_id, begins_on, ends_on = found[-1]
    copies, school = Copies(connection, school_id), _School(connection, current)
    with set_aside(connection, TABLES):
        for back in wanted:
            span = (begins_on - back * BACK, ends_on - back * BACK)
            lay_year(copies, school.year(copies, back, *span), Random(f"year -{back}"), with_homework=False)
    copies.finish()


class _School:
    """The current year's frame, from which earlier ones are drawn."""

    def __init__(self, connection: Connection[Any], current: int) -> None:
        ask = connection.execute
        self._frame: Frame = ask(FRAME, (current,)).fetchall()
        self._terms = ask(
            "SELECT name, kind, begins_on, ends_on FROM term WHERE academic_year_id = %s ORDER BY begins_on", (current,)
        ).fetchall()
        self._work_types = dict(ask("SELECT short_name, id FROM work_type").fetchall())
        self._week: dict[tuple[int, int], list[Any]] = defaultdict(list)
        for class_id, weekday, *hour in ask(HOURS).fetchall():
            self._week[class_id, weekday].append(hour)
        self._students: dict[str, list[int]] = defaultdict(list)
        pupils = ask(
            "SELECT c.name, e.student_id FROM enrollment e JOIN school_class c ON c.id = e.school_class_id "
            "WHERE c.academic_year_id = %s ORDER BY e.id",
            (current,),
        )
        for name, student in pupils.fetchall():
            self._students[name].append(student)
        self._left: dict[tuple[int, str], list[int]] = {}  # years since they left, letter of the class
        self._choose = Random("who left")

    def year(self, copies: Copies, back: int, begins_on: date, ends_on: date) -> Year:
        """The frame of a year: terms, classes, who was in them, who taught them."""
        at = datetime.combine(begins_on, datetime.min.time(), UTC)
        name = f"{begins_on.year}/{ends_on.year} ({begins_on:%d.%m})"
        (year_id,) = copies.rows("academic_year", ACADEMIC_YEAR, [(name, begins_on, ends_on)], at)
        spans = [(year_id, name, kind, a - back * BACK, b - back * BACK, True) for name, kind, a, b in self._terms]
        terms = copies.rows("term", TERM, spans, at)
        class_ids = copies.rows("school_class", SCHOOL_CLASS, [(year_id, *of[:4]) for of in self._frame], at)
        classes = [self._class(copies, back, key, of, at) for key, of in zip(class_ids, self._frame, strict=True)]
        stays = [(student, one.class_id, begins_on, ends_on) for one in classes for student in one.student_ids]
        copies.rows("enrollment", ENROLLMENT, stays, at)
        hours = {
            (hour.teacher_id, one.class_id, hour.subject_id, begins_on, ends_on)
            for one in classes for day in one.week for period in day for hour in period
        }  # fmt: skip
        copies.rows("teaching", TEACHING, sorted(hours), at)
        weekdays = sorted({weekday for _class, weekday in self._week})
        in_terms = [TermSpan(key, span[3], span[4]) for key, span in zip(terms, spans, strict=True)]
        days = [day for day in _days(begins_on, ends_on) if day.isoweekday() in weekdays]
        return Year(days, weekdays, date.max, in_terms, self._work_types, classes)

    def _class(
        self, copies: Copies, back: int, key: int, of: tuple[str, int, int, int, int], at: datetime
    ) -> ClassYear:
        name, grade_level = of[:2]
        students = tuple(self._pupils(copies, grade_level + back, name[-1], at))
        weekdays = sorted({weekday for _class, weekday in self._week})
        week = tuple(
            tuple((Hour(short, subject, teacher, room, None, students),)
                  for _period, subject, short, teacher, room in self._week[of[4], weekday])
            for weekday in weekdays
        )  # fmt: skip
        return ClassYear(key, grade_level, week, students)

    def _pupils(self, copies: Copies, grade_level_now: int, letter: str, at: datetime) -> Sequence[int]:
        """Who is in that grade level by now; who would be beyond the last one has left the school."""
        if grade_level_now <= LAST_GRADE:
            return self._students[f"{grade_level_now}{letter}"]
        since = (grade_level_now - LAST_GRADE, letter)
        if since not in self._left:
            size = len(self._students[f"{LAST_GRADE}{letter}"])
            people = [
                name_of_child(self._choose, self._choose.choice(SURNAMES), self._choose.choice(FATHERS)[0])
                for _ in range(size)
            ]
            self._left[since] = list(copies.rows("student", STUDENT, people, at))
        return self._left[since]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
