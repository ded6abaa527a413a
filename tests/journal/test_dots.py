"""The dot in a cell of the journal: a debt that is set, made up, taken back, and told what it is for."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories import MadeSchool
from tests.journal.desk import Desk, cells_of
from tests.support import school_today
from tests.web_support import Browser, Statements


@pytest.fixture
def today(teacher: Desk) -> date:
    """The term goes on for a month from today, whenever the test runs."""
    now = school_today()
    set_term_end(teacher, now + timedelta(days=30))
    return now


def set_term_end(desk: Desk, day: date) -> None:
    import psycopg

    with psycopg.connect(desk.database.owner_url) as connection:
        connection.execute("UPDATE term SET ends_on = %s", (day,))


def debts(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.ask("SELECT state, task, due, mark_id IS NOT NULL, became_id IS NOT NULL FROM debt ORDER BY id")


def test_a_dot_is_a_debt_until_the_mark_that_is_typed_over_it(
    app: Flask, teacher: Desk, made: MadeSchool, today: date, browser: Callable[[str], Browser]
) -> None:
    teacher.write("5")  # which makes the teacher's pseudonym in the chain
    due = today + timedelta(days=14)
    with Statements(app) as said:
        dot = teacher.write(".", student=made.gleb.id)
    assert (dot["status"], dot["text"], dot["versions"]) == ("saved", ".", "|1")
    assert len([one for one in said if not one.startswith("UPDATE web_session")]) <= 6
    assert debts(teacher) == [("open", "", due, False, False)]
    page = teacher.open()
    assert cells_of(page, "Зимин")[0] == "."
    assert 'class="has-dot"' in page

    four = teacher.write("4", dot["versions"], student=made.gleb.id)
    assert four["text"] == "4"
    assert debts(teacher) == [("closed", "", due, False, True)]
    undone = teacher.write(".", four["versions"], student=made.gleb.id)
    assert debts(teacher) == [("open", "", due, False, False)]  # the same debt again
    gone = teacher.write("", undone["versions"], student=made.gleb.id)
    assert (gone["text"], debts(teacher)) == ("", [])

    away = teacher.write("н .", student=made.gleb.id)
    made_up = teacher.write("3 н", away["versions"], student=made.gleb.id)
    assert made_up["text"] == "3 н"
    again = teacher.write("3 н .", made_up["versions"], student=made.gleb.id)
    assert again["text"] == "3 н ."
    assert [one[3] for one in debts(teacher)] == [False, True]  # beside the mark
    assert teacher.write("5", "|77", student=made.gleb.id)["status"] == "conflict"
    assert teacher.write("..", again["versions"], student=made.gleb.id)["status"] == "refused"
    assert teacher.ask("SELECT count(*) > 0 FROM notice WHERE record = 'debt'") == [(True,)]


def test_what_a_dot_is_for_is_told_beside_it_and_families_see_it(
    teacher: Desk, made: MadeSchool, today: date, browser: Callable[[str], Browser], desk: Callable[[str], Desk]
) -> None:
    form = f"/journal/debt/{made.own_lesson.id}/{made.anna.id}"
    assert teacher.browser.get(form).status_code == 404  # there is none yet
    teacher.write("2 .")
    page = teacher.open(form)
    assert f'value="{today + timedelta(days=14)}"' in page
    typed = {"version": "1", "task": "Переписать № 3", "work_type": str(made.test.id), "due": str(today)}

    for wrong, says in (
        ({"due": "2040-01-01"}, "не дольше периода"), ({"due": "вчера"}, "ДД.ММ.ГГГГ"), ({"version": "9"}, "изменил"),
        ({"work_type": "987654321"}, "Выберите из найденных"), ({"task": "х" * 501}, "500"),
    ):  # fmt: skip
        refused = teacher.browser.post(form, typed | wrong)
        assert refused.status_code in (409, 422), wrong
        assert says in refused.text, wrong
        assert "Переписать № 3" in refused.text or "task" in wrong
    assert teacher.browser.post(form, typed).status_code == 303

    assert debts(teacher)[0][:3] == ("open", "Переписать № 3", today)
    assert "Переписать № 3" in teacher.open(f"/journal/cell/{made.own_lesson.id}/{made.anna.id}")
    assert "Переписать № 3" in browser("mother").get(f"/progress/{made.anna.id}").text
    assert desk("class_teacher").browser.get(form).status_code in (200, 403)
    for stranger in ("mother", "other_teacher"):
        assert browser(stranger).get(form).status_code in (403, 404)
    gone = teacher.write("2", "1.1|1")
    assert (gone["text"], debts(teacher)) == ("2", [])
    assert teacher.write("2 .", gone["versions"], undo="yes")["text"] == "2 ."  # for the same work as before
    assert debts(teacher)[0][:3] == ("open", "Переписать № 3", today)
    assert teacher.ask("SELECT work_type_id FROM debt") == [(made.test.id,)]
    kept = teacher.write("2/4", "1.1|2")
    assert kept["text"] == "2/4"  # the test that was owed
    assert teacher.ask("SELECT work_type_id FROM mark ORDER BY id DESC LIMIT 1") == [(made.test.id,)]
    assert debts(teacher)[0][0] == "closed"


def test_a_dot_that_could_not_live_is_refused_in_words(teacher: Desk, today: date) -> None:
    set_term_end(teacher, today - timedelta(days=1))

    answer = teacher.write("5 .")

    assert answer["status"] == "refused"
    assert "уже не сдать" in answer["message"]
    assert teacher.marks() == []
