"""The demo school's families and accounts, as contracts promise them."""

import pytest
from sqlalchemy import select
from werkzeug.security import check_password_hash

import seeds.demo
from app.models import Lesson, Student
from app.session.engine import SchoolSession, make_engine
from app.session.keys import load_actor
from config import sqlalchemy_url
from tests.support import DEMO_PASSWORD, school_today

LOGINS = [
    *("admin", "head", "secretary", "health", "authority", "operator"),
    *("teacher", "classteacher", "parent", "parent2", "student"),
]

FAMILIES = """
SELECT s.id, count(DISTINCT g.guardian_id) AS adults, count(DISTINCT e.id) AS classes FROM student s
LEFT JOIN guardianship g ON g.student_id = s.id LEFT JOIN enrollment e ON e.student_id = s.id GROUP BY s.id
"""
AGREED = """
SELECT g.phone, c.phone AS agreed FROM guardian g
LEFT JOIN consent c ON c.guardian_id = g.id AND c.kind = 'urgent' AND c.withdrawn_at IS NULL
"""
TAUGHT = """
SELECT u.username, c.name, b.short_name FROM teaching t JOIN staff s ON s.id = t.teacher_id
JOIN ab_user u ON u.id = s.user_id JOIN school_class c ON c.id = t.school_class_id JOIN subject b ON b.id = t.subject_id
"""
LED = """
SELECT u.username, c.name FROM school_class c JOIN staff s ON s.id = c.class_teacher_id
JOIN ab_user u ON u.id = s.user_id
"""
CHILDREN = """
SELECT u.username, g.phone, c.name, su.username AS account FROM guardianship gs JOIN guardian g ON g.id = gs.guardian_id
JOIN ab_user u ON u.id = g.user_id JOIN student s ON s.id = gs.student_id JOIN enrollment e ON e.student_id = s.id
JOIN school_class c ON c.id = e.school_class_id LEFT JOIN ab_user su ON su.id = s.user_id ORDER BY u.id, c.grade_level
"""
SUBSCRIPTIONS = """
SELECT u.username, s.* FROM sms_subscription s
JOIN guardian g ON g.id = s.guardian_id JOIN ab_user u ON u.id = g.user_id
"""


def test_each_guardian_has_a_phone_of_their_own_and_agreed_to_urgent_news(ask):
    guardians = ask(AGREED)

    assert len({row.phone for row in guardians}) == len(guardians) > 800
    assert all(row.phone == row.agreed for row in guardians)


def test_each_student_has_a_class_and_one_or_two_guardians(ask):
    families = ask(FAMILIES)

    assert {row.classes for row in families} == {1}
    assert {row.adults for row in families} == {1, 2}


def test_every_account_signs_in_with_the_demo_password(ask):
    users = ask("SELECT username, password, active FROM ab_user ORDER BY id")

    assert [user.username for user in users] == LOGINS == [login for login, _ in seeds.demo.accounts()]
    assert all(user.active for user in users)
    assert check_password_hash(users[0].password, DEMO_PASSWORD)
    assert len({user.password for user in users}) == len(users)


def test_accounts_are_who_they_are_said_to_be(ask):
    posts = {login for (login,) in ask("SELECT username FROM staff s JOIN ab_user u ON u.id = s.user_id")}
    taught = set(ask(TAUGHT))

    assert posts == {"admin", "head", "secretary", "health", "operator", "teacher", "classteacher"}
    assert {row for row in taught if row[0] == "teacher"} == {("teacher", name, "матем") for name in ("5А", "5Б", "7А")}
    assert ("classteacher", "5А", "русск") in taught
    assert ask(LED) == [("classteacher", "5А")]


def test_parents_have_the_children_that_are_promised(ask, number):
    assert ask(CHILDREN) == [
        ("parent", "+79990000001", "5А", "student"),
        ("parent", "+79990000001", "8Б", None),
        ("parent2", "+79990000002", "5Б", None),
    ]
    assert number("SELECT count(*) FROM guardian WHERE phone_confirmed_at IS NOT NULL") == 2


def test_child_of_parent_has_marks_and_an_absence_to_look_at(number):
    theirs = "JOIN student s ON s.id = x.student_id JOIN ab_user u ON u.id = s.user_id"

    assert number(f"SELECT count(*) FROM mark x {theirs}") >= 5
    assert number(f"SELECT count(*) FROM absence x {theirs}") >= 5


def test_parent_hears_of_both_children_and_parent2_of_none(ask):
    rows = ask(SUBSCRIPTIONS)

    assert [row.username for row in rows] == ["parent", "parent"]
    for row in rows:
        assert row.status == "active" and row.phone == "+79990000001" and row.phone_confirmed_at is not None
        assert (row.marks, row.absences) == ("at_once", "at_once")
        assert {row.remarks, row.homework, row.announcements} == {"digest"}


@pytest.mark.parametrize(
    ("login", "classes"),
    [
        ("head", 22),
        ("health", 22),
        ("teacher", 3),
        ("classteacher", 2),
        ("parent", 2),
        ("parent2", 1),
        ("student", 1),
    ],
)
def test_everybody_sees_their_part_of_the_school(number, demo_school, login, classes):
    user_id = number("SELECT id FROM ab_user WHERE username = %s", login)
    engine = make_engine(sqlalchemy_url(demo_school.app_url))
    with SchoolSession(engine) as session:
        session.info["actor"] = load_actor(session, user_id, login, school_today())
        seen = set(session.scalars(select(Lesson.school_class_id).distinct()))
        students = session.scalars(select(Student)).all()
    engine.dispose()

    assert len(seen) == classes
    assert len(students) == {"parent": 2, "parent2": 1, "student": 1}.get(login, len(students))
