"""A gateway on a database of its own, bound to the simulator or to an SMSC that the test plays."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config import Settings
from sms_gateway.timers import Timers
from tests.sms_gateway.peer import HandSmsc
from tests.sms_gateway.support import (
    QUICK,
    InThread,
    Outbox,
    RunningSimulator,
    open_outbox,
    start_gateway,
    start_simulator,
)
from tests.support import SchoolDatabase, settings_for

StartGateway = Callable[..., InThread]


@pytest.fixture(scope="session")
def one_simulator() -> Iterator[RunningSimulator]:
    thread, simulator = start_simulator()
    yield simulator
    thread.stop()


@pytest.fixture
def simulator(one_simulator: RunningSimulator) -> RunningSimulator:
    """A well-behaved SMSC with empty phones."""
    one_simulator.post("reset")
    one_simulator.behave(receipt_delay=0.0)
    return one_simulator


@pytest.fixture
def hand() -> Iterator[HandSmsc]:
    """An SMSC whose every octet the test sends."""
    smsc = HandSmsc()
    yield smsc
    smsc.close()


@pytest.fixture
def outbox(database: SchoolDatabase) -> Iterator[Outbox]:
    """The outbox of a school without anything in it, and without quiet hours."""
    opened = open_outbox(database.owner_url)
    opened.connection.execute(
        "INSERT INTO school (name, short_name, timezone, version) OVERRIDING SYSTEM VALUE"
        " SELECT 'School', 'Sch', 'Europe/Moscow', 1 WHERE NOT EXISTS (SELECT FROM school)"
    )
    opened.set(quiet_hours="no")
    yield opened
    opened.connection.close()


@pytest.fixture
def gateway_settings(database: SchoolDatabase, tmp_path: Path) -> Callable[..., Settings]:
    """Settings whose SMS link is at this port; further words go into the link's address."""

    def made(port: int, window: int = 10, **also: Any) -> Settings:
        query = "&".join(f"{name}={value}" for name, value in {"source": "ZVONOK", "window": window, **also}.items())
        return settings_for(
            database,
            "redis://127.0.0.1:1/",
            tmp_path / "var",
            SMSC_URL=f"smpp://zvonok:zvonok@127.0.0.1:{port}/?{query}",
        )

    return made


@pytest.fixture
def start(outbox: Outbox, gateway_settings: Callable[..., Settings]) -> Iterator[StartGateway]:
    """`start(port)` runs a gateway until the test ends."""
    running: list[InThread] = []

    def started(port: int, timers: Timers = QUICK, **link: Any) -> InThread:
        running.append(start_gateway(gateway_settings(port, **link), timers))
        return running[-1]

    yield started
    for gateway in running:
        gateway.stop()


@pytest.fixture
def other() -> Iterator[RunningSimulator]:
    """A second operator."""
    thread, simulator = start_simulator()
    simulator.behave(receipt_delay=0.0)
    yield simulator
    thread.stop()
