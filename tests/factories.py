"""A small made-up school for tests: two classes, two families, their teachers, a day of lessons."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from app.models import (
    AcademicYear,
    Consent,
    Enrollment,
    Guardian,
    Guardianship,
    Lesson,
    Mark,
    Scale,
    School,
    SchoolClass,
    SchoolSetting,
    SmsSubscription,
    Staff,
    Student,
    Subject,
    Teaching,
    Term,
    WorkType,
)
from app.records import ALL
from app.session.actors import SEEDER, Actor
from app.session.engine import install, transaction
from app.session.keys import load_actor
from tests.pristine import Pristine

AROUND = {"around_the_rule": True}
PASSWORD = "a password for tests"
_HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")
YEAR_BEGINS, YEAR_ENDS = date(2026, 9, 1), date(2027, 5, 31)
USUAL = {
    "hold_back_minutes": "0",
    "quiet_hours": "no",
    "second_factor_roles": "none",
    "free_edit_days": "3650",
    "old_news_days": "0",
}
TODAY = date(2026, 11, 20)  # a Friday in the second quarter


@dataclass
class MadeSchool:
    """Rows of the school, detached: their columns can be read, their relations that are loaded too."""

    school: School
    year: AcademicYear
    term: Term
    maths: Subject
    russian: Subject
    answer: WorkType
    test: WorkType
    class_5a: SchoolClass
    class_5b: SchoolClass
    teacher: Staff  # mathematics in 5А
    other_teacher: Staff  # Russian in 5Б
    class_teacher: Staff  # of 5А, teaches it Russian
    head: Staff
    secretary: Staff
    anna: Student  # 5А
    gleb: Student  # 5А
    boris: Student  # 5Б
    mother: Guardian  # of Anna
    father: Guardian  # of Boris
    own_lesson: Lesson  # mathematics in 5А
    foreign_lesson: Lesson  # Russian in 5Б
    subscription: SmsSubscription  # mother for Anna: marks, debts and absences at once, the rest in the digest


def account(session: Session, username: str, role: str, name: str = "Имя Фамилия") -> int:
    """An account with one role and the password PASSWORD; its id."""
    first, _, last = name.partition(" ")
    user_id: int = session.execute(
        text("""INSERT INTO ab_user (first_name, last_name, username, password, active, email)
                VALUES (:first, :last, :name, :hash, true, :mail) RETURNING id"""),
        {"first": first, "last": last, "name": username, "hash": _HASH, "mail": f"{username}@school.invalid"},
        execution_options=AROUND,
    ).scalar_one()
    given = session.execute(
        text("INSERT INTO ab_user_role (user_id, role_id) SELECT :user, id FROM ab_role WHERE name = :role"),
        {"user": user_id, "role": role},
        execution_options=AROUND,
    )
    assert given.rowcount == 1, f"there is no role {role}"  # type: ignore[attr-defined]
    return user_id


def a_school(engine: Engine, name: str = "Школа № 1", prefix: str = "") -> MadeSchool:
    """Make the school and its accounts: teacher, other_teacher, class_teacher, head, secretary, mother, father, anna.

    `prefix` stands before each account's name, so that two schools fit in one database.
    """
    install(ALL)
    with transaction(engine, SEEDER) as session:
        made = _rows(session, name, prefix)
        session.flush()
        for row in vars(made).values():
            session.refresh(row)
    return made


def the_school(engine: Engine, first_state: Pristine) -> MadeSchool:
    """The same, made once in a test run and laid again for each test that wants it first of all."""
    install(ALL)
    return first_state.lay("a school", lambda: a_school(engine))


def own_and_foreign(engine: Engine, first_state: Pristine) -> tuple[MadeSchool, MadeSchool]:
    """Two of them; the accounts of the foreign one begin with `strange_`. Made once in a test run too."""
    install(ALL)
    return first_state.lay("own and foreign", lambda: (a_school(engine), a_school(engine, "Школа № 2", "strange_")))


def _rows(session: Session, name: str, prefix: str) -> MadeSchool:
    def add(row: Any) -> Any:
        session.add(row)
        session.flush()
        return row

    school = add(School(name=name, short_name="Шк 1"))
    in_school = {"school_id": school.id}
    year = add(AcademicYear(**in_school, name="2026/27", begins_on=YEAR_BEGINS, ends_on=YEAR_ENDS))
    term = add(
        Term(
            academic_year=year, name="2 четверть", begins_on=date(2026, 11, 2), ends_on=date(2026, 12, 28), **in_school
        )
    )
    add(Scale(**in_school, name="2–5", lowest=2, highest=5, words="зч нз осв н/а", is_default=True))
    maths = add(Subject(**in_school, name="Математика", short_name="матем", latin_name="matem"))
    russian = add(Subject(**in_school, name="Русский язык", short_name="русск", latin_name="russk"))
    answer = add(WorkType(**in_school, name="Ответ на уроке", short_name="ответ", latin_name="otvet", is_default=True))
    test = add(WorkType(**in_school, name="Контрольная", short_name="контр", latin_name="kontr", kind="test", weight=3))
    for key, value in USUAL.items():
        add(SchoolSetting(**in_school, name=key, value=value))
    staff = {
        login: add(
            Staff(
                **in_school,
                surname=surname,
                given_name="Ольга",
                user_id=account(session, prefix + login, role, f"Ольга {surname}"),
            )
        )
        for login, surname, role in (
            ("teacher", "Иванова", "teacher"),
            ("other_teacher", "Петрова", "teacher"),
            ("class_teacher", "Сидорова", "class teacher"),
            ("head", "Орлова", "head"),
            ("secretary", "Лисина", "secretary"),
        )
    }
    class_5a = add(SchoolClass(academic_year=year, name="5А", grade_level=5, class_teacher=staff["class_teacher"]))
    class_5b = add(SchoolClass(academic_year=year, name="5Б", grade_level=5))
    add(Teaching(teacher=staff["teacher"], school_class=class_5a, subject=maths))
    add(Teaching(teacher=staff["other_teacher"], school_class=class_5b, subject=russian))
    add(Teaching(teacher=staff["class_teacher"], school_class=class_5a, subject=russian))
    anna = add(
        Student(**in_school, surname="Ёлкина", given_name="Анна", user_id=account(session, prefix + "anna", "student"))
    )
    gleb = add(Student(**in_school, surname="Зимин", given_name="Глеб"))
    boris = add(Student(**in_school, surname="Борисов", given_name="Борис"))
    for student, school_class in ((anna, class_5a), (gleb, class_5a), (boris, class_5b)):
        add(Enrollment(student=student, school_class=school_class, begins_on=YEAR_BEGINS))
    mother = add(a_guardian(session, school, "Ёлкина", "+79990000001", account(session, prefix + "mother", "guardian")))
    father = add(
        a_guardian(session, school, "Борисов", "+79990000002", account(session, prefix + "father", "guardian"))
    )
    add(Guardianship(guardian=mother, student=anna, kinship="mother"))
    add(Guardianship(guardian=father, student=boris, kinship="father"))
    lessons = [
        add(Lesson(school_class=group, subject=subject, teacher=staff[who], date=TODAY, period=number))
        for number, (group, subject, who) in enumerate(
            ((class_5a, maths, "teacher"), (class_5b, russian, "other_teacher")), start=1
        )
    ]
    subscription = add(
        SmsSubscription(
            guardian=mother, student=anna, phone=mother.phone, marks="at_once", absences="at_once", debts="at_once"
        )
    )
    return MadeSchool(
        school, year, term, maths, russian, answer, test, class_5a, class_5b, *staff.values(), anna, gleb, boris,
        mother, father, *lessons, subscription,
    )  # fmt: skip


def a_guardian(session: Session, school: School, surname: str, phone: str, user_id: int | None = None) -> Guardian:
    """A guardian with a confirmed phone who agreed to urgent news."""
    guardian = Guardian(
        school_id=school.id,
        surname=surname,
        given_name="Мария",
        phone=phone,
        phone_confirmed_at=datetime.now(UTC),
        user_id=user_id,
    )
    session.add(guardian)
    session.flush()
    session.add(Consent(guardian=guardian, phone=phone, kind="urgent", means="paper"))
    return guardian


def person(engine: Engine, username: str, today: date = TODAY) -> Actor:
    """The actor behind an account, as a request would load it."""
    with transaction(engine, SEEDER) as session:
        query = text("SELECT id, first_name || ' ' || last_name AS name FROM ab_user WHERE username = :name")
        user = session.execute(query, {"name": username}, execution_options=AROUND).one()
        return load_actor(session, user.id, user.name, today)


def a_mark(made: MadeSchool, **changes: Any) -> Mark:
    """A five for Anna in the teacher's own lesson; name what should differ."""
    given: dict[str, Any] = {"lesson_id": made.own_lesson.id, "student_id": made.anna.id, "value": "5"}
    return Mark(**given | changes)
