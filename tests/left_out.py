"""What is left out for want of something on this machine is said where everybody sees it."""

from contextlib import nullcontext
from typing import NoReturn

import pytest


def left_out(request: pytest.FixtureRequest, what: str, how: str) -> NoReturn:
    """Say it where everybody sees it, and skip."""
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    capture = request.config.pluginmanager.get_plugin("capturemanager")
    if reporter is not None:
        with capture.global_and_fixture_disabled() if capture else nullcontext():
            reporter.write_line(f"\nNO {what}: its tests are LEFT OUT. {how}", red=True)
    pytest.skip(f"there is no {what} on this machine")
