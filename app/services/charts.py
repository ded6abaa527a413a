"""A child's marks over time, by kind of work, beside the class, and the own place in it as a range.

The marks of the class are read around the row rule, added up in the database, and told as figures of at least five
students: nobody else's mark can be read out of them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Integer, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from app.domain.ratings import LEAST_STUDENTS, Place, place_among
from app.domain.weeks import monday_of
from app.models import Enrollment, Lesson, Mark, Subject, WorkType
from app.services.proposals import WEIGHT

AROUND = {"around_the_rule": True}
HUNDRED = Decimal("0.01")


@dataclass(frozen=True)
class Point:
    """One step of a chart: what it is called, the own mean and that of the class."""

    name: str
    own: Decimal | None
    of_class: Decimal | None


@dataclass(frozen=True)
class Charts:
    """All charts of a child in a span of time."""

    over_time: Sequence[Point]
    by_subject: Sequence[Point]
    by_work: Sequence[Point]
    subjects: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Rating:
    """The own place in a period, and how the own mean moved since the period before."""

    kind: str
    first: date
    last: date
    mean: Decimal | None
    place: Place | None
    trend: Decimal | None


def sums_of_class(session: Session, student_id: int, first: date, last: date) -> Sequence[Any]:
    """Students of the child's classes in these days: Σ w·m and Σ w by subject, kind of work and week. One statement."""
    mine = (
        select(Enrollment.school_class_id)
        .where(Enrollment.student_id == student_id, Enrollment.begins_on <= last)
        .where(or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= first))
    )
    number, week = cast(Mark.value, Integer), func.date_trunc("week", Mark.given_on)
    query = (
        select(
            Mark.student_id, Lesson.subject_id, Subject.name.label("subject"), WorkType.name.label("work"),
            week.label("week"), func.sum(WEIGHT * number).label("total"), func.sum(WEIGHT).label("weight"),
        )
        .select_from(Mark)
        .join(Lesson, and_(Lesson.id == Mark.lesson_id, Lesson.counts, Lesson.school_class_id.in_(mine)))
        .join(Subject, Subject.id == Lesson.subject_id)
        .join(WorkType, WorkType.id == Mark.work_type_id)
        .where(Mark.given_on.between(first, last), Mark.published_at <= func.now())
        .where(Mark.value.regexp_match("^[0-9]{1,3}$"))
        .group_by(Mark.student_id, Lesson.subject_id, Subject.name, WorkType.name, week)
    )  # fmt: skip
    return session.execute(query, execution_options=AROUND).all()


def charts_of(session: Session, student_id: int, first: date, last: date, subject_id: int | None) -> Charts:
    """Week by week (each with all marks until then), by subject and by kind of work."""
    rows = sums_of_class(session, student_id, first, last)
    subjects = sorted(
        {(row.subject_id, row.subject) for row in rows if row.student_id == student_id}, key=lambda s: s[1]
    )
    chosen = [row for row in rows if subject_id in (None, row.subject_id)]
    weeks = sorted({row.week.date() for row in chosen if row.student_id == student_id})
    over_time = [
        _point(f"{week:%d.%m}", student_id, (row for row in chosen if row.week.date() <= week)) for week in weeks
    ]
    return Charts(
        over_time,
        _points(rows, student_id, lambda row: row.subject),
        _points(chosen, student_id, lambda row: row.work),
        subjects,
    )


def _points(rows: Sequence[Any], student_id: int, by: Callable[[Any], str]) -> list[Point]:
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[by(row)].append(row)
    found = [_point(name, student_id, group) for name, group in sorted(groups.items())]
    return [point for point in found if point.own is not None]


def _point(name: str, student_id: int, rows: Iterable[Any]) -> Point:
    means = _means(rows)
    mean = sum(means.values(), Decimal(0)) / max(len(means), 1)
    of_class = mean.quantize(HUNDRED) if len(means) >= LEAST_STUDENTS else None
    own = means.get(student_id)
    return Point(name, own.quantize(HUNDRED) if own is not None else None, of_class)


def _means(rows: Iterable[Any]) -> Mapping[int, Decimal]:
    totals: dict[int, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in rows:
        totals[row.student_id][0] += row.total
        totals[row.student_id][1] += row.weight
    return {student: total / weight for student, (total, weight) in totals.items() if weight}


def ratings_of(session: Session, student_id: int, spans: Collection[tuple[str, date, date]]) -> list[Rating]:
    """For each span (kind, first, last): the own range among the class, and the trend. One statement for each."""
    found = []
    for kind, first, last in spans:
        length = last - first + timedelta(days=1)
        rows = sums_of_class(session, student_id, first - length, last)
        begin = monday_of(first)
        now = _means(row for row in rows if row.week.date() >= begin)
        before = _means(row for row in rows if row.week.date() < begin)
        own, was = now.get(student_id), before.get(student_id)
        trend = (own - was).quantize(HUNDRED) if own is not None and was is not None else None
        place = place_among(own, list(now.values())) if own is not None else None
        found.append(Rating(kind, first, last, own.quantize(HUNDRED) if own is not None else None, place, trend))
    return found
