"""Every address of the API against its description, case after case; ZVONOK_SOAK_MINUTES (10) bounds it."""

import itertools
import os
import random
import secrets
import time
from collections.abc import Callable

import pytest
from flask import Flask

from tests.attack.contract import attack, operations
from tests.attack.test_contract import elsewhere
from tests.generator.conftest import api, app, engine, made
from tests.web_support import Api

__all__ = ["api", "app", "elsewhere", "engine", "made"]


@pytest.mark.usefixtures("elsewhere")
def test_the_api_keeps_its_description_for_long(app: Flask, api: Callable[[str], Api]) -> None:
    ends = time.monotonic() + 60 * float(os.environ.get("ZVONOK_SOAK_MINUTES", "10"))
    people = {who: api(who).headers for who in ("teacher", "mother", "secretary", "anna", "head")} | {"nobody": {}}
    every, cases, begun = operations(app, people["teacher"]), 0, secrets.randbelow(2**32)
    print(f"begun with {begun}")
    random.Random(begun).shuffle(every)

    for number, operation in enumerate(itertools.cycle(every), begun):
        if time.monotonic() > ends:
            break
        for who, headers in people.items():
            assert [f"{who}: {wrong}" for wrong in attack([operation], headers, examples=5, number=number)] == []
            cases += 10
    print(f"about {cases:,} cases of {len(every)} addresses")
    assert cases > 0
