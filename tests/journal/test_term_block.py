"""Term marks in the journal's right block: proposed, explained, typed like any cell, by the rules of term marks."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from app.models import Lesson, Mark, Subgroup, SubgroupMember, Teaching, Term, TermMark
from tests.factories import YEAR_ENDS, MadeSchool
from tests.journal.desk import Desk, cells_of
from tests.journal.test_saving import with_teacher_role
from tests.web_support import Statements

TERM_AND_YEAR = slice(-4, None)  # proposed, given; proposed, given


@pytest.fixture
def marked(made: MadeSchool, add: Callable[..., Any], a_lesson: Callable[..., Lesson]) -> MadeSchool:
    """Anna has three fives and a test's 4, so that a 4 is proposed; Gleb has one mark."""
    lessons = [a_lesson(date(2026, 11, day)) for day in (3, 5, 6, 10)]
    add(*(Mark(lesson_id=one.id, student_id=made.anna.id, value="5") for one in lessons[:3]))
    add(Mark(lesson_id=lessons[3].id, student_id=made.anna.id, value="4", work_type_id=made.test.id))
    add(Mark(lesson_id=lessons[0].id, student_id=made.gleb.id, value="3"))
    return made


@pytest.fixture
def give(teacher: Desk, marked: MadeSchool) -> Callable[..., dict[str, Any]]:
    """Type a term mark of Anna's, unless another is named."""

    def giving(text: str, was: str = "", **more: Any) -> dict[str, Any]:
        place = {"term": marked.term.id, "subject": marked.maths.id, "kind": "term", "student": marked.anna.id}
        teacher.open()
        (answer,) = teacher.send([{**place, "text": text, "was": was, **more}])
        return answer

    return giving


