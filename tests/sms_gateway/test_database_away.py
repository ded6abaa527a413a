"""The database breaks the gateway's connections: it comes back, and nothing is sent twice or lost."""

from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import SUBMIT, HandSmsc, receipt
from tests.sms_gateway.support import Outbox, eventually

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zvonok gateway'"


def test_a_link_outlives_a_broken_connection_to_the_database(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    under_way = outbox.queue("under way")
    submit = peer.expect(SUBMIT)

    outbox.rows(CUT)
    peer.answer(submit, "7")

    outbox.becomes(under_way, "accepted")
    eventually(lambda: peer.deliver(receipt("7")) == 0)
    later = outbox.queue("later")
    peer.answer(peer.expect(SUBMIT), "8")
    outbox.becomes(later, "accepted")
    assert outbox.state(under_way) == "delivered"
    assert [row["attempts"] for row in outbox.rows("SELECT attempts FROM sms_message")] == [1, 1]
