"""The API's lists: pages, order, filters by Flask-AppBuilder's conventions; and what they refuse."""

from typing import Any

import pytest

from tests.factories import MadeSchool
from tests.generator.school import give_mark, told
from tests.web_support import Api


@pytest.fixture
def marks(teacher: Api, made: MadeSchool) -> list[int]:
    """Anna's 5, 4, 3 and Gleb's 2, in this order."""
    given = [give_mark(teacher, made, value=value) for value in "543"]
    return [*given, give_mark(teacher, made, value="2", student=made.gleb.id, comment="не готов к Ёлке")]


def ids(api: Api, q: Any = None, path: str = "/api/v1/mark/") -> list[int]:
    answer = api.get(path, q=q)
    assert answer.status_code == 200, answer.text
    return list(told(answer)["ids"])


def one(col: str, opr: str, value: Any) -> dict[str, Any]:
    return {"filters": [{"col": col, "opr": opr, "value": value}]}


def test_a_list_ascends_by_id_and_tells_how_many_there_are(teacher: Api, mother: Api, marks: list[int]) -> None:
    answer = told(teacher.get("/api/v1/mark/"))

    assert answer["count"] == 4
    assert [mark["id"] for mark in answer["result"]] == marks
    assert ids(mother) == marks[:3]  # of her own child


def test_pages_and_order(teacher: Api, marks: list[int]) -> None:
    assert ids(teacher, {"page": 1, "page_size": 3}) == marks[3:]
    assert ids(teacher, {"order_column": "value", "order_direction": "asc"}) == marks[::-1]
    assert ids(teacher, {"order_column": "student", "order_direction": "desc"})[0] == marks[3]  # Зимин after Ёлкина
    assert ids(teacher, {"order_column": "given_on", "order_direction": "desc"}) == marks[::-1]  # a filter, no column
    assert ids(teacher, path="/api/v1/mark/?page=1&page_size=3") == marks[3:]
    assert ids(teacher, path="/api/v1/mark/?q=(order_column:id,order_direction:desc)") == marks[::-1]


def test_filters(teacher: Api, made: MadeSchool, marks: list[int]) -> None:
    assert ids(teacher, one("student", "rel_o_m", made.gleb.id)) == marks[3:]
    assert ids(teacher, one("student", "nrel_o_m", made.gleb.id)) == marks[:3]
    assert ids(teacher, one("value", "eq", "4")) == ids(teacher, one("value", "eq", 4)) == [marks[1]]
    assert ids(teacher, one("value", "neq", "4")) == [marks[0], *marks[2:]]
    assert ids(teacher, one("value", "ct", "%")) == []
    assert ids(teacher, one("given_on", "gt", "2026-11-19")) == marks
    assert ids(teacher, one("given_on", "le", "2026-11-19")) == []
    assert ids(teacher, one("id", "gt", marks[2])) == marks[3:]


def test_a_filter_by_a_foreign_child_tells_no_more_than_by_an_unknown_one(
    mother: Api, made: MadeSchool, marks: list[int]
) -> None:
    foreign, unknown = (
        mother.get("/api/v1/mark/", q=one("student", "rel_o_m", key)) for key in (made.boris.id, 999_999)
    )

    assert foreign.status_code == 422
    assert foreign.data == unknown.data
    assert told(foreign)["message"].keys() == {"student"}


def test_a_page_is_never_longer_than_a_hundred_rows(teacher: Api, made: MadeSchool, marks: list[int]) -> None:
    for value in "45" * 50:
        give_mark(teacher, made, value=value)

    assert len(ids(teacher, {"page_size": 1_000_000})) == 100
    assert len(ids(teacher, {"page_size": 100})) == 100
    assert teacher.get("/api/v1/mark/", q={"page_size": -1}).status_code == 422


def test_columns_may_be_chosen_of_those_that_the_list_has(teacher: Api, marks: list[int]) -> None:
    chosen = told(teacher.get("/api/v1/mark/", q={"columns": ["value"]}))["result"]

    assert chosen[0] == {"id": marks[0], "value": "5"}


@pytest.mark.parametrize(
    "q",
    [
        "(", ")", "!", "!(", "'", "(page:)", "(a:b", "!(1,2)", "1", "null", "{", '{"page": ', "(filters:1)",
        "(filters:!(1))", "(filters:!((col:value)))", "(order_direction:up)", "(columns:!((a:b)))",
        "!(" * 4000, "(a:" * 2000, "[" * 7000,
        pytest.param("x" * 9000, id="too long"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_answered_400(teacher: Api, q: str) -> None:
    assert teacher.get("/api/v1/mark/", query_string={"q": q}).status_code == 400


@pytest.mark.parametrize(
    ("q", "field"),
    [
        (one("password", "sw", "a"), "password"),
        (one("published_at", "gt", "2026-01-01T00:00"), "published_at"),
        (one("student.surname", "ct", "Б"), "student.surname"),
        (one("value", "xx", "5"), "value"),
        (one("value", "eq", "\x00"), "value"),
        (one("value", "eq", ""), "value"),
        (one("value", "eq", ["5"]), "value"),
        (one("given_on", "gt", "вчера"), "given_on"),
        (one("student", "eq", 10**40), "student"),
        (one("student", "eq", {"surname": "Б"}), "student"),
        (one("id", "eq", 10**40), "id"),
        ({"order_column": "published_at"}, "order_column"),
        ({"order_column": "student.surname"}, "order_column"),
        ({"order_column": "value; DROP TABLE mark"}, "order_column"),
        ({"columns": ["published_at"]}, "published_at"),
        ({"page": -1}, "page"),
        ({"page": 10**40}, "page"),
        ({"page": "x"}, "page"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 1.5}, "page_size"),
    ],
)
def test_a_query_for_what_is_not_there_names_it(teacher: Api, q: dict[str, Any], field: str) -> None:
    answer = teacher.get("/api/v1/mark/", q=q)

    assert answer.status_code == 422
    assert told(answer)["message"].keys() == {field}


def test_info_tells_what_a_record_is_made_of_and_no_row(mother: Api, teacher: Api, made: MadeSchool) -> None:
    told_teacher, told_mother = (told(person.get("/api/v1/mark/_info")) for person in (teacher, mother))

    assert told_teacher["permissions"] == ["can_read", "can_write"]
    assert told_mother["permissions"] == ["can_read"]
    assert [field["name"] for field in told_teacher["add_columns"]][:2] == ["lesson", "student"]
    assert "rel_o_m" in told_teacher["filters"]["student"]
    for row in (made.anna, made.boris):
        assert row.surname not in str(told_teacher)


def test_every_account_reads_what_it_may_see(mother: Api, made: MadeSchool) -> None:
    assert [row["id"] for row in told(mother.get("/api/v1/student/"))["result"]] == [made.anna.id]
    assert [row["phone"] for row in told(mother.get("/api/v1/sms_subscription/"))["result"]] == ["+79990000001"]
