"""A school in the middle of its day, for the tests of the start page."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Engine

from app.models import Absence, Announcement, BellPeriod, BellSchedule, Homework, Lesson, Mark, Remark
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import TODAY, MadeSchool


def a_day(engine: Engine, made: MadeSchool) -> None:
    """Bells, a lesson of the day before yesterday that lacks all, and what both classes' teachers wrote today."""
    in_school = {"school_id": made.school.id}
    with transaction(engine, SEEDER) as session:
        bells = BellSchedule(**in_school, name="Обычный день", is_default=True)
        session.add(bells)
        session.flush()
        session.add(BellPeriod(bell_schedule=bells, period=1, starts_at=time(8, 30), ends_at=time(9, 15)))
        before = {"date": TODAY - timedelta(days=2), "period": 4}
        of_5a = {"school_class_id": made.class_5a.id, "subject_id": made.maths.id, "teacher_id": made.teacher.id}
        session.add_all(
            [
                Lesson(**before, **of_5a),
                Lesson(
                    **before, school_class_id=made.class_5b.id, subject_id=made.russian.id,
                    teacher_id=made.other_teacher.id, topic="Чужая тема",
                ),
                Absence(lesson_id=made.own_lesson.id, student_id=made.anna.id, reason="ill"),
                Absence(lesson_id=made.foreign_lesson.id, student_id=made.boris.id, reason="absent"),
                Mark(lesson_id=made.own_lesson.id, student_id=made.anna.id, value="5", comment="за доску"),
                Mark(lesson_id=made.own_lesson.id, student_id=made.gleb.id, value="3"),
                Homework(lesson_id=made.own_lesson.id, text="§ 12", due=TODAY + timedelta(days=3)),
                Homework(lesson_id=made.foreign_lesson.id, text="Чужое задание", due=TODAY + timedelta(days=3)),
                Remark(student_id=made.anna.id, given_on=TODAY, text="Опоздала <b>дважды</b>"),
                Remark(student_id=made.anna.id, given_on=TODAY, text="Зайдите в школу", to_guardians=True),
                Remark(student_id=made.boris.id, given_on=TODAY, text="Замечание Борису"),
                Announcement(
                    **in_school, title="Собрание", text="В пятницу", published_at=datetime(2026, 11, 19, tzinfo=UTC)
                ),
            ]
        )  # fmt: skip
