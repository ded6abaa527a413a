"""One whole school for the stories of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import RunningSchool, running_school


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSchool]:
    """`python run.py` on an empty folder, in a folder that a person might name."""
    with running_school(Path(tmp_path_factory.mktemp("Школа № 1")) / "var") as opened:
        yield opened
