"""Texts from phones are stored before the SMSC hears that we have them, once, and whole."""

from typing import Any

import psycopg
import pytest

from app.domain.sms_text import segmented
from sms_gateway import inbox
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import ANSWER, DELIVER, HandSmsc, Peer, deliver_body, pdu
from tests.sms_gateway.support import Outbox, RunningSimulator, eventually
from tests.support import SchoolDatabase


def texts(outbox: Outbox) -> list[dict[str, Any]]:
    return outbox.rows('SELECT phone, "to", body, parts, state FROM sms_inbound ORDER BY id')


@pytest.fixture
def peer(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> Peer:
    start(hand.port)
    return hand.bound()


def test_a_text_is_stored_before_it_is_acknowledged(outbox: Outbox, peer: Peer) -> None:
    outbox.connection.execute("ALTER TABLE sms_inbound ADD CONSTRAINT away CHECK (false) NOT VALID")
    assert peer.deliver(deliver_body(text=b"STOP")) == 0x08
    assert texts(outbox) == []

    outbox.connection.execute("ALTER TABLE sms_inbound DROP CONSTRAINT away")
    assert peer.deliver(deliver_body(text=b"STOP")) == 0
    assert texts(outbox) == [
        {"phone": "+79990000001", "to": "ZVONOK", "body": "STOP", "parts": 1, "state": "new"},
    ]


def test_the_same_pdu_again_is_acknowledged_and_stored_once(outbox: Outbox, peer: Peer, hand: HandSmsc) -> None:
    stop = deliver_body(text="СТОП".encode("utf-16-be"), coding=8)
    peer.send(pdu(DELIVER, 5, stop), pdu(DELIVER, 5, stop))
    assert [peer.expect(DELIVER | ANSWER).status for _ in range(2)] == [0, 0]
    assert peer.deliver(stop) == 0

    peer.socket.close()
    assert hand.bound().deliver(stop) == 0

    assert [text["body"] for text in texts(outbox)] == ["СТОП"]


def test_a_person_who_writes_the_same_again_is_heard_again(
    outbox: Outbox, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "HEARD_SECONDS", 0.0)

    for _ in range(3):
        assert peer.deliver(deliver_body(text=b"5")) == 0

    assert [text["body"] for text in texts(outbox)] == ["5", "5", "5"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (0, 0, 1, 1, 2, 2)])
def test_a_long_text_is_put_together_from_its_parts_in_whatever_order(
    outbox: Outbox, peer: Peer, order: tuple[int, ...]
) -> None:
    long = "Здравствуйте! " * 12
    payloads = segmented(long).payloads(9)

    for number in order:
        body = deliver_body(text=payloads[number], esm_class=0x40, coding=8)
        assert peer.deliver(body) == 0

    assert [(text["body"], text["parts"]) for text in texts(outbox)] == [(long, 3)]


def test_a_character_that_is_cut_between_two_parts_is_whole_again(outbox: Outbox, peer: Peer) -> None:
    octets = "ж😀".encode("utf-16-be")

    peer.deliver(deliver_body(text=b"\x05\0\x03\x01\x02\x01" + octets[:4], esm_class=0x40, coding=8))
    peer.deliver(deliver_body(text=b"\x05\0\x03\x01\x02\x02" + octets[4:], esm_class=0x40, coding=8))

    assert [text["body"] for text in texts(outbox)] == ["ж😀"]


def test_parts_by_optional_parameters_are_put_together_too(outbox: Outbox, peer: Peer) -> None:
    def sar(number: int) -> bytes:
        return b"\x02\x0c\x00\x02\x01\x07" + b"\x02\x0e\x00\x01\x02" + b"\x02\x0f\x00\x01" + bytes((number,))

    peer.deliver(deliver_body(text=b"one ", tlvs=sar(1)))
    peer.deliver(deliver_body(text=b"two", tlvs=sar(2)))

    assert [text["body"] for text in texts(outbox)] == ["one two"]


def test_parts_of_two_phones_with_one_reference_are_not_mixed(outbox: Outbox, peer: Peer) -> None:
    for number, octet in ((1, b"a"), (2, b"b")):
        for source in (b"79990000001", b"79990000002"):
            header = bytes((5, 0, 3, 9, 2, number))
            peer.deliver(deliver_body(source, text=header + octet + source[-1:], esm_class=0x40))

    assert [text["body"] for text in texts(outbox)] == ["a1b1", "a2b2"]


def test_a_text_whose_last_part_never_comes_is_stored_with_a_sign_for_it(outbox: Outbox, peer: Peer) -> None:
    peer.deliver(deliver_body(text=b"\x05\0\x03\x01\x02\x01begins", esm_class=0x40))
    assert texts(outbox) == []

    outbox.connection.execute("UPDATE sms_inbound_part SET received_at = now() - interval '11 minutes'")

    assert eventually(lambda: texts(outbox))[0]["body"] == "begins[…]"


def test_a_long_text_in_the_payload_parameter_is_read(outbox: Outbox, peer: Peer) -> None:
    payload = "Ж".encode("utf-16-be") * 200

    peer.deliver(deliver_body(coding=8, tlvs=b"\x04\x24" + len(payload).to_bytes(2, "big") + payload))

    assert texts(outbox)[0]["body"] == "Ж" * 200


@pytest.mark.parametrize(
    ("source", "phone"),
    [(b"79990000001", "+79990000001"), (b"+79990000001", "+79990000001"), (b"900", "+900"), (b"TELE2", "TELE2")],
)
def test_numbers_are_kept_as_e164_where_they_are_numbers(outbox: Outbox, peer: Peer, source: bytes, phone: str) -> None:
    peer.deliver(deliver_body(source, text=b"hello"))

    assert texts(outbox)[0]["phone"] == phone


def test_zero_octets_and_odd_ones_are_stored_as_something_readable(outbox: Outbox, peer: Peer) -> None:
    assert peer.deliver(deliver_body(text=b"a\0b\xff", coding=3)) == 0
    assert peer.deliver(deliver_body(text=b"\xd8\x00\x04", coding=8)) == 0
    assert peer.deliver(deliver_body(text=b"")) == 0

    assert [text["body"] for text in texts(outbox)] == ["abÿ", "\ufffd", ""]


def test_who_handles_inbound_texts_is_woken_with_the_number(
    outbox: Outbox, database: SchoolDatabase, simulator: RunningSimulator, start: StartGateway
) -> None:
    start(simulator.smpp_port)
    eventually(lambda: simulator.get("stats")["receivers"])
    with psycopg.connect(database.owner_url, autocommit=True) as listener:
        listener.execute("LISTEN sms_inbound")

        simulator.post("phones/79990000001/reply", text="СТОП")

        (woken,) = listener.notifies(timeout=15, stop_after=1)
    assert outbox.rows("SELECT id, body FROM sms_inbound") == [{"id": int(woken.payload), "body": "СТОП"}]


def test_what_was_written_while_no_gateway_was_there_comes_later(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    simulator.post("phones/79990000001/reply", text="Привет, " * 30)

    start(simulator.smpp_port)

    assert eventually(lambda: texts(outbox))[0]["body"] == "Привет, " * 30
