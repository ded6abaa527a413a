"""One whole school for the stories of this folder."""

import pytest

from tests.running import RunningSchool


@pytest.fixture
def school(running_demo: RunningSchool) -> RunningSchool:
    """The running demo; a story leaves it as it would like to find it."""
    return running_demo
