"""Receipts of every shape settle what they are about, once, and only after their commit."""

import pytest

from sms_gateway.timers import Timers
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import ANSWER, DATA, SUBMIT, UNBIND, HandSmsc, deliver_body, pdu, receipt, sent
from tests.sms_gateway.support import Outbox


def test_parameters_of_an_odd_length_do_not_hide_the_text(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)

    peer.deliver(receipt("7") + b"\x04\x27\x00\x02\x00\x05" + b"\x00\x1e\x00\x017")

    assert outbox.state(message) == "delivered"


@pytest.mark.parametrize(
    ("answered", "reported"),
    [("5eab8da5", "1588301221"), ("0005EAB8DA5", "5eab8da5"), ("1588301221", "5EAB8DA5"), ("00042", "42")],
)
def test_ids_match_in_hex_and_in_decimal(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, answered: str, reported: str
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer, answered)

    peer.deliver(receipt(reported))

    assert outbox.state(message) == "delivered"


def test_a_receipt_in_parameters_alone_counts_too(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer, "abc-1")

    peer.deliver(deliver_body(esm_class=4, tlvs=b"\x00\x1e\x00\x06abc-1\0\x04\x27\x00\x01\x02"))

    assert outbox.state(message) == "delivered"


def test_a_receipt_by_data_sm_is_answered_and_counts(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)
    addresses = b"\0\x01\x0179990000001\0\x05\0ZVONOK\0"

    peer.send(pdu(DATA, 5, addresses + b"\x04\0\0" + b"\x00\x1e\x00\x027\0\x04\x27\x00\x01\x02"))
    peer.send(pdu(0x102, 6, b"\x01\x0179990000001\0\x01\x01790\0"))  # alert_notification has no answer
    answer = peer.expect(DATA | ANSWER)

    assert (answer.sequence, answer.status) == (5, 0)
    assert outbox.state(message) == "delivered"


def test_a_receipt_that_comes_before_its_answer_is_kept_for_it(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    submit = peer.expect(SUBMIT)

    assert peer.deliver(receipt("7")) == 0
    peer.answer(submit, "7")

    outbox.becomes(message, "delivered")
    assert outbox.rows("SELECT matched_at IS NOT NULL AS matched FROM sms_receipt") == [{"matched": True}]


def test_the_first_final_receipt_stands(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)

    assert [peer.deliver(receipt("7", stat)) for stat in ("ENROUTE", "DELIVRD", "DELIVRD", "UNDELIV")] == [0] * 4

    row = outbox.message(message)
    assert (row["state"], row["error"]) == ("delivered", None)
    assert outbox.rows("SELECT FROM sms_receipt") == []


def test_receipts_of_nothing_or_for_another_phone_settle_nothing(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)

    assert peer.deliver(receipt("8")) == 0
    assert peer.deliver(receipt("7", source=b"79990000099")) == 0
    assert peer.deliver(receipt("")) == 0

    assert outbox.state(message) == "accepted"
    assert len(outbox.rows("SELECT FROM sms_receipt WHERE matched_at IS NULL")) == 3


def test_a_receipt_is_acknowledged_only_after_its_commit(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)
    outbox.connection.execute("ALTER TABLE sms_part ADD CONSTRAINT away CHECK (state <> 'delivered') NOT VALID")

    assert peer.deliver(receipt("7")) == 0x08
    assert outbox.state(message) == "accepted"

    outbox.connection.execute("ALTER TABLE sms_part DROP CONSTRAINT away")
    assert peer.deliver(receipt("7")) == 0
    assert outbox.state(message) == "delivered"


def test_receipts_that_come_in_place_of_the_answer_to_unbind_are_taken(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    gateway = start(hand.port, Timers(unbind=10, drain=0.2))
    peer = hand.bound()
    message = sent(outbox, peer)

    gateway.ask_to_leave()
    unbind = peer.expect(UNBIND)
    assert peer.deliver(receipt("7")) == 0
    peer.send(pdu(UNBIND | ANSWER, unbind.sequence))
    gateway.stop()

    assert outbox.state(message) == "delivered"
