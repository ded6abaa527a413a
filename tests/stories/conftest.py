"""A made school whose gateway is bound to the simulator: what is written goes to phones, what phones write comes in."""

from collections.abc import Callable, Iterator

import pytest

from config import Settings
from tests.diary.conftest import Browse, Clock, api, app, browser, clock, engine, made
from tests.factories import MadeSchool
from tests.marks.conftest import Put, put, setting
from tests.sms_gateway.conftest import gateway_settings, one_simulator, simulator
from tests.sms_gateway.support import RunningSimulator, start_gateway

__all__ = [
    "Browse", "Clock", "Put", "api", "app", "browser", "clock", "engine", "gateway_settings", "made", "one_simulator",
    "put", "setting", "simulator",
]  # fmt: skip


@pytest.fixture
def line(
    made: MadeSchool, simulator: RunningSimulator, gateway_settings: Callable[..., Settings]
) -> Iterator[RunningSimulator]:
    """The phones, with a gateway between them and the school."""
    gateway = start_gateway(gateway_settings(simulator.smpp_port))
    yield simulator
    gateway.stop()
