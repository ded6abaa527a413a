"""A school whose settings cannot be read keeps no other school waiting."""

from datetime import UTC, datetime

from sms_gateway.quiet import _end
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.support import Outbox, RunningSimulator

NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)  # 23:00 in Moscow
MORNING = datetime(2026, 11, 21, 5, tzinfo=UTC)


def test_what_cannot_be_read_has_its_default() -> None:
    assert _end(NOW, "Asia/Atlantis", {}) == MORNING
    assert _end(NOW, "", {"quiet_from": "21:00+03:00", "quiet_until": "soon", "quiet_hours": "maybe"}) == MORNING


def test_a_time_with_an_offset_does_not_end_the_gateway(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    outbox.set(quiet_hours="yes", quiet_from="21:00+03:00", quiet_until="08:00Z")
    start(simulator.smpp_port)

    message = outbox.queue("code", kind="code")

    outbox.becomes(message, "delivered")


def test_a_time_zone_that_is_none_stops_nobody(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    outbox.connection.execute("UPDATE school SET timezone = 'Asia/Atlantis'")
    start(simulator.smpp_port)

    outbox.becomes(outbox.queue("digest", kind="digest"), "delivered")
