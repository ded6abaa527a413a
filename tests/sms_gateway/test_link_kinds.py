"""How a link sends: as a pair of binds, long texts whole, by its operator's own codes, to allowed countries only."""

import select

import pytest

from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import ANSWER, SUBMIT, HandSmsc, Peer, pdu, receipt
from tests.sms_gateway.several import PHONE, add_link, are_bound
from tests.sms_gateway.support import (
    PATIENCE_SECONDS,
    Outbox,
    RunningSimulator,
    eventually,
    sweeps,
)

RECEIVER, TRANSMITTER = 0x01, 0x02


def test_a_transmitter_and_a_receiver_work_as_one(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    add_link(outbox, hand.port, bind="pair")
    start(1)  # nobody listens at the link of the settings
    opened = [hand.accept(), hand.accept()]
    peers: dict[int, Peer] = {}
    for _ in opened:  # the receiver binds first, by whichever connection
        ready, _, _ = select.select([peer.socket for peer in opened], [], [], PATIENCE_SECONDS)
        peer = next(peer for peer in opened if peer.socket in ready)
        bind = peer.next()
        peers[bind.command] = peer
        peer.send(pdu(bind.command | ANSWER, bind.sequence, b"hand\0"))
    assert list(peers) == [RECEIVER, TRANSMITTER]

    message = outbox.queue()
    peers[TRANSMITTER].answer(peers[TRANSMITTER].expect(SUBMIT), "7")
    outbox.becomes(message, "accepted")
    assert peers[RECEIVER].deliver(receipt("7")) == 0

    assert outbox.state(message) == "delivered"
    peers[RECEIVER].socket.close()
    assert peers[TRANSMITTER].hangs_up()


def test_a_pair_serves_the_simulator(outbox: Outbox, simulator: RunningSimulator, start: StartGateway) -> None:
    add_link(outbox, simulator.smpp_port, bind="pair")
    start(1)
    are_bound(outbox, 1)

    outbox.becomes(outbox.queue("by a pair"), "delivered")
    simulator.post(f"phones/{PHONE}/reply", text="back")

    eventually(lambda: outbox.rows("SELECT FROM sms_inbound WHERE body = 'back'"))


@pytest.mark.parametrize("text", ["x" * 400, "ж" * 200, "short"], ids=["latin", "cyrillic", "short"])
def test_a_long_text_goes_whole_where_the_operator_cuts_it(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, text: str
) -> None:
    add_link(outbox, hand.port, long_texts="payload")
    start(1)
    peer = hand.bound()
    message = outbox.queue(text)

    submit = peer.expect(SUBMIT)
    peer.answer(submit, "7")
    outbox.becomes(message, "accepted")

    octets = text.encode("ascii" if text.isascii() else "utf-16-be")
    assert submit.body.endswith(b"\x04\x24" + len(octets).to_bytes(2, "big") + octets)
    assert submit.body[-len(octets) - 5] == 0, "short_message is empty beside message_payload"
    assert outbox.message(message)["parts"] == 1


def test_an_operators_own_code_means_what_the_school_has_written(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    outbox.connection.execute(
        "INSERT INTO sms_error (school_id, code, verdict, words_ru, words_en, version)"
        " VALUES (1, 1030, 'permanent', 'номер в чёрном списке', 'a blocked number', 1),"
        " (1, 69, 'permanent', 'не принято навсегда', 'refused for good', 1)"
    )
    start(hand.port)
    peer = hand.bound()
    blocked = outbox.queue("a")
    peer.answer(peer.expect(SUBMIT), status=1030)
    row = outbox.becomes(blocked, "rejected", "queued")

    assert (row["state"], row["error"]) == ("rejected", "номер в чёрном списке (0x406)")
    standard = outbox.queue("b")
    peer.answer(peer.expect(SUBMIT), status=0x45)
    assert outbox.becomes(standard, "rejected", "queued")["state"] == "rejected"
    outbox.connection.execute(
        "INSERT INTO sms_error (school_id, link_id, code, verdict, words_ru, words_en, version)"
        " SELECT 1, id, 69, 'temporary', 'позже', 'later', 1 FROM sms_link"
    )
    sweeps(outbox)
    of_this_link = outbox.queue("c")
    peer.answer(peer.expect(SUBMIT), status=0x45)
    assert outbox.becomes(of_this_link, "rejected", "queued")["state"] == "queued"


def test_a_number_of_a_country_that_is_not_allowed_gets_nothing(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    outbox.set(sms_countries="7, 375")
    start(simulator.smpp_port)
    allowed = [outbox.queue(phone="+79990000001"), outbox.queue(phone="+375291234567")]
    abroad = outbox.queue(phone="+447700900123", kind="code")

    row = outbox.becomes(abroad, "rejected", "delivered")
    for message in allowed:
        outbox.becomes(message, "delivered")

    assert (row["state"], row["error"]) == ("rejected", "страна получателя не разрешена школой")
    outbox.set(sms_countries="all")
    sweeps(outbox)
    outbox.becomes(outbox.queue(phone="+447700900123"), "delivered")


def test_a_throttled_message_is_settled_by_the_receipt_of_its_next_try(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    peer.answer(peer.expect(SUBMIT), status=0x58)
    row = outbox.becomes(message, "queued")
    assert row["attempts"] == 0
    outbox.connection.execute("UPDATE sms_message SET due_at = now()")

    peer.answer(peer.expect(SUBMIT), "42")
    outbox.becomes(message, "accepted")
    assert peer.deliver(receipt("42")) == 0

    assert outbox.state(message) == "delivered"
    assert outbox.rows("SELECT attempt, state, smsc_id FROM sms_part") == [
        {"attempt": 1, "state": "delivered", "smsc_id": "42"}
    ]


def test_each_attempt_of_a_message_stays_in_its_history(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    outbox.set(uncertain_grace_seconds="5")
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue()
    peer.answer(peer.expect(SUBMIT), status=0x14)
    outbox.becomes(message, "queued")
    outbox.connection.execute("UPDATE sms_message SET due_at = now()")
    peer.expect(SUBMIT)
    peer.socket.close()
    outbox.becomes(message, "uncertain")
    outbox.connection.execute("UPDATE sms_message SET claimed_until = now()")
    anew = hand.bound()
    anew.answer(anew.expect(SUBMIT), "9")
    outbox.becomes(message, "accepted")

    history = outbox.rows("SELECT attempt, state, error_code, smsc_id FROM sms_part ORDER BY attempt")

    assert history == [
        {"attempt": 1, "state": "rejected", "error_code": 0x14, "smsc_id": None},
        {"attempt": 2, "state": "uncertain", "error_code": None, "smsc_id": None},
        {"attempt": 3, "state": "accepted", "error_code": None, "smsc_id": "9"},
    ]
