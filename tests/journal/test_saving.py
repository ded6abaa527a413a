"""The save door: a cell is saved by the ordinary rules, once, or answered in words; two teachers lose nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from app.models import Holiday, Lesson, Subgroup, Teaching
from tests.factories import TODAY, YEAR_BEGINS, MadeSchool
from tests.journal.desk import Desk, cells_of
from tests.web_support import Browser, Statements


def test_a_cell_takes_marks_and_absences_and_gives_them_back(teacher: Desk) -> None:
    first = teacher.write("5")
    second = teacher.write("5/4 о", first["versions"])
    third = teacher.write("4", second["versions"])
    letters = [teacher.write("H", third["versions"])]
    letters.append(teacher.write("", letters[0]["versions"]))

    assert [one["text"] for one in (first, second, third, *letters)] == ["5", "5/4 о", "4", "н", ""]
    assert second["weights"] == [100, 100]
    assert teacher.ask("SELECT count(*) FROM mark") == [(0,)]
    # Each step is in the chain: two marks and a late, the first and the late gone, one changed nowhere.
    actions = teacher.ask("SELECT record, action FROM revision WHERE record IN ('mark', 'absence') ORDER BY id")
    assert [f"{record} {action}" for record, action in actions].count("mark added") == 2
    assert [f"{record} {action}" for record, action in actions].count("mark deleted") == 2
    assert {"absence added", "absence changed", "absence deleted"} >= {f"{r} {a}" for r, a in actions if r == "absence"}
    assert teacher.ask("SELECT count(*) > 0 FROM notice WHERE record = 'mark'") == [(True,)]


def test_what_a_cell_does_not_take_is_said_in_words_and_nothing_is_saved(teacher: Desk) -> None:
    for typed in ("6", "1", "55", "=SUM(A1:A9)", "<b>5</b>", "пять", "5/4/3/2/5", "н б", "5" * 41, "\x00"):
        answer = teacher.write(typed)
        assert answer["status"] == "refused", typed
        assert "5" in answer["message"] or "4" in answer["message"]

    assert teacher.write("6")["message"] == (
        "Клетка берёт 2–5, зч, нз, осв, н/а, н б у о для пропуска и точку для долга, а не «6»."
    )
    assert teacher.ask("SELECT (SELECT count(*) FROM mark), (SELECT count(*) FROM notice)") == [(0, 0)]


def test_a_save_costs_few_statements(app: Flask, teacher: Desk) -> None:
    first = teacher.write("4")  # which makes the teacher's pseudonym in the chain, once for ever

    with Statements(app) as said:
        assert teacher.write("4/5", first["versions"])["status"] == "saved"

    # The session with the person; the lesson (held) with its scale, student and cell; the mark; the chain's head
    # (held); its link with the notice; the key with the answer. Now and then the session's row is written, too.
    said = [one for one in said if not one.startswith("UPDATE web_session")]
    assert len(said) <= 6, [" ".join(one.split())[:60] for one in said]


def test_the_same_change_sent_twice_is_carried_out_once(teacher: Desk) -> None:
    teacher.open()
    change = {"key": "a", "lesson": teacher.made.own_lesson.id, "student": teacher.made.anna.id, "text": "5", "was": ""}

    answers = [teacher.send([change])[0] for _ in range(2)]

    assert answers[0] == answers[1]
    assert teacher.marks() == ["5"]


def test_of_two_teachers_in_a_cell_the_second_is_shown_both(
    desk: Callable[[str], Desk], made: MadeSchool, add: Callable[..., Any]
) -> None:
    add(Teaching(teacher_id=made.class_teacher.id, school_class_id=made.class_5a.id, subject_id=made.maths.id))
    add_role = desk("teacher")
    with_teacher_role(add_role, "class_teacher")
    first, second = desk("teacher"), desk("class_teacher")
    first.open(), second.open()

    saved = first.write("4")
    conflict = second.write("5")
    agreed = second.write("4")
    mine = second.write("5", conflict["versions"])

    assert saved["status"] == "saved"
    assert (conflict["status"], conflict["text"], conflict["who"]) == ("conflict", "4", "Иванова Ольга")
    assert conflict["when"]
    assert agreed["status"] == "saved"
    assert mine["text"] == "5"
    assert first.marks() == ["5"]


def with_teacher_role(desk: Desk, username: str) -> None:
    import psycopg

    with psycopg.connect(desk.database.owner_url) as connection:
        connection.execute(
            "INSERT INTO ab_user_role (user_id, role_id) SELECT u.id, r.id FROM ab_user u, ab_role r"
            " WHERE u.username = %s AND r.name = 'teacher'",
            (username,),
        )


def test_at_the_same_moment_an_empty_cell_gets_one_mark(desk: Callable[[str], Desk]) -> None:
    desks, gate = [desk("teacher") for _ in range(3)], Barrier(3)
    for one in desks:
        one.open()

    def write(place: int) -> str:
        gate.wait()
        return str(desks[place].write(str(place + 3))["status"])

    with ThreadPoolExecutor(3) as threads:
        statuses = sorted(threads.map(write, range(3)))

    assert statuses == ["conflict", "conflict", "saved"]
    assert len(desks[0].marks()) == 1


@pytest.fixture
def refusals(
    made: MadeSchool, add: Callable[..., Any], a_lesson: Callable[..., Lesson], a_student: Callable[..., Any]
) -> dict[str, dict[str, Any]]:
    """What is answered → the cell that is written in."""
    add(Holiday(school_id=made.school.id, name="День города", begins_on=date(2026, 11, 13), ends_on=date(2026, 11, 13)))
    group = add(Subgroup(school_class_id=made.class_5a.id, name="Первая"))
    return {
        "Урок отменён.": {"lesson": a_lesson(date(2026, 11, 11), state="cancelled").id},
        "Этот день — праздник или каникулы: День города.": {"lesson": a_lesson(date(2026, 11, 13)).id},
        "Ученик пришёл в этот класс 01.12.2026.": {"student": a_student("Новый", date(2026, 12, 1)).id},
        "Этого ученика (больше) нет в вашем журнале.": {
            "student": a_student("Ушедший", YEAR_BEGINS, date(2026, 11, 10)).id
        },
        "Ученик не в подгруппе этого урока.": {"lesson": a_lesson(date(2026, 11, 12), subgroup_id=group.id).id},
        "Выберите из найденных.": {"lesson": made.foreign_lesson.id},
    }


def test_a_student_or_a_lesson_that_does_not_fit_is_answered_in_words(
    teacher: Desk, refusals: dict[str, dict[str, Any]]
) -> None:
    told = {says: teacher.write("5", **cell) for says, cell in refusals.items()}

    assert {says: answer["message"] for says, answer in told.items()} == {says: says for says in refusals}
    unknown = [teacher.write("5", lesson=987654321), teacher.write("5", student=987654321)]
    assert [answer["message"] for answer in unknown] == [
        "Выберите из найденных.", "Этого ученика (больше) нет в вашем журнале.",
    ]  # fmt: skip
    assert teacher.marks() == []


def test_a_closed_term_and_a_colleagues_lesson_take_nothing(desk: Callable[[str], Desk], made: MadeSchool) -> None:
    teacher, class_teacher, mother = desk("teacher"), desk("class_teacher"), desk("mother")

    assert class_teacher.write("5")["message"] == "Вам это не разрешено."
    assert mother.write("5")["message"] == "Вам это не разрешено."
    import psycopg

    with psycopg.connect(teacher.database.owner_url) as connection:
        connection.execute("UPDATE term SET closed = true")
    assert teacher.write("5")["message"] == "Учебный период закрыт."
    assert "можно читать" in teacher.open()
    assert teacher.marks() == []


def test_a_paste_is_saved_cell_by_cell_what_is_wrong_in_it_apart(
    teacher: Desk, made: MadeSchool, a_lesson: Callable[..., Lesson]
) -> None:
    teacher.open()
    lessons = [a_lesson(date(2026, 11, day)).id for day in range(3, 15)]
    cell = {"student": made.gleb.id, "was": ""}

    answers = teacher.send([{**cell, "lesson": one, "text": "4" if one != lessons[2] else "=A1"} for one in lessons])
    flood = teacher.post({"who": teacher.who, "changes": [{"key": "x", **cell, "lesson": 1, "text": "5"}] * 3000})

    assert [one["status"] for one in answers].count("saved") == 11
    assert answers[2]["status"] == "refused"
    assert flood.status_code == 413
    assert teacher.marks() == ["4"] * 11


def test_another_person_never_sends_what_somebody_typed_before(desk: Callable[[str], Desk]) -> None:
    teacher, head = desk("teacher"), desk("head")
    teacher.open()
    change = {"key": "a", "lesson": 1, "student": 1, "text": "5", "was": ""}

    answer = head.post({"who": teacher.who, "changes": [change]})

    assert answer.status_code == 409
    assert "другой человек" in answer.json["message"]


def test_nonsense_at_the_door_is_no_fault_of_ours(teacher: Desk, browser: Callable[[str], Browser]) -> None:
    teacher.open()
    for body in ([], {}, {"changes": 5}, {"who": teacher.who, "changes": "x"}):
        assert teacher.browser.api("POST", "/journal/cells", json=body).status_code in (400, 409)
    own = teacher.made.own_lesson.id
    wrong = [
        5, {}, {"lesson": True, "student": 1, "text": "5", "was": "", "key": "k"},
        {"lesson": 2**70, "student": 1, "text": "5", "was": "", "key": "k"},
        {"lesson": 1, "student": -1, "text": "5", "was": "", "key": "k"},
        {"lesson": 1, "student": 1, "text": None, "was": "", "key": "k"},
        {"lesson": own, "student": teacher.made.anna.id, "text": "5", "was": "", "key": "я" * 200},
        {"lesson": own, "field": "teacher_id", "text": "5", "was": "", "key": "k"},
    ]  # fmt: skip
    answer = teacher.post({"who": teacher.who, "changes": wrong})
    assert [one["status"] for one in answer.json["answers"]] == ["refused"] * len(wrong)
    without = teacher.browser.client.post("/journal/cells", json={"who": teacher.who, "changes": []})
    assert without.status_code == 400
    assert teacher.browser.app.test_client().post("/journal/cells", json={}).status_code in (302, 400)


def test_topic_and_homework_are_written_in_place(teacher: Desk, made: MadeSchool, desk: Callable[[str], Desk]) -> None:
    teacher.open()
    text = {"lesson": made.own_lesson.id}

    saved = teacher.send([
        {**text, "field": "topic", "text": " Дроби ", "was": ""},
        {**text, "field": "homework", "text": "§ 5, № 12", "was": ""},
        {**text, "field": "state", "text": "held", "was": "planned"},
    ])  # fmt: skip
    late = teacher.send([{**text, "field": "topic", "text": "Проценты", "was": "Что-то"}])[0]
    wrong = teacher.send([{**text, "field": "state", "text": "перенесён", "was": "held"}])[0]
    emptied = teacher.send([{**text, "field": "homework", "text": "", "was": "§ 5, № 12"}])[0]

    assert [one["status"] for one in saved] == ["saved"] * 3
    assert (late["status"], late["text"], late["who"]) == ("conflict", "Дроби", "Иванова Ольга")
    assert wrong["status"] == "refused"
    assert emptied["status"] == "saved"
    query = "SELECT topic, state, (SELECT count(*) FROM homework) FROM lesson WHERE id = %s"
    assert teacher.ask(query, made.own_lesson.id) == [("Дроби", "held", 0)]
    assert (
        desk("class_teacher").send([{**text, "field": "topic", "text": "Х", "was": "Дроби"}])[0]["status"] == "refused"
    )
    assert "Дроби" in teacher.open(f"/journal/lesson/{made.own_lesson.id}")


def test_the_page_shows_what_was_saved(teacher: Desk) -> None:
    teacher.open()
    teacher.write("5/4")
    teacher.write("2", student=teacher.made.gleb.id)

    page = teacher.open()

    assert cells_of(page, "Ёлкина")[0] == "5/4"
    assert cells_of(page, "Зимин")[0] == "2"
    assert f"{TODAY:%d.%m}" in page


def test_the_card_of_a_cell_tells_every_change_also_of_what_was_taken_away(teacher: Desk, made: MadeSchool) -> None:
    first = teacher.write("2")
    second = teacher.write("4/5", first["versions"])
    third = teacher.write("4", second["versions"])
    teacher.write("н", third["versions"])
    card = f"/journal/cell/{made.own_lesson.id}/{made.anna.id}"

    told = teacher.open(card)

    for part in ("Ольга", "2 → 4", "4 → —", "5 → —", "без причины"):
        assert part in told, part
    assert told.count("убрано") == 2
    assert teacher.browser.get(f"/journal/cell/{made.own_lesson.id}/987654321").status_code == 404
