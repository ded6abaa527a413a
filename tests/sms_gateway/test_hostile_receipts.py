"""Receipts and texts that come as they should not: odd, too many, while we leave, when the database is away."""

import threading
from contextlib import suppress

import pytest

from sms_gateway.timers import Timers
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import (
    ANSWER,
    DATA,
    DELIVER,
    ENQUIRE,
    SUBMIT,
    UNBIND,
    HandSmsc,
    deliver_body,
    pdu,
    receipt,
    sent,
    still_works,
)
from tests.sms_gateway.support import Outbox, eventually

ADDRESSES = b"\0\x01\x0179990000001\0\x05\0ZVONOK\0"
ID, STATE = b"\x00\x1e", b"\x04\x27"


def tlv(tag: bytes, value: bytes) -> bytes:
    return tag + len(value).to_bytes(2, "big") + value


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        (tlv(STATE, b"\0\2") + tlv(ID, b"7\0"), b"stat:DELIVRD"),  # the state's size is wrong, the id stands after it
        (tlv(ID, b"7\0") + tlv(STATE, b"") + tlv(b"\x04\x23", b"\3"), b"stat:DELIVRD err:000"),
        (tlv(ID, b"7") + tlv(STATE, b"\2"), b""),  # an id without its NUL
        (tlv(ID, b"7\0\0\0") + tlv(STATE, b"\2"), b""),
        (tlv(ID, b"0007\0") + tlv(STATE, b"\2"), b"id:foreign stat:UNDELIV"),  # parameters are meant for programs
        (tlv(ID, b"\0") + tlv(STATE, b"\2"), b"id:7"),
        (tlv(b"\x14\x00", b"x" * 300) + tlv(ID, b"7\0") + tlv(STATE, b"\2"), b""),
        (tlv(b"\x02\x04", b"\0\1") + tlv(b"\x00\x1d", b"?\0"), b"ID:7 SUB:001 STAT:DELIVRD"),
    ],
    ids=["wide state", "empty state", "no NUL", "NULs", "zeros", "empty id", "vendor first", "capitals"],
)
def test_odd_parameters_hide_neither_id_nor_state(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, parameters: bytes, text: bytes
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)

    assert peer.deliver(deliver_body(text=text, esm_class=4, tlvs=parameters)) == 0

    assert outbox.state(message) == "delivered"


@pytest.mark.parametrize("esm_class", [0x04, 0x07, 0x84, 0xC4, 0x20])
def test_the_other_bits_of_the_class_do_not_hide_a_receipt(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, esm_class: int
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)

    peer.deliver(deliver_body(text=b"id:7 stat:DELIVRD", esm_class=esm_class))

    assert outbox.state(message) == "delivered"
    assert outbox.rows("SELECT FROM sms_inbound") == []


def test_a_person_who_writes_like_a_receipt_settles_nothing(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)

    peer.deliver(deliver_body(text=b"id:7 sub:001 dlvrd:001 stat:DELIVRD err:000 text:"))

    assert outbox.state(message) == "accepted"
    assert len(outbox.rows("SELECT FROM sms_inbound")) == 1


def test_parameters_in_commands_that_have_none_are_passed_over(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)
    odd = tlv(ID, b"7\0") + tlv(STATE, b"\2")

    peer.send(pdu(ENQUIRE, 5, odd), pdu(ENQUIRE | ANSWER, 6, odd), pdu(0x80000000, 7, odd, 0x03))

    assert peer.expect(ENQUIRE | ANSWER).sequence == 5
    assert outbox.state(message) == "accepted"
    still_works(outbox, peer)


def test_a_receipt_by_data_sm_is_refused_while_it_cannot_be_committed(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)
    by_data_sm = ADDRESSES + b"\x04\0\0" + tlv(ID, b"7\0") + tlv(STATE, b"\2")
    outbox.connection.execute("ALTER TABLE sms_part ADD CONSTRAINT away CHECK (state <> 'delivered') NOT VALID")

    peer.send(pdu(DATA, 5, by_data_sm))
    refused = peer.expect(DATA | ANSWER)
    assert (refused.sequence, refused.status) == (5, 0x08)
    assert outbox.state(message) == "accepted"

    outbox.connection.execute("ALTER TABLE sms_part DROP CONSTRAINT away")
    peer.send(pdu(DATA, 6, by_data_sm))
    assert peer.expect(DATA | ANSWER).status == 0
    assert outbox.state(message) == "delivered"


