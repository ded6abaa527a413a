"""A gateway that is asked to end in the middle of things leaves nothing half done."""

from collections.abc import Iterator

import pytest

from sms_gateway.timers import Timers
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import ANSWER, ENQUIRE, SUBMIT, UNBIND, HandSmsc, pdu
from tests.sms_gateway.support import Outbox, eventually

IN_THE_TRANSACTION = "SELECT FROM pg_stat_activity WHERE application_name = 'zvonok gateway' AND wait_event = 'PgSleep'"


@pytest.fixture
def slow_marking(outbox: Outbox) -> Iterator[None]:
    """A database that takes its time to mark a message as `sending`."""
    outbox.connection.execute(
        "CREATE FUNCTION take_your_time() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(0.7); RETURN NEW; END';"
        "CREATE TRIGGER slow BEFORE UPDATE ON sms_message FOR EACH ROW WHEN (NEW.state = 'sending'"
        " AND OLD.state = 'claimed') EXECUTE FUNCTION take_your_time()"
    )
    yield
    outbox.connection.execute("DROP TRIGGER slow ON sms_message; DROP FUNCTION take_your_time")


def test_nothing_is_submitted_after_unbind_that_nobody_will_answer(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, slow_marking: None
) -> None:
    gateway = start(hand.port, Timers(unbind=5, drain=10))
    peer = hand.bound()
    message = outbox.queue()
    eventually(lambda: outbox.rows(IN_THE_TRANSACTION))

    gateway.ask_to_leave()
    came = peer.next()
    if came.command == SUBMIT:
        peer.answer(came, "7")
        came = peer.expect(UNBIND)
    eventually(lambda: not outbox.rows(IN_THE_TRANSACTION))
    peer.send(pdu(ENQUIRE, 99))
    peer.expect(ENQUIRE | ANSWER)
    peer.send(pdu(UNBIND | ANSWER, came.sequence))
    gateway.stop()

    assert outbox.state(message) in ("accepted", "queued")
