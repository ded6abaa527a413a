"""The demo school's frame, timetable and journal, as contracts promise them."""

from datetime import UTC, datetime

import pytest

from app.domain.settings import DEFINITIONS, read_setting

TODAY = "(SELECT max(date) + 1 FROM lesson WHERE state = 'held')"  # the day on which the school was laid

OUTSIDE_THE_TIMETABLE = """
SELECT l.id FROM lesson l LEFT JOIN timetable_entry t
  ON (t.school_class_id, t.weekday, t.period) = (l.school_class_id, extract(isodow FROM l.date), l.period)
  AND (t.subject_id, t.teacher_id) = (l.subject_id, l.teacher_id) AND t.subgroup_id IS NOT DISTINCT FROM l.subgroup_id
WHERE t.id IS NULL
"""
WITHOUT_TEACHING = """
SELECT l.id FROM lesson l LEFT JOIN teaching t
  ON (t.school_class_id, t.subject_id, t.teacher_id) = (l.school_class_id, l.subject_id, l.teacher_id)
  AND t.subgroup_id IS NOT DISTINCT FROM l.subgroup_id
WHERE t.id IS NULL
"""
OUTSIDE_THE_TERM = """
SELECT l.id FROM lesson l JOIN term t ON t.id = l.term_id WHERE l.date NOT BETWEEN t.begins_on AND t.ends_on
"""
NOT_IN_THE_LESSON = """
SELECT x.id FROM {table} x JOIN lesson l ON l.id = x.lesson_id
LEFT JOIN enrollment e ON (e.student_id, e.school_class_id) = (x.student_id, l.school_class_id)
LEFT JOIN subgroup_member s ON (s.student_id, s.subgroup_id) = (x.student_id, l.subgroup_id)
WHERE e.id IS NULL OR (l.subgroup_id IS NOT NULL AND s.id IS NULL) OR x.{day} <> l.date OR l.state <> 'held'
"""
DUE_ON_NO_LESSON = """
SELECT h.id FROM homework h JOIN lesson l ON l.id = h.lesson_id WHERE h.due IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM lesson n WHERE (n.school_class_id, n.subject_id, n.date) = (l.school_class_id, l.subject_id, h.due)
  AND n.subgroup_id IS NOT DISTINCT FROM l.subgroup_id AND n.date >= l.date)
"""


def test_school_has_the_size_that_is_promised(ask, number):
    classes = [name for (name,) in ask("SELECT name FROM school_class ORDER BY id")]

    assert ask("SELECT name, short_name FROM school") == [("Школа № 12", "Шк 12")]
    assert classes == [f"{level}{letter}" for level in range(1, 12) for letter in "АБ"]
    assert number("SELECT count(*) FROM staff") == 45
    assert 540 <= number("SELECT count(*) FROM student") <= 560
    assert number("SELECT count(*) FROM subject") == 20
    assert number("SELECT count(*) FROM term") == 4
    assert number("SELECT count(*) FROM mark") > 4000


@pytest.mark.parametrize("table", ["subject", "work_type"])
def test_short_names_fit_a_text(ask, table):
    for short, latin in ask(f"SELECT short_name, latin_name FROM {table}"):
        assert 3 <= len(short) <= 7
        assert latin.isascii() and latin


@pytest.mark.parametrize("what", ["teacher_id", "room_id", "(school_class_id, coalesce(subgroup_id, 0))"])
@pytest.mark.parametrize(("table", "day"), [("timetable_entry", "weekday"), ("lesson", "date")])
def test_no_teacher_room_or_class_is_in_two_places_at_once(ask, table, day, what):
    assert ask(f"SELECT {what} FROM {table} GROUP BY {what}, {day}, period HAVING count(*) > 1") == []


@pytest.mark.parametrize(("table", "day"), [("timetable_entry", "weekday"), ("lesson", "date")])
def test_class_and_its_subgroups_are_not_taught_at_once(ask, table, day):
    several = f"SELECT 1 FROM {table} GROUP BY school_class_id, {day}, period HAVING count(*) > 1"

    assert ask(f"{several} AND count(subgroup_id) < count(*)") == []


@pytest.mark.parametrize("astray", [OUTSIDE_THE_TIMETABLE, WITHOUT_TEACHING, OUTSIDE_THE_TERM])
def test_lessons_follow_timetable_teachings_and_terms(ask, astray):
    assert ask(astray) == []


def test_lessons_before_today_were_held_and_the_others_are_planned(ask):
    assert ask("SELECT DISTINCT state FROM lesson WHERE date < " + TODAY) == [("held",)]
    assert ask("SELECT DISTINCT state FROM lesson WHERE date >= " + TODAY) == [("planned",)]
    assert ask("SELECT id FROM lesson WHERE state = 'held' AND topic = ''") == []


def test_yesterday_was_a_school_day(number):
    yesterday = number("SELECT max(date) FROM lesson WHERE state = 'held'")

    assert 0 <= (datetime.now(UTC).date() - yesterday).days <= 2  # the school's day may be another than that of UTC


def test_a_mark_can_be_given_today(ask):
    by_teacher = ask(
        "SELECT DISTINCT c.name FROM lesson l JOIN school_class c ON c.id = l.school_class_id"
        " JOIN staff s ON s.id = l.teacher_id JOIN ab_user u ON u.id = s.user_id AND u.username = 'teacher'"
        " WHERE l.date = " + TODAY
    )
    with_classes = ask(
        "SELECT DISTINCT c.name FROM lesson l JOIN school_class c ON c.id = l.school_class_id WHERE l.date = " + TODAY
    )

    assert {name for (name,) in by_teacher} == {"5А", "5Б", "7А"}
    assert len(with_classes) == 22


@pytest.mark.parametrize(("table", "day"), [("mark", "given_on"), ("absence", "missed_on")])
def test_journal_speaks_of_students_of_the_lesson(ask, table, day):
    assert ask(NOT_IN_THE_LESSON.format(table=table, day=day)) == []


def test_nobody_has_a_mark_for_a_lesson_missed(ask):
    missed = "SELECT m.id FROM mark m JOIN absence a USING (lesson_id, student_id) WHERE a.reason <> 'late'"

    assert ask(missed) == []


def test_homework_is_due_on_a_day_of_the_same_lesson(ask, number):
    assert ask(DUE_ON_NO_LESSON) == []
    assert number("SELECT count(*) FROM homework WHERE due >= " + TODAY) > 50


def test_school_has_every_setting_and_sends_at_once(ask):
    values = dict(ask("SELECT name, value FROM school_setting"))

    assert set(values) == set(DEFINITIONS)
    assert all(read_setting(name, value) is not None for name, value in values.items())
    assert (values["hold_back_minutes"], values["quiet_hours"], values["uncertain_grace_seconds"]) == ("0", "no", "20")
