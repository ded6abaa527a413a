"""What families' texts cost: segments a week in the demo school, by four ways of saying the same facts.

Facts are the marks, absences, homework and remarks of the last whole weeks; a text is written for each child each
evening (or for each fact), signed by the school, as long as it has to be.
"""

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.sms_packer import packed, unpacked
from app.domain.sms_text import segment_count
from app.domain.sms_words import TextRules, Told
from app.domain.weeks import monday_of
from app.models import Absence, Enrollment, Homework, Lesson, Mark, Remark, School, Student, SubgroupMember
from app.records import ALL
from app.services.facts import present_records, tell
from app.services.homework import is_for
from app.session.actors import COMPOSER
from app.session.engine import install, make_engine, transaction
from config import sqlalchemy_url
from tests.bench.large import demo_school

WEEKS = 4
DAYS: dict[str, Any] = {"mark": Mark.given_on, "absence": Absence.missed_on, "remark": Remark.given_on}


@dataclass(frozen=True)
class Evening:
    """What one child's family hears of one day, in Cyrillic and in Latin letters."""

    student_id: int
    cyrillic: Sequence[Told]
    latin: Sequence[Told]


def run() -> list[str]:
    """Lines to print; half a minute."""
    install(ALL)
    with tempfile.TemporaryDirectory(prefix="zvonok-bench-") as folder, demo_school(Path(folder)) as database:
        engine = make_engine(sqlalchemy_url(database.app_url))
        with transaction(engine, COMPOSER) as session:
            signature = session.scalars(select(School.short_name)).one()
            evenings = list(_evenings(session))
        engine.dispose()
    return list(_compared(evenings, TextRules(signature=signature)))


def _compared(evenings: Sequence[Evening], rules: TextRules) -> Iterator[str]:
    latin = TextRules(script="latin", signature=rules.signature)
    ways: dict[str, Callable[[Evening], int]] = {
        "one SMS for each fact": lambda one: sum(_parts(packed([fact], rules)) for fact in one.cyrillic),
        "one plain digest an evening": lambda one: segment_count(unpacked(one.cyrillic, rules)),
        "ours, Cyrillic": lambda one: _parts(packed(one.cyrillic, rules)),
        "ours, transliterated": lambda one: _parts(packed(one.latin, latin)),
    }
    family_weeks = WEEKS * len({one.student_id for one in evenings})
    facts = sum(len(one.cyrillic) for one in evenings)
    yield f"(s) {facts:,} facts of {len(evenings):,} evenings, {facts / family_weeks:.1f} for a child and week"
    first = 0.0
    for name, way in ways.items():
        segments = sum(map(way, evenings)) / family_weeks
        first = first or segments
        share = f"{segments / first:.2f} of the first (aim: 0.33)"
        yield f"    {name}: {segments:.1f} segments for a child and week, {share}"


def _parts(texts: Iterable[Any]) -> int:
    return sum(text.parts for text in texts)


def _evenings(session: Session) -> Iterator[Evening]:
    last = session.scalars(select(func.max(Mark.given_on))).one()
    until = monday_of(last + timedelta(days=1)) - timedelta(days=1)  # a Sunday: the last whole week ends with it
    first = until - timedelta(days=7 * WEEKS - 1)
    names = {row.id: row.given_name for row in session.execute(select(Student.id, Student.given_name))}
    said: dict[tuple[int, date], list[tuple[str, Any]]] = defaultdict(list)
    for name, day in DAYS.items():
        for record in _records(session, name, day.class_, day.between(first, until)):
            said[record.student_id, getattr(record, day.key)].append((name, record))
    for student_id, day, homework in _homework(session, first, until):
        said[student_id, day].append(("homework", homework))
    for (student_id, _day), its in sorted(said.items()):
        in_both = ([tell(name, record, names[student_id], way, None) for name, record in its] for way in (False, True))
        yield Evening(student_id, *in_both)


def _records(session: Session, name: str, model: Any, where: Any) -> Iterable[Any]:
    return present_records(session, {name: session.scalars(select(model.id).where(where)).all()}).values()


def _homework(session: Session, first: date, until: date) -> Iterator[tuple[int, date, Any]]:
    """Each piece of homework for each student whom it is for, on the day on which it was given."""
    members: dict[int, list[int]] = defaultdict(list)
    groups: dict[int, set[int]] = defaultdict(set)
    for row in session.execute(select(Enrollment.student_id, Enrollment.school_class_id)):
        members[row.school_class_id].append(row.student_id)
    for row in session.execute(select(SubgroupMember.student_id, SubgroupMember.subgroup_id)):
        groups[row.student_id].add(row.subgroup_id)
    given = Homework.lesson_id.in_(select(Lesson.id).where(Lesson.date.between(first, until)))
    for homework in _records(session, "homework", Homework, given):
        for student_id in members[homework.school_class_id]:
            if is_for(homework, student_id, groups[student_id]):
                yield student_id, homework.lesson.date, homework
