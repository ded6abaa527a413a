"""A link that is not bound yet, or cannot be, is told in words; nothing is sent on it and nothing is cut short."""

import socket
from pathlib import Path

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
    Peer,
    pdu,
    receipt,
    sent,
    still_works,
)
from tests.sms_gateway.support import PATIENCE_SECONDS, Outbox, eventually, start_gateway
from tests.support import SchoolDatabase, settings_for

NACK = 0x80000000
BIND_RECEIVER, BIND_TRANSMITTER = 0x01, 0x02
FOREIGN_TLV = b"\x00\x1e\x00\x037\0\0"
VERSION_TLV = b"\x02\x10\x00\x01\x34"


def words_of_the_link(outbox: Outbox) -> str:
    return str(
        eventually(lambda: outbox.rows("SELECT state_words FROM sms_link WHERE state_words <> ''"))[0]["state_words"]
    )


def test_what_comes_before_the_answer_to_bind_is_taken(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    accepted = sent(outbox, first := hand.bound())
    first.socket.close()
    peer = hand.accept()
    bind = peer.expect(BIND)

    peer.send(pdu(DELIVER, 5, receipt("7")), pdu(ENQUIRE, 6), pdu(SUBMIT | ANSWER, 1, b"8\0"))
    peer.send(pdu(BIND | ANSWER, bind.sequence, b"hand\0" + VERSION_TLV + FOREIGN_TLV))

    assert peer.expect(ENQUIRE | ANSWER).sequence == 6
    acknowledged = next((one for one in peer.others if one.command == DELIVER | ANSWER), None)
    assert (acknowledged or peer.expect(DELIVER | ANSWER)).status == 0
    outbox.becomes(accepted, "delivered")
    still_works(outbox, peer)


@pytest.mark.parametrize(
    "answer",
    [
        lambda sequence: pdu(NACK, sequence, status=0x03),
        lambda sequence: pdu(BIND_RECEIVER | ANSWER, sequence, b"hand\0"),
        lambda sequence: pdu(BIND_TRANSMITTER | ANSWER, sequence, b"hand\0", 0x0D),
        lambda sequence: pdu(SUBMIT | ANSWER, sequence, b"7\0"),
        lambda sequence: pdu(UNBIND, sequence),
        lambda sequence: b"220 mail.example.org ESMTP\r\n",
    ],
    ids=["nack", "receiver", "transmitter", "submit", "unbind", "another protocol"],
)
def test_a_bind_that_is_answered_wrongly_is_no_bind_and_is_tried_again(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, answer
) -> None:
    start(hand.port, Timers(bind=0.5, unbind=0.1, drain=0.2))
    waiting = outbox.queue()
    peer = hand.accept()

    peer.send(answer(peer.expect(BIND).sequence))

    assert peer.hangs_up()
    assert SUBMIT not in [one.command for one in peer.others]
    assert words_of_the_link(outbox)
    assert outbox.state(waiting) == "queued"
    anew = hand.bound()
    anew.answer(anew.expect(SUBMIT), "7")
    outbox.becomes(waiting, "accepted")


def test_an_smsc_that_says_nothing_to_bind_is_left_and_that_is_told(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port, Timers(bind=0.2, unbind=0.1, drain=0.2))
    peer = hand.accept()
    peer.expect(BIND)

    assert peer.hangs_up()
    assert words_of_the_link(outbox) != "TimeoutError", "that is no word for people"
    hand.bound()


def test_a_nack_to_bind_is_a_refusal_that_is_told_in_words(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port, Timers(bind=1, unbind=0.1, drain=0.2))
    peer = hand.accept()

    peer.send(pdu(NACK, peer.expect(BIND).sequence, status=0x03))

    assert peer.hangs_up()
    assert "0x03" in words_of_the_link(outbox)


@pytest.mark.parametrize(
    ("column", "value"), [("password", "a-password-of-more-than-eight"), ("system_id", "школа"), ("source", "Школа")]
)
def test_a_link_whose_words_smpp_cannot_carry_is_told_and_nothing_is_cut_short(
    outbox: Outbox, hand: HandSmsc, start: StartGateway, column: str, value: str
) -> None:
    start(hand.port, Timers(bind=0.3, unbind=0.1, drain=0.2))
    hand.bound()
    outbox.connection.execute(
        "UPDATE sms_link SET active = false;"
        'INSERT INTO sms_link (school_id, name, host, port, tls, system_id, password, source, reply_to, "window", rate,'
        " from_settings, active, state, state_words, version) SELECT school_id, 'second', host, port, tls, system_id,"
        " password, source, reply_to, \"window\", rate, false, false, 'down', '', 1 FROM sms_link;"
    )
    outbox.connection.execute(
        f"UPDATE sms_link SET {column} = %s, active = true WHERE name = 'second'".encode(), (value,)
    )

    row = eventually(lambda: outbox.rows("SELECT * FROM sms_link WHERE name = 'second' AND state_words <> ''"))[0]

    assert row["state"] == "down"
    assert "SMPP" in row["state_words"] or column in row["state_words"], "the SMSC was asked with a part of it"


def test_a_source_of_twenty_signs_goes_whole(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port, source="S" * 20)
    peer = hand.bound()
    outbox.queue()

    assert peer.expect(SUBMIT).body.startswith(b"\0\x05\x00" + b"S" * 20 + b"\0")


def test_a_gateway_that_is_asked_to_end_does_not_wait_for_a_silent_smsc(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    gateway = start(hand.port, Timers(bind=600, unbind=0.1, drain=0.2))
    peer = hand.accept()
    peer.expect(BIND)

    gateway.ask_to_leave()

    try:
        assert peer.hangs_up()
    finally:
        peer.socket.close()


def test_a_port_where_nobody_listens_is_told(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    hand.close()

    start(hand.port)

    assert "refused" in words_of_the_link(outbox) or str(hand.port) in words_of_the_link(outbox)


def test_an_smsc_at_an_ipv6_address_is_reached(outbox: Outbox, database: SchoolDatabase, tmp_path: Path) -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with server:
        url = f"smpp://zvonok:zvonok@[::1]:{server.getsockname()[1]}/?source=Z"
        gateway = start_gateway(settings_for(database, "redis://127.0.0.1:1/", tmp_path, SMSC_URL=url))
        server.settimeout(PATIENCE_SECONDS)
        connection, _ = server.accept()
        with connection:
            peer = Peer(connection)
            peer.send(pdu(BIND | ANSWER, peer.expect(BIND).sequence, b"hand\0"))
            eventually(lambda: outbox.link()["state"] == "bound")
            gateway.stop()
