"""What the demo's teachers have written in the journal: marks, absences, remarks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from random import Random

from sqlalchemy.orm import Session

from app.models import Absence, Mark, Remark, Student
from seeds.demo import topics
from seeds.demo.calendar import Calendar
from seeds.demo.families import Pupils
from seeds.demo.laying import lay
from seeds.demo.lessons import Given
from seeds.demo.structure import DEFAULT_WORK_TYPE, Structure

Away = Mapping[tuple[int, date], str]  # (student's key, day) → reason of the absence

WITHOUT_MARKS = 1  # grade levels up to this one have none
FEW_MARKS = {"физра", "музыка", "изо", "труд", "обзр", "общ", "информ"}


def lay_journal(
    session: Session, structure: Structure, calendar: Calendar, given: Sequence[Given], pupils: Pupils, choose: Random
) -> None:
    """Write absences, marks and remarks in the lessons that were held."""
    held = [one for one in given if one.lesson.state == "held"]
    away = _days_away(calendar, pupils, choose)
    lay(session, list(_absences(structure, held, pupils, away, choose)))
    lay(session, list(_marks(structure, held, pupils, away, choose)))
    lay(session, list(_remarks(structure, held, pupils, away, choose)))


def _of_lesson(one: Given, pupils: Pupils) -> list[Student]:
    subgroup_id = one.lesson.subgroup_id
    return pupils.of_class[one.lesson.school_class_id] if subgroup_id is None else pupils.of_subgroup[subgroup_id]


def _present(one: Given, pupils: Pupils, away: Away) -> list[Student]:
    return [student for student in _of_lesson(one, pupils) if (student.id, one.lesson.date) not in away]


def _days_away(calendar: Calendar, pupils: Pupils, choose: Random) -> dict[tuple[int, date], str]:
    """Each twelfth student was away for some days, mostly ill; one with an account was so for a day last week."""
    days = calendar.past()
    away = {}
    for student in (student for members in pupils.of_class.values() for student in members):
        first, length, chance = choose.randrange(len(days)), choose.randrange(1, 5), choose.random()
        reason = choose.choice(("ill", "ill", "ill", "ill", "excused", "absent"))
        if student.user_id is not None:
            away[student.id, days[-6]] = "ill"
        elif chance < 1 / 12:
            away.update({(student.id, day): reason for day in days[first : first + length]})
    return away


def _absences(
    structure: Structure, held: Sequence[Given], pupils: Pupils, away: Away, choose: Random
) -> Iterator[Absence]:
    for one in held:
        for student in _of_lesson(one, pupils):
            reason = away.get((student.id, one.lesson.date))
            if reason is None and one.lesson.period == 1 and choose.random() < 0.01:
                reason = "late"
            if reason is not None:
                yield Absence(
                    school_id=structure.school_id,
                    student_id=student.id,
                    lesson_id=one.lesson.id,
                    reason=reason,
                    missed_on=one.lesson.date,
                )


def _marks(structure: Structure, held: Sequence[Given], pupils: Pupils, away: Away, choose: Random) -> Iterator[Mark]:
    strength = {student.id: choose.uniform(2.9, 5.1) for members in pupils.of_class.values() for student in members}
    usual = [structure.work_types[name].id for name in (DEFAULT_WORK_TYPE, DEFAULT_WORK_TYPE, "классн", "дом")]
    for one in held:
        if one.grade_level <= WITHOUT_MARKS:
            continue
        present = _present(one, pupils, away)
        asked = (
            present if one.lesson.work_type_id else choose.sample(present, min(len(present), _how_many(one, choose)))
        )
        for student in asked:
            yield Mark(
                school_id=structure.school_id,
                student_id=student.id,
                lesson_id=one.lesson.id,
                work_type_id=one.lesson.work_type_id or choose.choice(usual),
                value=_value(one, strength[student.id], choose),
                comment=choose.choice(topics.COMMENTS) if choose.random() < 0.05 else None,
                given_on=one.lesson.date,
                published_at=datetime.combine(one.lesson.date, time(12), UTC),
            )


def _how_many(one: Given, choose: Random) -> int:
    most = 2 if one.subject in FEW_MARKS or one.lesson.subgroup_id else 4
    return choose.randrange(most + 1)


def _value(one: Given, strength: float, choose: Random) -> str:
    if one.subject == "физра" and choose.random() < 0.1:
        return "зч"
    return str(min(5, max(2, round(choose.gauss(strength, 0.7)))))


def _remarks(
    structure: Structure, held: Sequence[Given], pupils: Pupils, away: Away, choose: Random
) -> Iterator[Remark]:
    kinds = (("praise", topics.PRAISE, False), ("remark", topics.REMARKS, False), ("remark", topics.TO_GUARDIANS, True))
    for one in held:
        if choose.random() >= 0.04:
            continue
        kind, texts, to_guardians = choose.choice(kinds)
        student = choose.choice(_present(one, pupils, away))
        yield Remark(
            school_id=structure.school_id,
            student_id=student.id,
            lesson_id=one.lesson.id,
            kind=kind,
            text=choose.choice(texts),
            to_guardians=to_guardians,
            given_on=one.lesson.date,
            author_id=one.lesson.teacher_id,
        )