def term_marks(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.ask("SELECT kind, value, proposed, reason FROM term_mark ORDER BY id")


def test_a_term_mark_is_typed_beside_its_proposal_with_a_reason_where_it_differs(
    app: Flask, teacher: Desk, marked: MadeSchool, give: Callable[..., dict[str, Any]]
) -> None:
    with Statements(app) as said:
        page = teacher.open()
    assert len(said) <= 8, said
    assert cells_of(page, "Ёлкина")[TERM_AND_YEAR] == ["4", "", "", ""]
    assert cells_of(page, "Зимин")[TERM_AND_YEAR] == ["н/а", "", "", ""]

    asked = give("5")
    assert (asked["status"], asked["needs"]) == ("refused", "reason")
    assert "4" in asked["message"]
    given = give("5", reason="работа над ошибками")
    assert (given["status"], given["text"]) == ("saved", "5")
    assert give("4", given["versions"])["text"] == "4"  # as proposed: no reason is wanted, and none is kept
    assert term_marks(teacher) == [("term", "4", "4", "")]
    assert give("5", given["versions"], reason="x")["status"] == "conflict"
    for wrong, says in (("6", "2–5"), ("5/4", "2–5"), ("=A1", "2–5"), ("н", "2–5")):
        refused = give(wrong)
        assert refused["status"] == "refused"
        assert says in refused["message"]

    page = teacher.open()
    assert cells_of(page, "Ёлкина")[TERM_AND_YEAR] == ["4", "4", "4", ""]  # the year's is proposed by the term's
    year = give("4", kind="year")
    assert year["status"] == "saved"
    place = f"{marked.class_5a.id}/{marked.maths.id}/{marked.term.id}"
    card_path = f"/journal/term-card/{place}/{marked.anna.id}"
    card = teacher.open(card_path)
    for part in ("контрольные 4,00 (1)", "5 → 4", "Иванова Ольга"):
        assert part in card, part
    assert "Зимин" not in card
    assert teacher.browser.get(f"/journal/proposals/{place}").json["term"] == {  # type: ignore[index]
        str(marked.anna.id): "4", str(marked.gleb.id): "н/а",
    }  # fmt: skip
    stands = teacher.ask("SELECT id || '.' || version FROM term_mark WHERE kind = 'term'")[0][0]
    assert give("", stands)["text"] == ""
    assert [one[0] for one in term_marks(teacher)] == ["year"]
    assert "4 → —" in teacher.open(card_path)


def test_a_term_mark_is_given_by_who_teaches_the_subject_there_and_while_the_term_is_open(
    desk: Callable[[str], Desk], teacher: Desk, marked: MadeSchool, give: Callable[..., dict[str, Any]], add: Any
) -> None:
    place = {"term": marked.term.id, "subject": marked.maths.id, "kind": "term", "student": marked.anna.id}
    typed = {**place, "text": "4", "was": ""}
    for person in ("class_teacher", "mother"):  # one teaches the class another subject
        (answer,) = desk(person).send([typed])
        assert answer["message"] == "Вам это не разрешено.", person
    (foreign,) = desk("other_teacher").send([typed])
    unknown = give("4", student=987654321)
    assert foreign["message"] == unknown["message"] == "Этого ученика (больше) нет в вашем журнале."
    assert give("4", student=marked.boris.id)["message"] == unknown["message"]
    assert give("4", kind="decade")["status"] == "refused"
    assert 'data-kind="term" data-closed' in desk("class_teacher").open()

    group = add(Subgroup(school_class_id=marked.class_5a.id, name="Первая"))
    add(SubgroupMember(subgroup_id=group.id, student_id=marked.gleb.id))
    add(
        Teaching(
            teacher_id=marked.class_teacher.id, school_class_id=marked.class_5a.id, subject_id=marked.maths.id,
            subgroup_id=group.id,
        )
    )  # fmt: skip
    with_teacher_role(teacher, "class_teacher")
    colleague = desk("class_teacher")
    answers = colleague.send([typed | {"reason": "x"}, typed | {"student": marked.gleb.id, "text": "н/а"}])
    assert [one["status"] for one in answers] == ["refused", "saved"]

    for path in ("proposals/{}", "term-card/{}/" + str(marked.anna.id)):
        address = "/journal/" + path.format(f"{marked.class_5a.id}/{marked.maths.id}/{marked.term.id}")
        statuses = {who: desk(who).browser.get(address).status_code for who in ("head", "other_teacher", "mother")}
        assert statuses == {"head": 200, "other_teacher": 404, "mother": 403}, path
    unknown = f"/journal/term-card/{marked.class_5a.id}/{marked.maths.id}/{marked.term.id}/{marked.anna.id}?kind=decade"
    assert teacher.browser.get(unknown).status_code == 404

    import psycopg

    with psycopg.connect(teacher.database.owner_url) as connection:
        connection.execute("UPDATE school_setting SET value = '0' WHERE name = 'free_edit_days'")
        connection.execute("UPDATE term SET ends_on = %s", (date(2026, 11, 24),))
    given = give("4")  # late is no correction
    assert given["status"] == "saved"
    late = give("5", given["versions"], reason="апелляция")
    assert (late["status"], late["needs"]) == ("refused", "change_reason")
    explained = give("5", given["versions"], reason="апелляция", why="решение комиссии")
    assert explained["status"] == "saved"
    with psycopg.connect(teacher.database.owner_url) as connection:
        connection.execute("UPDATE term SET closed = true")
    assert give("4")["message"] == "Учебный период закрыт."
    assert "можно читать" in teacher.open()
    assert len(term_marks(teacher)) == 2


def test_the_years_mark_stands_on_the_last_terms_page(
    teacher: Desk, marked: MadeSchool, add: Callable[..., Any], give: Callable[..., dict[str, Any]]
) -> None:
    last = add(
        Term(
            school_id=marked.school.id, academic_year_id=marked.year.id, name="4 четверть",
            begins_on=date(2027, 4, 1), ends_on=YEAR_ENDS,
        )
    )  # fmt: skip
    add(
        Lesson(
            school_class_id=marked.class_5a.id, subject_id=marked.maths.id, teacher_id=marked.teacher.id,
            date=date(2027, 4, 6), period=1,
        ),
        TermMark(student_id=marked.anna.id, subject_id=marked.maths.id, term_id=marked.term.id, value="4"),
        TermMark(student_id=marked.anna.id, subject_id=marked.maths.id, term_id=last.id, value="5"),
    )  # fmt: skip

    earlier = teacher.open()
    page = teacher.open(f"{teacher.path.rpartition('/')[0]}/{last.id}")

    assert 'data-kind="year"' not in earlier
    assert cells_of(page, "Ёлкина")[TERM_AND_YEAR] == ["н/а", "5", "5", ""]  # 4 and 5 make a 5, a half upwards
    assert give("4", kind="year", term=last.id)["needs"] == "reason"
    assert give("5", kind="year", term=last.id)["status"] == "saved"
