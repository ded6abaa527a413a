"""An absence is reported in the diary, accepted by the class teacher, and stands in the journal before the lesson."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, select

from app.models import Absence, AbsenceNotice, Enrollment, Lesson, Notice
from app.services.absences import fill_again
from app.session.actors import ABSENCE_KEEPER, SEEDER
from app.session.engine import transaction
from tests.diary.conftest import Browse, Clock, Put
from tests.factories import TODAY, MadeSchool
from tests.web_support import Api

NEXT = TODAY + timedelta(days=3)  # Monday


def a_lesson(made: MadeSchool, day: date, **more: Any) -> Lesson:
    given = {"school_class_id": made.class_5a.id, "subject_id": made.maths.id, "teacher_id": made.teacher.id}
    return Lesson(**given | {"date": day, "period": 1} | more)


def absences(engine: Engine, made: MadeSchool) -> list[tuple[date, str]]:
    with transaction(engine, SEEDER) as session:
        query = select(Absence.missed_on, Absence.reason).where(Absence.student_id == made.anna.id)
        return [(row.missed_on, row.reason) for row in session.execute(query.order_by(Absence.missed_on, Absence.id))]


def told(engine: Engine, record: str) -> int:
    with transaction(engine, SEEDER) as session:
        return len(session.scalars(select(Notice.id).where(Notice.record == record)).all())


def report(mother: Any, made: MadeSchool, first: date, last: date, **more: str) -> Any:
    data = {"begins_on": str(first), "ends_on": str(last), "reason": "family", "comment": "Едем к бабушке"}
    return mother.post(f"/absences/{made.anna.id}", data | more)


def test_an_absence_goes_from_the_calendar_to_the_journal_and_back(
    browser: Browse, engine: Engine, made: MadeSchool, clock: Clock, put: Put, teacher: Api
) -> None:
    put(a_lesson(made, NEXT), a_lesson(made, NEXT + timedelta(days=1)), a_lesson(made, NEXT + timedelta(days=4)))
    put(a_lesson(made, NEXT, period=2, state="cancelled"))
    mother, leader = browser("mother"), browser("class_teacher")
    assert "data-day=" in mother.get(f"/absences/{made.anna.id}").text
    assert report(mother, made, NEXT, NEXT + timedelta(days=1)).status_code == 303
    assert "ответа ещё нет" in mother.get(f"/absences/{made.anna.id}").text
    assert absences(engine, made) == []

    assert "Ёлкина Анна" in leader.get("/").text.split('id="block-absence-notices"')[1].split("</section>")[0]
    page = leader.get("/absence-notices/").text
    assert "Едем к бабушке" in page
    with transaction(engine, SEEDER) as session:
        key = session.scalars(select(AbsenceNotice.id)).one()
    unsaid = leader.post(f"/absence-notices/{key}", {"decision": "decline", "answer": " "})
    assert unsaid.status_code == 422 and "почему" in unsaid.text
    accepted = leader.post(f"/absence-notices/{key}", {"decision": "accept", "answer": "Хорошей дороги"})
    assert accepted.status_code == 303
    assert leader.post(f"/absence-notices/{key}", {"decision": "decline", "answer": "x"}).status_code == 409

    assert absences(engine, made) == [(NEXT, "excused"), (NEXT + timedelta(days=1), "excused")]
    assert told(engine, "absence") == 0 and told(engine, "absence_notice") == 1
    page = mother.get(f"/absences/{made.anna.id}").text
    assert "принято" in page and "Хорошей дороги" in page
    assert "Хорошей дороги" in mother.get(f"/diary/{made.anna.id}").text

    late = put(a_lesson(made, NEXT, period=3))  # set down later: what a teacher writes there is excused as well
    written = teacher.post("/api/v1/absence/", json={"lesson": late.id, "student": made.anna.id, "reason": "absent"})
    assert written.status_code == 201 and written.json is not None
    assert absences(engine, made)[1] == (NEXT, "excused") and told(engine, "absence") == 0
    later = put(a_lesson(made, NEXT, period=4))
    for _twice in range(2):
        with transaction(engine, ABSENCE_KEEPER) as session:
            fill_again(session, made.school.id, TODAY)
    assert len(absences(engine, made)) == 4 and later.id
    with transaction(engine, SEEDER) as session:
        one = session.scalars(select(Absence).where(Absence.lesson_id == later.id)).one()
    assert teacher.delete(f"/api/v1/absence/{one.id}").status_code == 200  # the child came all the same
    with transaction(engine, ABSENCE_KEEPER) as session:
        fill_again(session, made.school.id, TODAY)
    assert len(absences(engine, made)) == 3

    assert mother.post(f"/absences/{made.anna.id}/{key}/withdraw").status_code == 303
    assert absences(engine, made) == []


def test_what_was_only_sent_is_told_to_nobody_and_excuses_nothing_yet(
    browser: Browse, engine: Engine, made: MadeSchool, clock: Clock, teacher: Api
) -> None:
    mother = browser("mother")
    assert report(mother, made, TODAY, TODAY, ends_on="", reason="ill").status_code == 303
    entry = {"lesson": made.own_lesson.id, "student": made.anna.id, "reason": "absent"}
    assert teacher.post("/api/v1/absence/", json=entry).status_code == 201
    assert absences(engine, made) == [(TODAY, "absent")] and told(engine, "absence") == 0

    with transaction(engine, SEEDER) as session:
        key = session.scalars(select(AbsenceNotice.id)).one()
    assert browser("class_teacher").post(f"/absence-notices/{key}", {"decision": "accept"}).status_code == 303
    assert absences(engine, made) == [(TODAY, "ill")]


def test_each_wrong_range_is_answered_at_its_field_and_nothing_typed_is_lost(
    browser: Browse, engine: Engine, made: MadeSchool, clock: Clock
) -> None:
    mother = browser("mother")
    assert report(mother, made, NEXT, NEXT + timedelta(days=2)).status_code == 303
    year = timedelta(days=400)
    for first, last, said in (
        (TODAY - timedelta(days=60), TODAY, "не раньше"),
        (TODAY + year, TODAY + year, "не позже"),
        (TODAY, TODAY + timedelta(days=366), "Не больше 90 дней"),
        (TODAY, TODAY - timedelta(days=1), "раньше первого"),
        (NEXT + timedelta(days=2), NEXT + timedelta(days=9), "уже сообщено"),
    ):
        answer = report(mother, made, first, last)
        assert answer.status_code == 422 and said in answer.text, said
        assert 'aria-invalid="true"' in answer.text and "Едем к бабушке" in answer.text
    assert report(mother, made, TODAY, TODAY, reason="boredom").status_code == 422
    for broken in ("", "31.02.2026", "x" * 9000, "2026-13-01"):
        assert report(mother, made, TODAY, TODAY, begins_on=broken).status_code == 422

    with transaction(engine, SEEDER) as session:
        session.scalars(select(Enrollment).where(Enrollment.student_id == made.anna.id)).one().ends_on = TODAY
    gone = report(mother, made, TODAY + timedelta(days=20), TODAY + timedelta(days=21))
    assert gone.status_code == 422 and "ни в одном классе" in gone.text


def test_only_guardians_report_and_only_the_class_teacher_answers(
    browser: Browse, engine: Engine, made: MadeSchool, clock: Clock
) -> None:
    mother, child, father = browser("mother"), browser("anna"), browser("father")
    assert child.get(f"/absences/{made.anna.id}").status_code == 200
    assert 'name="begins_on"' not in child.get(f"/absences/{made.anna.id}").text
    assert report(child, made, NEXT, NEXT).status_code == 403
    assert report(father, made, NEXT, NEXT).status_code == 404
    assert father.get(f"/absences/{made.anna.id}").status_code == 404
    assert report(mother, made, NEXT, NEXT).status_code == 303
    with transaction(engine, SEEDER) as session:
        key = session.scalars(select(AbsenceNotice.id)).one()
    for login, status in (("teacher", 403), ("mother", 403), ("head", 403), ("class_teacher", 303)):
        answer = browser(login).post(f"/absence-notices/{key}", {"decision": "accept"})
        assert answer.status_code == status, login
    assert father.post(f"/absences/{made.boris.id}/{key}/withdraw").status_code == 404
    assert browser("class_teacher").post("/absence-notices/999999", {"decision": "accept"}).status_code == 404
