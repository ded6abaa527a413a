"""List pages: search, filters, order, pages, and what an empty one says."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from app.models import Mark
from app.session.actors import SEEDER
from app.session.engine import transaction
from tests.factories import MadeSchool
from tests.generator.school import give_mark
from tests.web_support import Api, Browser

LINK = re.compile(r'<td[^>]*><a href="/records/\w+/(\d+)"')


@pytest.fixture
def page(browser: Callable[[str], Browser]) -> Browser:
    return browser("teacher")


@pytest.fixture
def marks(teacher: Api, made: MadeSchool) -> list[int]:
    """Anna's 5, 4, 3 and Gleb's 2, in this order; the list shows the newest first."""
    given = [give_mark(teacher, made, value=value) for value in "543"]
    return [*given, give_mark(teacher, made, value="2", student=made.gleb.id, comment="не готов")]


def shown(page: Browser, query: str = "", record: str = "mark") -> list[int]:
    """The ids of the rows that the list shows."""
    answer = page.get(f"/records/{record}/{query}")
    assert answer.status_code == 200, answer.text
    return [int(key) for key in LINK.findall(answer.text)]


def test_a_list_shows_the_rows_that_the_person_sees(
    page: Browser, marks: list[int], browser: Callable[[str], Browser]
) -> None:
    assert shown(page) == marks[::-1]
    assert shown(browser("mother")) == marks[2::-1]
    assert shown(browser("other_teacher")) == []


def test_search_looks_into_the_declared_columns_and_takes_every_word(page: Browser, marks: list[int]) -> None:
    assert shown(page, "?q=ЕЛКИНА") == marks[2::-1]  # ё and е, capitals and small ones are alike
    assert shown(page, "?q=готов+зим") == marks[3:]
    assert shown(page, "?q=готов+ёлкина") == []
    assert shown(page, "?q=%25") == shown(page, "?q=_") == []


def test_typed_filters(page: Browser, marks: list[int], made: MadeSchool) -> None:
    assert shown(page, "?f.value=4") == [marks[1]]
    assert shown(page, f"?f.student={made.gleb.id}") == marks[3:]
    assert shown(page, "?f.given_on.from=2026-11-20&f.given_on.to=2026-11-20") == marks[::-1]
    assert shown(page, "?f.given_on.from=21.11.2026") == []
    assert shown(page, f"?f.value=3&f.student={made.gleb.id}") == []


def test_text_is_contained_or_equal_and_choices_and_ticks_are_chosen(page: Browser, made: MadeSchool) -> None:
    assert shown(page, "?f.name=матем", "subject") == [made.maths.id]
    assert shown(page, "?f.name=матем&f.name.how=is", "subject") == []
    assert shown(page, "?f.name=Математика&f.name.how=is", "subject") == [made.maths.id]
    assert shown(page, "?f.kind=test", "work_type") == [made.test.id]
    assert shown(page, "?f.is_default=yes", "work_type") == [made.answer.id]
    assert shown(page, "?f.is_default=no", "work_type") == [made.test.id]
    assert shown(page, "?f.weight.from=2,5", "work_type") == [made.test.id]


@pytest.mark.parametrize("query", ["?f.given_on.from=вчера", "?f.student=999999", "?f.student=x", "?f.value=%00"])
def test_a_filter_that_cannot_be_read_is_marked_and_shows_nothing_else(
    page: Browser, marks: list[int], query: str
) -> None:
    answer = page.get(f"/records/mark/{query}")

    assert "Один из фильтров не понят" in answer.text
    assert 'class="wrong"' in answer.text
    assert not LINK.findall(answer.text)


def test_columns_sort_both_ways(page: Browser, marks: list[int]) -> None:
    assert shown(page, "?order=value") == marks[::-1]
    assert shown(page, "?order=-value") == marks
    assert shown(page, "?order=student")[-1] == marks[3]  # Ёлкина before Зимин: ё sorts as е
    assert shown(page, "?order=-student")[0] == marks[3]


def test_pages_of_a_list(page: Browser, teacher: Api, made: MadeSchool) -> None:
    given = [give_mark(teacher, made) for _ in range(30)][::-1]

    assert shown(page) == given[:25]
    assert shown(page, "?page=2") == given[25:]
    assert shown(page, "?page=77") == given[25:]
    assert shown(page, "?page_size=50") == given
    assert "26–30 из 30" in page.get("/records/mark/?page=2").text


def test_an_empty_list_says_why_and_what_to_do(page: Browser, browser: Callable[[str], Browser]) -> None:
    nothing_yet, nothing_fits = page.get("/records/mark/").text, page.get("/records/mark/?q=нет").text
    of_a_guardian = browser("mother").get("/records/mark/").text

    assert 'href="/records/mark/add">Добавить первую запись' in nothing_yet
    assert "По этому запросу ничего не найдено." in nothing_fits
    assert "Показать всё" in nothing_fits
    assert "Здесь появится то, что школа напишет для вас." in of_a_guardian
    assert "/records/mark/add" not in of_a_guardian


def test_a_role_without_the_permission_sees_no_list(browser: Callable[[str], Browser]) -> None:
    mother = browser("mother")

    assert mother.get("/records/sms_message/").status_code == 403
    assert mother.get("/records/mark/add").status_code == 403


def test_what_people_write_is_shown_as_written(page: Browser, teacher: Api, made: MadeSchool) -> None:
    mark = give_mark(teacher, made, comment="<script>alert(1)</script> 🎉")

    for path in ("", f"{mark}", f"{mark}/history", f"{mark}/edit", f"{mark}/delete"):
        text = page.get(f"/records/mark/{path}").text
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text


def test_choices_are_found_as_one_types(page: Browser, browser: Callable[[str], Browser], made: MadeSchool) -> None:
    def found(who: Browser, path: str) -> list[str]:
        answer = who.get(f"/records/mark/options/{path}")
        return [row["text"] for row in (answer.json or {})["result"]]

    assert found(page, "student") == ["Ёлкина Анна", "Зимин Глеб"]
    assert found(page, "student?q=ел") == ["Ёлкина Анна"]
    assert found(page, "lesson?q=20.11+мат") == ["20.11 · 1 · 5А · Математика"]
    assert found(page, "student?q=борис") == []  # of another teacher's class
    assert found(browser("mother"), "student") == ["Ёлкина Анна"]
    for nothing in ("value", "school_id", "нет"):
        assert page.get(f"/records/mark/options/{nothing}").status_code == 404


def test_the_pencil_stands_where_it_may_be_used(
    engine: Engine, browser: Callable[[str], Browser], teacher: Api, made: MadeSchool
) -> None:
    own = give_mark(teacher, made)
    with transaction(engine, SEEDER) as session:
        session.add(foreign := Mark(lesson_id=made.foreign_lesson.id, student_id=made.anna.id, value="4"))

    page = browser("teacher").get("/records/mark/").text

    assert f"/records/mark/{own}/cell/value" in page
    assert f'"/records/mark/{foreign.id}"' in page
    assert f"/records/mark/{foreign.id}/cell/" not in page
