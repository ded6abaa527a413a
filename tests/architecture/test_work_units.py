"""A run in parts: what is named in tests/work_units.py is there, and goes together and first."""

from config import ROOT
from tests.work_units import LONGEST_FIRST, TOGETHER, place_of, unit_of


def test_every_place_that_is_named_is_there() -> None:
    units = set(TOGETHER.values())

    assert [place for place in (*TOGETHER, *LONGEST_FIRST) if place not in units and not (ROOT / place).exists()] == []


def test_files_that_share_a_demo_go_together_and_before_others() -> None:
    flows, browser = (unit_of(f"tests/{file}::test_x") for file in ("flows/test_kills.py", "browser/test_phones.py"))

    assert flows == browser == "a demo"
    assert place_of(flows) < place_of(unit_of("tests/domain/test_slots.py::test_y[a::b]"))
    assert unit_of("tests/domain/test_slots.py::test_y[a::b]") == "tests/domain/test_slots.py"
