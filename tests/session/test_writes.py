"""Who writes which rows, and what a record takes."""

import pytest
from sqlalchemy import Engine, func, select

from app.domain.errors import InvalidInput, NotAllowed
from app.models import Lesson, Mark, Notice, Remark, Revision, SmsSubscription, Subject
from app.session.actors import COMPOSER, SEEDER, Actor
from app.session.engine import transaction
from tests.factories import MadeSchool, a_mark, person


def left_behind(engine: Engine) -> tuple[int, int, int]:
    """Marks, notices, and revisions of marks in the database."""
    with transaction(engine, SEEDER) as session:
        return tuple(  # type: ignore[return-value]
            session.scalar(query) or 0
            for query in (
                select(func.count(Mark.id)),
                select(func.count(Notice.id)),
                select(func.count(Revision.id)).where(Revision.record == "mark"),
            )
        )


def test_teacher_marks_in_the_own_lesson(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    with transaction(engine, teacher) as session:
        session.add(a_mark(made, value=" 5 "))

    with transaction(engine, SEEDER) as session:
        mark = session.scalars(select(Mark)).one()
        assert (mark.value, mark.school_id, mark.given_on) == ("5", made.school.id, made.own_lesson.date)
        assert mark.work_type_id == made.answer.id
    assert left_behind(engine) == (1, 1, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"value": "9"}, "value"), ({"value": ""}, "value"), ({"value": "5\x00"}, "value")],
    ids=["out of scale", "empty", "with a NUL"],
)
def test_mark_that_the_scale_does_not_take_leaves_nothing(
    engine: Engine, teacher: Actor, made: MadeSchool, changes, field
) -> None:
    with pytest.raises(InvalidInput) as wrong, transaction(engine, teacher) as session:
        session.add(a_mark(made, **changes))

    assert wrong.value.field == field
    assert left_behind(engine) == (0, 0, 0)


