"""The large school, made small: what it is laid with, and that its chain is as whole as if each row had been saved."""

from datetime import date
from itertools import islice
from unittest.mock import patch

import psycopg
import pytest

import seeds.demo
import seeds.year
from app.records import ALL
from app.services.ledger import verify_all
from app.session.engine import install
from seeds.year import frame
from tests.demo_support import quick_hash
from tests.support import settings_for

TODAY = date(2026, 11, 26)
OUTSIDE = """
SELECT m.id FROM mark m JOIN lesson l ON l.id = m.lesson_id JOIN term t ON t.id = l.term_id
LEFT JOIN enrollment e ON (e.student_id, e.school_class_id) = (m.student_id, l.school_class_id)
  AND l.date BETWEEN e.begins_on AND coalesce(e.ends_on, l.date)
WHERE e.id IS NULL OR m.given_on <> l.date OR l.date NOT BETWEEN t.begins_on AND t.ends_on OR l.state <> 'held'
"""


@pytest.fixture
def small(monkeypatch):
    """Four classes of three, lessons on one day in eighteen."""
    weeks = {name: frame.weeks()[name] for name in ("5А", "5Б", "8Б", "11В")}
    monkeypatch.setattr(seeds.year, "weeks", lambda: weeks)
    monkeypatch.setattr(seeds.year, "SIZES", (3,))
    whole = seeds.year.year_of
    monkeypatch.setattr(seeds.year, "year_of", lambda *given: thinned(whole(*given)))
    with patch("seeds.demo.accounts.generate_password_hash", quick_hash):
        yield


def thinned(year):
    return seeds.year.Year(year.days[::18], year.weekdays, year.today, year.terms, year.work_types, year.classes)


def test_a_full_year_is_laid_with_a_whole_chain_and_once(small, fresh_database, tmp_path):
    with fresh_database() as made:
        settings = settings_for(made, "redis://127.0.0.1:1/", tmp_path)
        seeds.year.install(settings, today=TODAY)
        install(ALL)
        assert verify_all(settings) == []

        with psycopg.connect(made.owner_url, autocommit=True) as connection:
            ask = lambda query: connection.execute(query).fetchall()  # noqa: E731
            assert ask(OUTSIDE) == []
            before = ask("SELECT (SELECT count(*) FROM mark), (SELECT count(*) FROM term_mark)")
            seeds.year.install(settings, 2, today=TODAY)  # a year before, whose history is left out
            after = ask("SELECT (SELECT count(*) FROM mark), (SELECT count(*) FROM term_mark)")

            assert before[0][0] > 150 and before[0][1] > 100
            assert after[0][0] > 2 * before[0][0]
            assert ask(OUTSIDE) == []
            assert ask("SELECT count(*) FROM academic_year") == [(2,)]
            assert ask("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == [(0,)]
            assert ask("SELECT nextval(pg_get_serial_sequence('mark', 'id')) > max(id) FROM mark") == [(True,)]


def test_the_large_school_is_laid_beside_no_other(demo_database, tmp_path):
    with pytest.raises(seeds.year.AnotherSchool):
        seeds.year.install(settings_for(demo_database, "redis://127.0.0.1:1/", tmp_path), 3)


def test_the_third_class_of_each_grade_level_has_teachers_who_are_nowhere_twice():
    weeks, taught = frame.weeks(), {}
    for number, post in enumerate(frame.posts()):
        for lesson in post.lessons:
            taught.setdefault(lesson, []).append(number)
    busy = [
        (day, period, teacher)
        for name, week in weeks.items()
        for day, subjects in enumerate(week)
        for period, subject in enumerate(subjects)
        for teacher in taught[name, subject]
    ]

    assert len(weeks) == 33 and sum(islice(frame.SIZES * 5, 33)) == 1100
    assert len(busy) == len(set(busy))
