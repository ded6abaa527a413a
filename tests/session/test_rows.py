"""Who sees which rows, whichever way they are asked for."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, exists, func, select, text
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.models import Guardian, Lesson, Mark, Notice, Remark, School, SchoolClass, SmsMessage, Student
from app.session.actors import SEEDER, Actor
from app.session.engine import GoesAroundTheRule, NoActor, SchoolSession, transaction
from tests.factories import MadeSchool, a_mark, a_school, person


@pytest.fixture
def marks(engine: Engine, made: MadeSchool) -> tuple[Mark, Mark]:
    """A mark of Anna and one of Boris."""
    with transaction(engine, SEEDER) as session:
        own = a_mark(made)
        foreign = a_mark(made, lesson_id=made.foreign_lesson.id, student_id=made.boris.id, value="2")
        session.add_all([own, foreign])
    return own, foreign


def test_guardian_sees_the_own_child_and_no_other(engine: Engine, mother: Actor, made: MadeSchool, marks) -> None:
    with transaction(engine, mother) as session:
        assert [one.id for one in session.scalars(select(Student))] == [made.anna.id]
        assert [one.id for one in session.scalars(select(Mark))] == [marks[0].id]
        assert session.get(Mark, marks[0].id) is not None
        assert session.get(Mark, marks[1].id) is None
        assert [one.name for one in session.scalars(select(SchoolClass))] == ["5А"]


def test_rule_holds_however_a_mark_is_asked_for(engine: Engine, mother: Actor, marks) -> None:
    other = aliased(Mark)
    queries = {
        "count": select(func.count()).select_from(Mark),
        "count of a subquery": select(func.count()).select_from(select(Mark).subquery()),
        "columns": select(func.count(Mark.value)),
        "alias": select(func.count()).select_from(other),
        "cte": select(func.count()).select_from(select(Mark).cte()),
        "join": select(func.count()).select_from(Lesson).join(Mark, Mark.lesson_id == Lesson.id),
    }

    with transaction(engine, mother) as session:
        counted = {name: session.scalar(query) for name, query in queries.items()}
        loaded = session.query(Mark).options(joinedload(Mark.lesson), selectinload(Mark.student)).all()
        foreign_exists = session.scalar(select(Mark.id).where(exists().where(other.value == "2")))

    assert counted == dict.fromkeys(queries, 1)
    assert [mark.id for mark in loaded] == [marks[0].id]
    assert foreign_exists is None


@pytest.mark.parametrize("cache", [{}, {"compiled_cache": None}])
def test_one_statement_asked_by_several_people_tells_each_their_own(
    engine: Engine, mother: Actor, made: MadeSchool, marks, cache: dict[str, None]
) -> None:
    """Its SQL is written once for all who have as many keys of each kind, and anew for who has more."""
    of_boris = {"student_ids": frozenset({made.boris.id}), "family_only_ids": frozenset({made.boris.id})}
    of_both = {name: frozenset({made.anna.id, made.boris.id}) for name in of_boris}
    own, foreign = (mark.id for mark in marks)
    query = select(Mark).options(selectinload(Mark.student)).order_by(Mark.id)

    for changed, wanted in (({}, [own]), (of_boris, [foreign]), (of_both, [own, foreign]), ({}, [own])):
        with transaction(engine, replace(mother, **changed)) as session:
            seen = session.scalars(query, execution_options=cache).all()
            assert [mark.id for mark in seen] == wanted
            assert [mark.student is not None for mark in seen] == [True] * len(wanted)


def test_subject_teacher_sees_the_class_and_not_its_guardians(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    with transaction(engine, teacher) as session:
        assert {one.id for one in session.scalars(select(Student))} == {made.anna.id, made.gleb.id}
        assert session.scalars(select(Guardian)).all() == []


def test_class_teacher_sees_the_guardians_of_the_class(engine: Engine, class_teacher: Actor, made: MadeSchool) -> None:
    with transaction(engine, class_teacher) as session:
        assert [one.id for one in session.scalars(select(Guardian))] == [made.mother.id]


def test_head_sees_the_whole_school_and_no_other_school(engine: Engine, made: MadeSchool, marks) -> None:
    foreign = a_school(engine, "Школа № 2", prefix="second_")
    head = person(engine, "head")

    with transaction(engine, head) as session:
        assert session.scalar(select(func.count()).select_from(Student)) == 3
        assert session.get(Student, foreign.anna.id) is None
        assert [one.id for one in session.scalars(select(School))] == [made.school.id]


def test_student_does_not_see_what_was_written_to_the_guardians(
    engine: Engine, anna: Actor, mother: Actor, made: MadeSchool
) -> None:
    with transaction(engine, SEEDER) as session:
        for text_, to_guardians in (("для всех", False), ("только родителям", True)):
            session.add(
                Remark(student_id=made.anna.id, text=text_, to_guardians=to_guardians, given_on=made.own_lesson.date)
            )

    def texts(actor: Actor) -> set[str]:
        with transaction(engine, actor) as session:
            return {one.text for one in session.scalars(select(Remark))}

    assert texts(mother) == {"для всех", "только родителям"}
    assert texts(anna) == {"для всех"}


def test_barred_guardian_sees_nothing_at_once(engine: Engine, made: MadeSchool, marks) -> None:
    with transaction(engine, SEEDER) as session:
        session.execute(text("UPDATE guardianship SET barred = true"), execution_options={"around_the_rule": True})

    with transaction(engine, person(engine, "mother")) as session:
        assert session.scalars(select(Student)).all() == []
        assert session.scalars(select(Mark)).all() == []
        assert session.scalars(select(SchoolClass)).all() == []


def test_nobody_sees_the_inside_of_the_pipeline(engine: Engine, head: Actor, mother: Actor, made: MadeSchool) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(
            Notice(school_id=made.school.id, record="mark", record_id=1, action="added", student_id=made.anna.id)
        )

    for actor in (head, mother):
        with transaction(engine, actor) as session:
            assert session.scalars(select(Notice)).all() == []
    with transaction(engine, mother) as session:
        assert session.scalars(select(SmsMessage)).all() == []


@pytest.mark.parametrize(
    "statement",
    [
        text("SELECT id FROM mark"),
        select(text("id")).select_from(text("mark")),
        Mark.__table__.select(),
        Mark.__table__.insert(),
        select(Mark).from_statement(text("SELECT * FROM mark")),
    ],
    ids=["text", "text in select", "core select", "core insert", "from statement"],
)
def test_what_goes_around_the_rule_is_refused(engine: Engine, mother: Actor, statement) -> None:
    with transaction(engine, mother) as session, pytest.raises(GoesAroundTheRule):
        session.execute(statement)


def test_bulk_change_of_watched_records_is_refused(engine: Engine, head: Actor, marks) -> None:
    with transaction(engine, head) as session, pytest.raises(GoesAroundTheRule):
        session.query(Mark).update({"value": "5"})


def test_session_without_an_actor_fails_loudly(engine: Engine, made: MadeSchool) -> None:
    with SchoolSession(engine) as session, pytest.raises(NoActor):
        session.scalars(select(Student)).all()
