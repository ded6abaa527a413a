"""The poisoned world, walked through by everybody: nothing is taken for more than text, and looking changes nothing."""

import csv
import io
import re
from collections.abc import Callable
from urllib.parse import unquote_plus, urlsplit

import pytest
from flask import Flask
from openpyxl import load_workbook

from tests.attack.hostile import send_back, sent_forms, strange_addresses
from tests.attack.polyglots import CANARY, POLYGLOTS, harm
from tests.attack.state import state
from tests.attack.visits import Visit, tour, unfit
from tests.matrix.doors import Doors
from tests.matrix.people import PEOPLE
from tests.matrix.world import World
from tests.support import SchoolDatabase

FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-?[\d ., ]+")
Walk = tuple[list[Visit], dict[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def walk(app: Flask, world: World, doors: Callable[[str], Doors], poisoned_database: SchoolDatabase) -> Walk:
    """Everything that was visited, and the database before and after it."""
    everybody = {person.login: doors(person.login) for person in PEOPLE}
    before = state(poisoned_database)
    visits = list(tour(app, world, everybody, poisoned_database))
    return visits, before, state(poisoned_database)


def test_the_test_would_notice() -> None:
    """Each polyglot that is markup, put raw where it was made for, is seen."""
    for text in POLYGLOTS:
        raw = f'<p>{text}</p><a title="{text}" href="{text}">x</a><a title=\'{text}\'>x</a><i title={text}>x</i>'
        assert list(harm(raw)), text
    assert not list(harm('<p>&lt;q9&gt;</p><a href="/q9" title="&quot; q9=&quot;">q9</a>'))


def test_what_people_typed_is_shown_as_text_to_everybody(walk: Walk, request: pytest.FixtureRequest) -> None:
    visits = walk[0]
    shown = {visit.path for visit in visits if visit.page and any(CANARY in text for text in visit.page.visible)}
    request.node.user_properties.append(("told", f"The crawl: {len(visits)} visits, {len(shown)} with polyglots."))

    assert [fault for visit in visits for fault in unfit(visit)] == []
    assert len(visits) > 400
    assert len(shown) > 150
    assert sum(visit.answer.status_code == 200 for visit in visits) > 0.9 * len(visits)


def test_looking_changes_nothing(walk: Walk) -> None:
    _visits, before, after = walk

    assert [table for table in before if before[table] != after[table]] == []


def test_no_link_and_no_form_names_a_person(walk: Walk) -> None:
    """All texts are polyglots: an address with the canary would carry a name, a phone or a comment into histories.

    Left out: what somebody looked for or kept as a view, and the prefixes that belong to an operator, not to a person.
    """
    told = set()
    for visit in walk[0]:
        for address in visit.page.addresses if visit.page else ():
            is_meant = urlsplit(address).scheme in ("mailto", "tel") or visit.path == "/console/prefixes/"
            is_typed = "q=q9" in visit.path or address.startswith("/records/mark/?")
            if CANARY in unquote_plus(address) and not is_meant and not is_typed:
                told.add(f"{visit}: {address}")

    assert not told, "\n".join(sorted(told))


def test_every_form_that_sends_carries_the_token_and_no_other_does(walk: Walk) -> None:
    for visit in walk[0]:
        for form in re.findall(r"<form\b.*?</form>", visit.answer.text, re.DOTALL) if visit.page else ():
            sends = re.match(r'<form[^>]*\bmethod="post"', form, re.IGNORECASE) is not None
            assert ('name="csrf_token"' in form) == sends, f"{visit}: {form[:200]}"


def test_no_answer_about_people_is_kept_by_a_browser(walk: Walk) -> None:
    for visit in walk[0]:
        headers = visit.answer.headers
        assert headers["Cache-Control"] == "no-store", str(visit)
        assert headers["X-Content-Type-Options"] == "nosniff", str(visit)
        assert "default-src 'none'" in headers["Content-Security-Policy"], str(visit)
        assert headers["Referrer-Policy"] == "same-origin", str(visit)


def test_no_cell_of_an_export_is_a_formula(walk: Walk) -> None:
    files = [visit for visit in walk[0] if "/export." in visit.path and visit.answer.status_code == 200]
    for visit in files:
        if visit.path.endswith(".csv"):
            sign = ";" if ";" in visit.answer.text.partition("\n")[0] else ","
            rows = list(csv.reader(io.StringIO(visit.answer.text.removeprefix("\ufeff")), delimiter=sign))
            cells = [cell for row in rows for cell in row]
            assert len({len(row) for row in rows}) == 1, str(visit)
            assert [cell for cell in cells if cell.lstrip().startswith(FORMULA) and not NUMBER.fullmatch(cell)] == []
        else:
            book = load_workbook(io.BytesIO(visit.answer.data), read_only=True)
            kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
            assert "f" not in kinds, str(visit)
            book.close()

    assert len(files) > 10


def test_no_form_breaks_by_what_is_sent(walk: Walk, doors: Callable[[str], Doors]) -> None:
    everybody = {person.login: doors(person.login) for person in PEOPLE}
    asked = [*sent_forms(walk[0])]

    assert list(send_back(everybody, walk[0])) == []
    assert len(asked) > 60


def test_no_address_breaks_by_its_arguments(walk: Walk, doors: Callable[[str], Doors]) -> None:
    assert list(strange_addresses({person.login: doors(person.login) for person in PEOPLE}, walk[0])) == []
