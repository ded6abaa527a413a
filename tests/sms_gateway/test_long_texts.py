"""Long texts: references counted for each phone, and a window that holds parts, not messages."""

import pytest

from sms_gateway import flights
from sms_gateway.flights import References
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import ANSWER, ENQUIRE, SUBMIT, HandSmsc, pdu
from tests.sms_gateway.support import Outbox

ANNA, BORIS = "+79990000001", "+79990000002"


def test_the_next_256_texts_to_a_phone_have_references_of_their_own() -> None:
    references = References()

    given = [references.next(ANNA, 7) for _ in range(257)]

    assert set(given) == set(range(256))
    assert given[0] == given[256]


def test_a_text_to_another_phone_uses_up_nothing() -> None:
    references = References()

    first = references.next(ANNA, 7)
    for _ in range(7):
        references.next(BORIS, 7)

    assert references.next(ANNA, 7) == (first + 1) % 256


def test_a_text_that_is_sent_again_by_another_process_keeps_its_reference() -> None:
    assert References().next(ANNA, 4711) == References().next(ANNA, 4711) == 4711 % 256


def test_phones_that_were_written_to_long_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flights, "MOST_PHONES", 3)
    references = References()

    for number in range(10):
        references.next(f"+7999000000{number}", 7)

    assert len(references._last) <= 3


def test_parts_of_two_long_texts_to_one_phone_are_told_apart_on_the_wire(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    for body in ("Ж" * 100, "Щ" * 100):
        outbox.queue(body)

    headers = []
    for number in range(4):
        submit = peer.expect(SUBMIT)
        headers.append(submit.body.split(b"\x05\x00\x03", 1)[1][:3])
        peer.answer(submit, str(number))

    assert headers[0][0] == headers[1][0] != headers[2][0] == headers[3][0]
    assert [tuple(header[1:]) for header in headers] == [(2, 1), (2, 2), (2, 1), (2, 2)]


def test_no_more_parts_are_on_the_wire_than_the_window_holds(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    for number in range(12):
        outbox.queue(f"text {number}")
    start(hand.port, window=4)
    peer = hand.bound()
    unanswered = [peer.expect(SUBMIT)]
    for number in range(12):
        while len(unanswered) < min(4, 12 - number):
            unanswered.append(peer.expect(SUBMIT))
        assert peer.buffer == b"" or len(unanswered) < 4, "more than a window is on the wire"
        peer.answer(unanswered.pop(0), str(number))

    assert unanswered == []


def test_parts_that_are_answered_in_one_breath_make_room_only_once(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port, window=4)
    peer = hand.bound()
    for body in ("Ж" * 100, "Щ" * 100):
        outbox.queue(body)
    submits = [peer.expect(SUBMIT) for _ in range(4)]
    for number in range(12):
        outbox.queue(f"text {number}")

    peer.send(*(pdu(SUBMIT | ANSWER, submit.sequence, b"%d\0" % submit.sequence) for submit in submits))
    for _ in range(4):
        peer.expect(SUBMIT)

    for number in range(60):  # some turns of the gateway, each of which may take more than there is room for
        outbox.queue(f"more {number}")
        peer.send(pdu(ENQUIRE, 99))
        peer.expect(ENQUIRE | ANSWER)
        assert len(outbox.rows("SELECT FROM sms_message WHERE state = 'sending'")) <= 4
