"""What a secretary does at the desk: fills in a workbook, uploads it, looks, decides, applies, undoes."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from openpyxl import Workbook, load_workbook

from tests.support import SchoolDatabase
from tests.web_support import Browser
from workers.imports import run_import

HEADERS = (
    "Класс", "Фамилия", "Имя", "Отчество", "Дата рождения", "Представитель 1", "Представитель 1: кем приходится",
    "Представитель 1: телефон", "Представитель 1: эл. почта", "Представитель 1: срочные новости",
)  # fmt: skip
WATCHED = ("student", "enrollment", "guardian", "guardianship", "consent")


def a_row(**changes: Any) -> list[Any]:
    """A new student of 5А with a mother who agreed to urgent news; name what should differ."""
    given = {
        "school_class": "5А", "surname": "Новиков", "given_name": "Пётр", "patronymic": "Ильич",
        "born_on": "12.03.2015", "guardian": "Новикова Ирина Олеговна", "kinship": "мать",
        "phone": "8 (999) 123-45-67", "email": "novikova@example.org", "urgent": "да",
    }  # fmt: skip
    return list((given | changes).values())


def a_workbook(*rows: Sequence[Any], headers: Sequence[Any] = HEADERS) -> bytes:
    book = Workbook()
    for row in (headers, *rows):
        book.active.append(list(row))  # type: ignore[union-attr]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@dataclass
class Desk:
    """The page of one import after another, and the worker that is told of each step."""

    browser: Browser
    database: SchoolDatabase
    run_id: int = 0

    def send(self, content: bytes, name: str = "5А.xlsx", kind: str = "families") -> Any:
        """Upload the file; the page that answers."""
        self.browser.get("/imports")
        return self.browser.upload(f"/imports/new/{kind}", content, name)

    def check(self, content: bytes, kind: str = "families") -> str:
        """Upload and let the worker check; the page of the dry run."""
        answer = self.send(content, kind=kind)
        assert answer.status_code == 303, answer.text
        self.run_id = int(answer.headers["Location"].rsplit("/", 1)[1])
        return self.work()

    def work(self) -> str:
        """Let the worker make the step that waits; the page then."""
        run_import(self.run_id)
        return self.page()

    def page(self) -> str:
        return self.browser.get(f"/imports/{self.run_id}").text

    def press(self, button: str, **typed: str) -> str:
        """Press a button of the page, and let the worker make the step."""
        answer = self.browser.post(f"/imports/{self.run_id}/{button}", dict(typed))
        assert answer.status_code == 303, answer.text
        return self.work()

    def ask(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database.owner_url) as connection:
            return connection.execute(question, values).fetchall()  # type: ignore[arg-type]

    def rows(self) -> list[int]:
        """How many rows each table of people has."""
        return [self.ask(f"SELECT count(*) FROM {table}")[0][0] for table in WATCHED]


def counts(page: str) -> dict[str, int]:
    """The figures of the dry run."""
    return {name: int(figure) for name, figure in re.findall(r'data-count="(\w+)">(\d+)<', page)}


def sheet_of(content: bytes) -> Any:
    return load_workbook(io.BytesIO(content)).worksheets[0]
