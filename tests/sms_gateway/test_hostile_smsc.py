"""An SMSC that errs, lies or breaks off costs its own link at most; what it said rightly still counts."""

import struct

import pytest

from sms_gateway.timers import Timers
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import (
    ANSWER,
    BIND,
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

NACK = 0x80000000


def test_submit_sm_is_as_smpp_asks(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    outbox.queue("Hi {x}")

    body = peer.expect(SUBMIT).body

    assert body.startswith(b"\0\x05\x00ZVONOK\0\x01\x0179990000001\0\0\0\0\0")
    rest = body[body.index(b"79990000001") + 16 :]
    assert rest[:16].startswith(b"000000005")  # 59 minutes and some seconds, relative
    assert rest[12:17] == b"000R\0"
    assert rest[17:] == b"\x01\0\0\0\x08Hi \x1b(x\x1b)"


def test_answers_belong_to_their_submits_in_whatever_order(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    first, second = outbox.queue("first", phone="+79990000001"), outbox.queue("second", phone="+79990000002")
    submits = [peer.expect(SUBMIT), peer.expect(SUBMIT)]

    for submit in reversed(submits):
        peer.answer(submit, "1" if b"first" in submit.body else "2")
    peer.deliver(receipt("2", "UNDELIV", source=b"79990000002"))
    peer.deliver(receipt("1"))

    assert outbox.becomes(first, "delivered", "undeliverable")["state"] == "delivered"
    assert outbox.becomes(second, "delivered", "undeliverable")["state"] == "undeliverable"


def test_half_a_pdu_waits_for_its_other_half_while_timers_run(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port, Timers(answer=5, enquire=0.2, unbind=0.2, drain=0.2))
    peer = hand.bound()
    message = outbox.queue()
    submit = peer.expect(SUBMIT)
    answer = pdu(SUBMIT | ANSWER, submit.sequence, b"42\0")

    peer.send(answer[:9])
    enquiry = peer.expect(ENQUIRE)
    peer.send(answer[9:], pdu(ENQUIRE | ANSWER, enquiry.sequence))

    outbox.becomes(message, "accepted")
    assert outbox.rows("SELECT smsc_id FROM sms_part") == [{"smsc_id": "42"}]


@pytest.mark.parametrize(
    "garbage",
    [
        struct.pack(">LLLL", 0, DELIVER, 0, 1),
        struct.pack(">LLLL", 15, DELIVER, 0, 1),
        struct.pack(">LLLL", 0xFFFFFFFF, DELIVER, 0, 1),
        struct.pack(">LLLL", 70_000, DELIVER, 0, 1),
        pdu(DELIVER, 1, b"\0\x01\x01" + b"7" * 40),
        pdu(DELIVER, 1, deliver_body(text=b"text")[:-2]),
        pdu(DELIVER, 1, deliver_body(text=b"text", tlvs=b"\x00\x1e\x00")),
        pdu(DELIVER, 1, deliver_body(text=b"text", tlvs=b"\x00\x1e\xff\xff\x31")),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
    ids=["0", "15", "4 GiB", "70 000", "no end", "cut text", "cut tag", "long tag", "http"],
)
def test_a_malformed_pdu_closes_the_link_and_it_binds_anew(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, garbage: bytes
) -> None:
    start(hand.port)
    peer = hand.bound()
    accepted = sent(outbox, peer)

    peer.send(garbage)

    assert peer.hangs_up()
    anew = hand.bound()
    assert anew.deliver(receipt("7")) == 0
    assert outbox.state(accepted) == "delivered"
    still_works(outbox, anew)


def test_an_unknown_command_is_refused_and_the_link_stays(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()

    peer.send(pdu(0x00010203, 77, b"vendor"), pdu(0x80010203, 78))
    nack = peer.expect(NACK)

    assert (nack.sequence, nack.status) == (77, 0x03)
    still_works(outbox, peer)


@pytest.mark.parametrize(
    "tlvs",
    [
        b"\x00\x1e\x00\x037\0\0",  # receipted_message_id where it does not belong
        b"\x04\x23\x00\x01\x03",  # network_error_code that is too short
        b"\x14\x01\x00\x02ab",  # a vendor's own
        b"\x02\x0c\x00\x00",  # empty
    ],
    ids=["foreign", "short", "vendor", "empty"],
)
def test_optional_parameters_that_we_do_not_expect_are_passed_over(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, tlvs: bytes
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    submit = peer.expect(SUBMIT)

    peer.send(pdu(SUBMIT | ANSWER, submit.sequence, b"7\0" + tlvs))
    outbox.becomes(message, "accepted")

    assert peer.deliver(receipt("7") + tlvs) == 0
    assert outbox.state(message) == "delivered"


def test_an_unbind_of_the_smsc_is_answered_and_the_link_binds_anew(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()

    peer.send(pdu(UNBIND, 3))

    assert peer.expect(UNBIND | ANSWER).sequence == 3
    assert peer.hangs_up()
    still_works(outbox, hand.bound())


def test_a_link_that_is_silent_is_asked_and_left(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port, Timers(enquire=0.2, unbind=0.2, drain=0.2))
    peer = hand.bound()
    peer.send(pdu(ENQUIRE, 9))
    assert peer.expect(ENQUIRE | ANSWER).sequence == 9

    peer.expect(ENQUIRE)

    assert peer.hangs_up()
    still_works(outbox, hand.bound())


def test_a_refused_bind_is_told_in_words_and_tried_again(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.accept()
    peer.send(pdu(BIND | ANSWER, peer.expect(BIND).sequence, b"", 0x0E))

    assert peer.hangs_up()
    link = eventually(lambda: outbox.rows("SELECT * FROM sms_link WHERE state_words <> ''"))[0]
    assert (link["state"], "0x0E" in link["state_words"]) == ("down", True)
    hand.bound()
    eventually(lambda: outbox.link()["state"] == "bound")


def test_a_nack_of_our_submit_is_its_answer(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()

    peer.send(pdu(NACK, peer.expect(SUBMIT).sequence, status=0x0B))

    assert outbox.becomes(message, "rejected")["error_code"] == 0x0B


def test_an_error_of_the_link_gives_the_message_back_and_binds_anew(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    peer.answer(peer.expect(SUBMIT), status=0x04)

    assert peer.hangs_up()
    row = outbox.becomes(message, "queued")
    assert row["attempts"] == 0
    outbox.connection.execute("UPDATE sms_message SET due_at = now()")
    anew = hand.bound()
    anew.answer(anew.expect(SUBMIT), "7")
    outbox.becomes(message, "accepted")


def test_an_answer_without_an_id_is_accepted(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()

    peer.send(pdu(SUBMIT | ANSWER, peer.expect(SUBMIT).sequence, b"\0"), pdu(SUBMIT | ANSWER, 12345, b"7\0"))

    outbox.becomes(message, "accepted")


def test_octets_by_drops_are_read_as_well(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    submit = peer.expect(SUBMIT)

    for octet in pdu(SUBMIT | ANSWER, submit.sequence, b"7\0") + pdu(DELIVER, 1, receipt("7")):
        peer.send(bytes((octet,)))

    assert peer.expect(DELIVER | ANSWER).status == 0
    assert outbox.state(message) == "delivered"
