"""Which fields each role is told of each record: kept as one table, so that none appears unnoticed.

The doors of tests/matrix/records.py note what they were told; `ZVONOK_MATRIX=write` writes the table anew, to be read
before it is committed.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.records import ALL
from app.records.record_type import RecordType
from tests.matrix.people import PEOPLE

KEPT = Path(__file__).with_name("fields.json")
TOLD: dict[str, dict[str, dict[str, list[str]]]] = {}  # record → person → door → fields


def note(record: str, login: str, door: str, fields: Iterable[str]) -> None:
    """What a person was told at a door."""
    TOLD.setdefault(record, {}).setdefault(login, {})[door] = sorted(fields)


def table_of(declared: RecordType) -> list[dict[str, Any]]:
    """Who is told what of a record; people who are told the same stand together, with the fields of their form."""
    groups: dict[str, dict[str, Any]] = {}
    for person in PEOPLE:
        told = dict(TOLD.get(declared.name, {}).get(person.login, {}))
        if not told:
            continue
        if person.may("can_write", declared.name):
            told["form"] = sorted(declared.fields)
        group = groups.setdefault(json.dumps(told, sort_keys=True), {"people": [], **told})
        group["people"].append(person.login)
    return list(groups.values())


def test_each_role_is_told_the_fields_of_the_table_and_no_other() -> None:
    asked = {declared.name: table_of(declared) for declared in ALL if declared.name in TOLD}
    if os.environ.get("ZVONOK_MATRIX") == "write":
        KEPT.write_text(_written(asked), encoding="utf-8")
    kept = json.loads(KEPT.read_text(encoding="utf-8"))

    for name, told in asked.items():
        assert told == kept.get(name), f"the fields of {name} changed: see tests/matrix/fields.json"


def _written(asked: dict[str, list[dict[str, Any]]]) -> str:
    """A line for each group of people, so that a change shows as one."""
    records = []
    for name, groups in sorted(asked.items()):
        lines = ",\n  ".join(json.dumps(group, sort_keys=True) for group in groups)
        records.append(f' "{name}": [\n  {lines}\n ]')
    return "{\n" + ",\n".join(records) + "\n}\n"
