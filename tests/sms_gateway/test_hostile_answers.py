"""Answers that come late, twice, to nothing or in a wrong shape settle what they are about, and nothing else."""

import pytest

from sms_gateway import codec
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import (
    ANSWER,
    BIND,
    DELIVER,
    ENQUIRE,
    SUBMIT,
    UNBIND,
    HandSmsc,
    pdu,
    receipt,
    still_works,
)
from tests.sms_gateway.support import Outbox, eventually

NACK = 0x80000000
THROTTLED, NOT_BOUND, QUEUE_FULL = 0x58, 0x04, 0x14
FOREIGN_TLV = b"\x00\x1e\x00\x037\0\0"


def due_at_once(outbox: Outbox) -> None:
    """The pause before the next attempt is over."""
    outbox.connection.execute("UPDATE sms_message SET due_at = now() WHERE state = 'queued'")


@pytest.mark.parametrize("status", [THROTTLED, NOT_BOUND], ids=["throttled", "not bound"])
def test_what_was_refused_without_counting_as_an_attempt_is_settled_by_its_later_receipt(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, status: int
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    peer.answer(peer.expect(SUBMIT), status=status)
    if status == NOT_BOUND:
        assert peer.hangs_up()
        peer = hand.bound()
    eventually(lambda: outbox.state(message) == "queued" and outbox.message(message)["error_code"] == status)
    due_at_once(outbox)

    peer.answer(peer.expect(SUBMIT), "77")
    outbox.becomes(message, "accepted")
    peer.deliver(receipt("77"))

    assert outbox.state(message) == "delivered"
    assert outbox.message(message)["attempts"] == 1
    assert outbox.rows("SELECT state, smsc_id FROM sms_part ORDER BY id DESC LIMIT 1") == [
        {"state": "delivered", "smsc_id": "77"}
    ]


def test_of_a_long_text_the_throttled_part_is_sent_again_and_both_receipts_count(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue("Ж" * 100)
    first, second = peer.expect(SUBMIT), peer.expect(SUBMIT)
    peer.answer(first, "1")
    peer.answer(second, status=THROTTLED)

    again = peer.expect(SUBMIT)
    peer.answer(again, "2")
    outbox.becomes(message, "accepted")
    assert again.body == second.body
    assert [peer.deliver(receipt(number)) for number in ("1", "2")] == [0, 0]

    assert outbox.state(message) == "delivered"


def test_a_long_text_throttled_as_a_whole_is_settled_when_it_comes_through(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue("Ж" * 100)
    for _ in range(2):
        peer.answer(peer.expect(SUBMIT), status=THROTTLED)
    eventually(lambda: outbox.state(message) == "queued")
    due_at_once(outbox)

    for number in ("1", "2"):
        peer.answer(peer.expect(SUBMIT), number)
    outbox.becomes(message, "accepted")
    assert [peer.deliver(receipt(number)) for number in ("1", "2")] == [0, 0]

    assert outbox.state(message) == "delivered"


def test_a_second_attempt_after_a_temporary_error_is_settled_by_its_receipt(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    peer.answer(peer.expect(SUBMIT), status=QUEUE_FULL)
    eventually(lambda: outbox.state(message) == "queued")
    due_at_once(outbox)

    peer.answer(peer.expect(SUBMIT), "2")
    outbox.becomes(message, "accepted")
    peer.deliver(receipt("2"))

    assert (outbox.state(message), outbox.message(message)["attempts"]) == ("delivered", 2)


def test_an_answer_that_comes_twice_counts_once(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    submit = peer.expect(SUBMIT)

    peer.answer(submit, "7")
    peer.answer(submit, "8", status=0)
    peer.answer(submit, status=0x0B)
    outbox.becomes(message, "accepted")
    peer.deliver(receipt("7"))

    assert outbox.state(message) == "delivered"
    assert outbox.rows("SELECT smsc_id FROM sms_part") == [{"smsc_id": "7"}]


@pytest.mark.parametrize("sequence", [0, 77, 0x7FFFFFFF, 0xFFFFFFFF])
def test_answers_and_nacks_to_nothing_settle_nothing(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, sequence: int
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    submit = peer.expect(SUBMIT)

    peer.send(
        pdu(SUBMIT | ANSWER, sequence, b"9\0"),
        pdu(NACK, sequence, status=0x0B),
        pdu(ENQUIRE | ANSWER, submit.sequence),
        pdu(DELIVER | ANSWER, submit.sequence, b"\0"),
        pdu(UNBIND | ANSWER, submit.sequence),
        pdu(BIND | ANSWER, submit.sequence, b"again\0", 0x0E),
    )
    peer.answer(submit, "7")

    outbox.becomes(message, "accepted")
    assert outbox.rows("SELECT smsc_id FROM sms_part") == [{"smsc_id": "7"}]
    still_works(outbox, peer)


@pytest.mark.parametrize("body", [b"", b"\0", b"\0" + FOREIGN_TLV], ids=["no body", "empty", "empty with a parameter"])
def test_a_message_that_was_taken_without_an_id_is_accepted_and_settled_by_no_foreign_receipt(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, body: bytes
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    peer.send(pdu(SUBMIT | ANSWER, peer.expect(SUBMIT).sequence, body))
    outbox.becomes(message, "accepted")

    assert [peer.deliver(receipt(number)) for number in ("", "0", "7")] == [0, 0, 0]

    assert outbox.state(message) == "accepted"
    still_works(outbox, peer)


def test_an_operators_own_status_of_the_largest_size_is_kept(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()

    peer.answer(peer.expect(SUBMIT), status=0xFFFFFFFF)

    row = eventually(lambda: (found := outbox.message(message))["error_code"] and found)
    assert (row["error_code"], row["state"]) == (0xFFFFFFFF, "queued")


def test_messages_that_wait_for_answers_when_the_smsc_unbinds_are_uncertain(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    answered, open_one = outbox.queue("answered"), outbox.queue("open", kind="reply")
    submits = {submit.body[-6:]: submit for submit in (peer.expect(SUBMIT), peer.expect(SUBMIT))}
    first = next(submit for end, submit in submits.items() if end.endswith(b"wered"))

    peer.send(pdu(SUBMIT | ANSWER, first.sequence, b"7\0"), pdu(UNBIND, 3))

    assert peer.hangs_up()
    assert outbox.becomes(open_one, "uncertain", "accepted")["state"] == "uncertain"
    outbox.becomes(answered, "accepted")


def test_sequences_begin_anew_after_the_largest(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codec, "MOST_SEQUENCE", 7)
    start(hand.port, window=3)
    peer = hand.bound()
    messages = [outbox.queue(f"text {number}") for number in range(20)]

    held = peer.expect(SUBMIT)
    used = [held.sequence]
    for number in range(1, 20):
        submit = peer.expect(SUBMIT)
        used.append(submit.sequence)
        assert submit.sequence != held.sequence, "one that still waits for its answer"
        peer.answer(submit, str(number))
    peer.answer(held, "1000")

    for message in messages:
        outbox.becomes(message, "accepted")
    assert set(used) <= set(range(1, 8)) and len(set(used)) >= 6
    assert len(outbox.rows("SELECT DISTINCT smsc_id FROM sms_part")) == 20