def test_a_text_by_data_sm_is_heard_too(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()

    peer.send(pdu(DATA, 5, ADDRESSES + b"\0\0\x08" + tlv(b"\x04\x24", "СТОП".encode("utf-16-be"))))

    assert peer.expect(DATA | ANSWER).status == 0
    assert outbox.rows("SELECT phone, body FROM sms_inbound") == [{"phone": "+79990000001", "body": "СТОП"}]


def test_a_receipt_comes_weeks_after_its_answer_and_over_another_connection(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    gateway = start(hand.port)
    message = sent(outbox, hand.bound())
    gateway.stop()
    outbox.connection.execute("UPDATE sms_message SET submitted_at = now() - interval '20 days'")

    start(hand.port)

    assert hand.bound().deliver(receipt("7")) == 0
    assert outbox.state(message) == "delivered"


def test_two_phones_with_one_id_are_told_apart(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    anna = sent(outbox, peer)
    boris = outbox.queue(phone="+79990000002")
    peer.answer(peer.expect(SUBMIT), "7")
    outbox.becomes(boris, "accepted")

    peer.deliver(receipt("7", "UNDELIV", source=b"79990000002"))

    assert (outbox.state(anna), outbox.state(boris)) == ("accepted", "undeliverable")


# While we leave.


def test_all_that_comes_while_we_unbind_is_taken_and_nothing_passes_for_its_answer(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    gateway = start(hand.port, Timers(unbind=10, drain=10))
    peer = hand.bound()
    settled = sent(outbox, peer, "7")
    late = outbox.queue("late")
    submit = peer.expect(SUBMIT)

    gateway.ask_to_leave()
    peer.answer(submit, "8")
    unbind = peer.expect(UNBIND)
    peer.send(pdu(SUBMIT | ANSWER, unbind.sequence, b"9\0"), pdu(ENQUIRE | ANSWER, unbind.sequence))
    peer.send(pdu(DELIVER, unbind.sequence, receipt("7")), pdu(ENQUIRE, unbind.sequence))
    assert {peer.next().command for _ in range(2)} == {ENQUIRE | ANSWER, DELIVER | ANSWER}
    assert peer.deliver(receipt("8")) == 0
    peer.send(pdu(UNBIND | ANSWER, unbind.sequence))
    gateway.stop()

    assert (outbox.state(settled), outbox.state(late)) == ("delivered", "delivered")


def test_a_receipt_in_one_breath_with_the_answer_to_unbind_is_committed(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    gateway = start(hand.port, Timers(unbind=10, drain=0.2))
    peer = hand.bound()
    message = sent(outbox, peer)

    gateway.ask_to_leave()
    unbind = peer.expect(UNBIND)
    peer.send(pdu(DELIVER, 5, receipt("7")) + pdu(UNBIND | ANSWER, unbind.sequence))
    gateway.stop()

    assert outbox.state(message) == "delivered"


def test_an_unasked_answer_to_unbind_does_not_end_a_later_unbind(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    gateway = start(hand.port, Timers(unbind=10, drain=0.2))
    peer = hand.bound()
    peer.send(pdu(UNBIND | ANSWER, 4711))
    message = sent(outbox, peer)

    gateway.ask_to_leave()
    unbind = peer.expect(UNBIND)
    assert peer.deliver(receipt("7")) == 0
    peer.send(pdu(UNBIND | ANSWER, unbind.sequence))
    gateway.stop()

    assert outbox.state(message) == "delivered"


# Too many.


def test_a_flood_of_texts_and_receipts_is_taken_whole(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    many = 5_000
    start(hand.port)
    peer = hand.bound()
    message = sent(outbox, peer)
    flood = [
        pdu(DELIVER, number, receipt(f"f{number}") if number % 5 else deliver_body(text=b"text %d" % number))
        for number in range(1, many + 1)
    ]

    sending = threading.Thread(target=peer.send, args=(*flood, pdu(DELIVER, many + 1, receipt("7"))))
    sending.start()
    statuses = {answer.sequence: answer.status for answer in (peer.expect(DELIVER | ANSWER) for _ in range(many + 1))}
    sending.join()

    assert set(statuses) == set(range(1, many + 2))
    assert set(statuses.values()) == {0}
    assert outbox.state(message) == "delivered"
    assert outbox.rows("SELECT count(*) AS n FROM sms_inbound") == [{"n": many // 5}]
    assert outbox.rows("SELECT count(*) AS n FROM sms_receipt") == [{"n": many - many // 5}]


def test_an_smsc_that_floods_and_does_not_read_costs_only_its_own_link(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    peer.socket.settimeout(1.0)
    flood = b"".join(pdu(DELIVER, number, receipt(f"f{number}")) for number in range(1, 3_001))

    with suppress(TimeoutError):  # sooner or later the gateway does not read either
        for _ in range(5):
            peer.send(flood)

    peer.socket.close()
    eventually(lambda: outbox.rows("SELECT FROM sms_receipt"))
    still_works(outbox, hand.bound())
