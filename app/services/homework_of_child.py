"""A child's homework over a period: by subject and day, what is done, and when it was last changed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.errors import NotAllowed, NotFound
from app.models import Enrollment, Homework, HomeworkDone, Lesson, Staff, SubgroupMember, Subject
from app.services.homework import files_told, is_for
from app.session.engine import actor_of

AROUND = {"around_the_rule": True}
MAY_READ = ("can_read", "homework")


def homework_of(session: Session, child: Any, first: date, last: date) -> Sequence[Any]:
    """What is due in these days, or was given in them without a day; the nearest first. One statement."""
    student_id = child.id
    in_group = select(SubgroupMember.id).where(
        SubgroupMember.subgroup_id == Lesson.subgroup_id, SubgroupMember.student_id == student_id
    )
    day = func.coalesce(Homework.due, Lesson.date)
    query = (
        select(
            Homework.id, Homework.text, Homework.bring, Homework.mandatory, Homework.independent, Homework.minutes,
            Homework.due,
            Homework.subgroup_id, Homework.students, Lesson.date.label("given_on"), files_told(),
            Lesson.subject_id, Subject.name.label("subject"), Staff.surname.label("teacher"), day.label("day"),
            HomeworkDone.done_at, Homework.revised_at,
        )
        .join(Lesson, Lesson.id == Homework.lesson_id)
        .join(Subject, Subject.id == Lesson.subject_id)
        .join(Staff, Staff.id == Lesson.teacher_id)
        .join(
            Enrollment,
            and_(
                Enrollment.student_id == student_id, Enrollment.school_class_id == Lesson.school_class_id,
                Enrollment.begins_on <= Lesson.date,
                or_(Enrollment.ends_on.is_(None), Enrollment.ends_on >= Lesson.date),
            ),
        )
        .outerjoin(HomeworkDone, (HomeworkDone.homework_id == Homework.id) & (HomeworkDone.student_id == student_id))
        .where(day.between(first, last), or_(Lesson.subgroup_id.is_(None), in_group.exists()))
        .order_by(day, Subject.name, Homework.id)
        .limit(500)
    )  # fmt: skip
    return [row for row in session.execute(query) if is_for(row, student_id, child.subgroup_ids)]


def tick(session: Session, student_id: int, homework_id: int) -> bool:
    """Turn the tick of the session's own student; whether it is done now. The caller commits.

    Raises NotAllowed for everybody but the student, NotFound for homework of another class or subgroup.
    """
    if student_id not in actor_of(session).own_student_ids:
        raise NotAllowed
    found = session.scalars(
        select(Homework.id).join(Lesson, Lesson.id == Homework.lesson_id).where(Homework.id == homework_id)
    ).first()
    if found is None:
        raise NotFound
    mine = (HomeworkDone.homework_id == homework_id) & (HomeworkDone.student_id == student_id)
    gone = session.execute(delete(HomeworkDone).where(mine), execution_options=AROUND | {"synchronize_session": False})
    if gone.rowcount:  # type: ignore[attr-defined]
        return False
    school_id = session.scalars(select(Homework.school_id).where(Homework.id == homework_id)).one()
    row = {"homework_id": homework_id, "student_id": student_id, "school_id": school_id}
    session.execute(insert(HomeworkDone).values(row).on_conflict_do_nothing(), execution_options=AROUND)
    return True