def test_foreign_lesson_is_told_like_an_unknown_one(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    for lesson_id in (made.foreign_lesson.id, 999_999):
        with pytest.raises(InvalidInput) as wrong, transaction(engine, teacher) as session:
            session.add(a_mark(made, lesson_id=lesson_id))
        assert (wrong.value.field, wrong.value.key, wrong.value.figures) == ("lesson", "relation.unknown", {})
    assert left_behind(engine) == (0, 0, 0)


def test_refusal_holds_when_the_student_is_set_as_a_relation(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    with pytest.raises(NotAllowed), transaction(engine, teacher) as session:
        session.add(
            Mark(
                lesson=session.merge(made.own_lesson, load=False),
                student=session.merge(made.boris, load=False),
                value="5",
            )
        )
    assert left_behind(engine) == (0, 0, 0)


def test_mark_cannot_be_moved_into_or_out_of_an_own_lesson(engine: Engine, made: MadeSchool) -> None:
    with transaction(engine, person(engine, "other_teacher")) as session:
        session.add(a_mark(made, lesson_id=made.foreign_lesson.id, student_id=made.boris.id))
    with transaction(engine, SEEDER) as session:
        foreign = session.scalars(select(Mark)).one().id

    with pytest.raises(NotAllowed), transaction(engine, person(engine, "class_teacher")) as session:
        session.add(a_mark(made))
    with transaction(engine, person(engine, "teacher")) as session:
        assert session.get(Mark, foreign) is None
    with pytest.raises((NotAllowed, InvalidInput)), transaction(engine, person(engine, "other_teacher")) as session:
        session.get_one(Mark, foreign).lesson_id = made.own_lesson.id

    assert left_behind(engine) == (1, 1, 1)


def test_guardian_may_look_but_not_mark(engine: Engine, mother: Actor, made: MadeSchool) -> None:
    with pytest.raises(NotAllowed), transaction(engine, mother) as session:
        session.add(a_mark(made))
    assert left_behind(engine) == (0, 0, 0)


def test_student_of_another_class_is_named(engine: Engine, head: Actor, made: MadeSchool) -> None:
    with transaction(engine, SEEDER) as session:
        session.add(Lesson(
            school_class_id=made.class_5a.id, subject_id=made.maths.id, teacher_id=made.teacher.id,
            date=made.own_lesson.date, period=5, state="cancelled",
        ))  # fmt: skip
    teacher = person(engine, "teacher")

    with pytest.raises(InvalidInput) as wrong, transaction(engine, teacher) as session:
        cancelled = session.scalars(select(Lesson).where(Lesson.state == "cancelled")).one()
        session.add(a_mark(made, lesson_id=cancelled.id))

    assert (wrong.value.field, wrong.value.key) == ("lesson", "lesson.cancelled")


def test_closed_term_takes_no_mark(engine: Engine, teacher: Actor, head: Actor, made: MadeSchool) -> None:
    with transaction(engine, head) as session:
        session.merge(made.term, load=False).closed = True

    with pytest.raises(NotAllowed), transaction(engine, teacher) as session:
        session.add(a_mark(made))


def test_lesson_outside_the_year_names_the_year(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    with pytest.raises(InvalidInput) as wrong, transaction(engine, teacher) as session:
        session.add(Lesson(
            school_class_id=made.class_5a.id, subject_id=made.maths.id, teacher_id=made.teacher.id,
            date=made.own_lesson.date.replace(year=2031), period=1,
        ))  # fmt: skip

    assert wrong.value.field == "date"
    assert wrong.value.figures == {"first": "01.09.2026", "last": "31.05.2027"}


def test_teacher_may_not_rename_a_subject(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    with pytest.raises(NotAllowed), transaction(engine, teacher) as session:
        session.get_one(Subject, made.maths.id).name = "Физкультура"


def test_a_subscription_that_goes_to_another_guardian_is_confirmed_no_longer(engine: Engine, made: MadeSchool) -> None:
    is_confirmed = []
    with transaction(engine, person(engine, "secretary")) as session:
        moved = session.get_one(SmsSubscription, made.subscription.id)
        is_confirmed.append(moved.phone_confirmed_at is not None)
        moved.guardian_id, moved.student_id = made.father.id, made.boris.id
        session.flush()
        is_confirmed.append(moved.phone_confirmed_at is not None)
        moved.phone = str(made.father.phone)
        session.flush()
        is_confirmed.append(moved.phone_confirmed_at is not None)

    assert is_confirmed == [True, False, True]


def test_part_of_the_system_writes_only_its_own_tables(engine: Engine, made: MadeSchool) -> None:
    with pytest.raises(NotAllowed), transaction(engine, COMPOSER) as session:
        session.add(a_mark(made))


@pytest.mark.parametrize(
    ("comment", "key"),
    [
        ("x" * 501, "text.too_long"),
        ("a\x00b", "text.control"),
        ("\ud800", "text.control"),
        ("a\u202eb", "text.control"),
    ],
    ids=["over-long", "with a NUL", "with half a pair", "with a turned direction"],
)
def test_text_that_cannot_be_kept_is_named(engine: Engine, teacher: Actor, made: MadeSchool, comment, key) -> None:
    with pytest.raises(InvalidInput) as wrong, transaction(engine, teacher) as session:
        session.add(a_mark(made, comment=comment))

    assert (wrong.value.field, wrong.value.key) == ("comment", key)
    assert left_behind(engine) == (0, 0, 0)


def test_markup_emoji_and_formulas_are_saved_as_typed(engine: Engine, teacher: Actor, made: MadeSchool) -> None:
    typed = '=HYPERLINK("http://x") <b>🎉</b>'
    with transaction(engine, teacher) as session:
        session.add(a_mark(made, comment=typed))

    with transaction(engine, SEEDER) as session:
        assert session.scalars(select(Mark)).one().comment == typed


def test_a_remark_is_corrected_by_its_author_only(
    engine: Engine, teacher: Actor, class_teacher: Actor, made: MadeSchool
) -> None:
    with transaction(engine, class_teacher) as session:
        remark = Remark(student_id=made.anna.id, text="Забыла дневник", given_on=made.own_lesson.date)
        session.add(remark)

    assert remark.author_id == made.class_teacher.id
    for change in ("text", "author", "delete"):
        with pytest.raises(NotAllowed), transaction(engine, teacher) as session:
            found = session.get_one(Remark, remark.id)
            if change == "delete":
                session.delete(found)
            elif change == "author":
                found.author_id = made.teacher.id
            else:
                found.text = "Молодец"
    with transaction(engine, class_teacher) as session:
        session.get_one(Remark, remark.id).text = "Забыла дневник дома"
