"""Lessons and term marks: a teacher writes what they teach, and what is written in a lesson stays where it stands."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine

from app.domain.errors import InvalidInput, NotAllowed
from app.models import Lesson, Subgroup, SubgroupMember, Teaching, Term, TermMark
from app.session.actors import SEEDER, Actor
from app.session.engine import transaction
from tests.factories import TODAY, MadeSchool, a_mark, person

JANUARY = date(2027, 1, 15)


def add(engine: Engine, actor: Actor, row: Any) -> Any:
    with transaction(engine, actor) as session:
        session.add(row)
    return row


def a_lesson(made: MadeSchool, **changes: Any) -> Lesson:
    """Another lesson of mathematics in 5А by its own teacher; name what should differ."""
    given: dict[str, Any] = {
        "school_class_id": made.class_5a.id,
        "subject_id": made.maths.id,
        "teacher_id": made.teacher.id,
        "date": TODAY,
        "period": 6,
    }
    return Lesson(**given | changes)


def change_lesson(engine: Engine, actor: Actor, lesson: Lesson, **changes: Any) -> None:
    with transaction(engine, actor) as session:
        found = session.get_one(Lesson, lesson.id)
        for name, value in changes.items():
            setattr(found, name, value)


@pytest.fixture
def next_term(engine: Engine, made: MadeSchool) -> Term:
    return add(  # type: ignore[no-any-return]
        engine,
        SEEDER,
        Term(
            school_id=made.school.id, academic_year_id=made.year.id, name="3", begins_on=date(2027, 1, 11),
            ends_on=date(2027, 3, 20),
        ),
    )  # fmt: skip


def test_a_teacher_makes_lessons_of_what_they_teach_in_the_own_name(
    engine: Engine, teacher: Actor, head: Actor, made: MadeSchool
) -> None:
    add(engine, teacher, a_lesson(made))
    for wrong in ({"subject_id": made.russian.id}, {"teacher_id": made.other_teacher.id}):
        with pytest.raises(NotAllowed):
            add(engine, teacher, a_lesson(made, period=7, **wrong))
        add(engine, head, a_lesson(made, period=7, **wrong))


@pytest.mark.parametrize("column", ["subject_id", "teacher_id"])
def test_a_teacher_moves_no_lesson_out_of_what_they_teach(
    engine: Engine, teacher: Actor, made: MadeSchool, column: str
) -> None:
    wrong = {"subject_id": made.russian.id, "teacher_id": made.class_teacher.id}[column]

    with pytest.raises(NotAllowed):
        change_lesson(engine, teacher, made.own_lesson, **{column: wrong})


def test_a_substitute_writes_the_lesson_that_the_head_gave(engine: Engine, head: Actor, made: MadeSchool) -> None:
    lesson = add(engine, head, a_lesson(made, teacher_id=made.class_teacher.id))
    add(engine, SEEDER, Teaching(teacher_id=made.other_teacher.id, school_class_id=made.class_5a.id,
                                 subject_id=made.russian.id))  # fmt: skip
    substitute = add(engine, head, a_lesson(made, period=8, teacher_id=made.other_teacher.id))

    change_lesson(engine, person(engine, "other_teacher"), substitute, topic="Дроби", state="held")
    with pytest.raises(NotAllowed):
        change_lesson(engine, person(engine, "other_teacher"), lesson, topic="Дроби")


def test_a_lesson_of_a_closed_term_is_not_moved_into_an_open_one(
    engine: Engine, teacher: Actor, made: MadeSchool, next_term: Term
) -> None:
    with transaction(engine, SEEDER) as session:
        session.get_one(Term, made.term.id).closed = True

    for changes in ({"date": JANUARY}, {"topic": "x"}):
        with pytest.raises(NotAllowed):
            change_lesson(engine, teacher, made.own_lesson, **changes)


@pytest.mark.parametrize("who", ["teacher", "head"])
def test_a_lesson_with_a_mark_keeps_class_subject_and_day(
    engine: Engine, teacher: Actor, made: MadeSchool, next_term: Term, who: str
) -> None:
    add(engine, SEEDER, Teaching(teacher_id=made.teacher.id, school_class_id=made.class_5b.id,
                                 subject_id=made.maths.id))  # fmt: skip
    add(engine, SEEDER, Teaching(teacher_id=made.teacher.id, school_class_id=made.class_5a.id,
                                 subject_id=made.russian.id))  # fmt: skip
    add(engine, teacher, a_mark(made))
    actor = person(engine, who)

    for column, field, value in (
        ("school_class_id", "school_class", made.class_5b.id),
        ("subject_id", "subject", made.russian.id),
        ("date", "date", JANUARY),
    ):
        with pytest.raises(InvalidInput) as wrong:
            change_lesson(engine, actor, made.own_lesson, **{column: value})
        assert (wrong.value.field, wrong.value.key) == (field, "lesson.has_entries")
    change_lesson(engine, actor, made.own_lesson, period=9, topic="Дроби")


def test_a_lesson_without_entries_moves(engine: Engine, teacher: Actor, made: MadeSchool, next_term: Term) -> None:
    change_lesson(engine, teacher, made.own_lesson, date=JANUARY)

    with transaction(engine, teacher) as session:
        assert session.get_one(Lesson, made.own_lesson.id).term_id == next_term.id


def a_term_mark(made: MadeSchool, student_id: int) -> TermMark:
    return TermMark(student_id=student_id, subject_id=made.maths.id, term_id=made.term.id, value="5", reason="вызвана")


def test_term_marks_are_given_by_who_teaches_the_subject_to_that_class(
    engine: Engine, teacher: Actor, made: MadeSchool
) -> None:
    add(engine, teacher, a_term_mark(made, made.anna.id))
    add(engine, SEEDER, Teaching(teacher_id=made.teacher.id, school_class_id=made.class_5b.id,
                                 subject_id=made.russian.id))  # fmt: skip

    with pytest.raises(NotAllowed):
        add(engine, person(engine, "teacher"), a_term_mark(made, made.boris.id))


def test_who_teaches_a_subgroup_gives_its_students_term_marks(engine: Engine, made: MadeSchool) -> None:
    group = add(engine, SEEDER, Subgroup(school_class_id=made.class_5a.id, name="1", subject_id=made.maths.id))
    add(engine, SEEDER, SubgroupMember(subgroup_id=group.id, student_id=made.anna.id))
    add(engine, SEEDER, Teaching(teacher_id=made.other_teacher.id, school_class_id=made.class_5a.id,
                                 subject_id=made.maths.id, subgroup_id=group.id))  # fmt: skip
    other = person(engine, "other_teacher")

    add(engine, other, a_term_mark(made, made.anna.id))
    with pytest.raises(NotAllowed):
        add(engine, other, a_term_mark(made, made.gleb.id))
