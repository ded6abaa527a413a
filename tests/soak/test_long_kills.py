"""Hours of bad luck: parts die at random while marks are written; ZVONOK_SOAK_MINUTES (10) bounds it.

However short the time is, each part dies once.
"""

import os
import random
import time
from pathlib import Path

import pytest

from tests.flows.test_kills import MARKS, survive
from tests.running import running_school

PARTS = ("worker", "web", "redis", "clock", "postgres")


def test_whatever_dies_no_mark_is_lost_or_told_twice(tmp_path_factory: pytest.TempPathFactory) -> None:
    ends_at = time.monotonic() + 60 * float(os.environ.get("ZVONOK_SOAK_MINUTES", "10"))
    killed: dict[str, int] = dict.fromkeys(PARTS, 0)
    with running_school(Path(tmp_path_factory.mktemp("soak")) / "var") as school:
        while time.monotonic() < ends_at or not all(killed.values()):
            victim = random.choice([part for part in PARTS if not killed[part]] or PARTS)
            survive(school, victim, kills=4)
            killed[victim] += 1
            print(f"{victim} killed during {MARKS} marks: all kept, each told once")
    print("rounds by part:", killed)
