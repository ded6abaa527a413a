"""The simulator's sessions, as an independent client and a careless one meet them."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import smpplib.client
import smpplib.smpp

from tests.sms_gateway.peer import ANSWER, BIND, DELIVER, ENQUIRE, SUBMIT, UNBIND, Peer, pdu
from tests.sms_gateway.support import PATIENCE_SECONDS, RunningSimulator, eventually

PHONE = "79990000003"
BIND_RECEIVER, BIND_TRANSMITTER = 0x01, 0x02
NOT_BOUND, ALREADY_BOUND, UNKNOWN_COMMAND = 0x04, 0x05, 0x03
CREDENTIALS = b"school\0secret\0\0\x34\0\0\0"


class Esme:
    """A client of smpplib, bound in one of the three ways."""

    def __init__(self, port: int, how: str, system_id: str) -> None:
        self.client = smpplib.client.Client("127.0.0.1", port, allow_unknown_opt_params=True, timeout=5)
        self.arrived: list[Any] = []
        self.answered: list[Any] = []
        self.client.set_message_received_handler(lambda pdu, **_: self.arrived.append(pdu))
        self.client.set_message_sent_handler(lambda pdu, **_: self.answered.append(pdu))
        self.client.set_error_pdu_handler(lambda unit: None)
        self.client.connect()
        getattr(self.client, f"bind_{how}")(system_id=system_id, password="goes")

    def submit(self, phone: str = PHONE, **fields: Any) -> None:
        given = {"short_message": b"hi", "registered_delivery": 1, **fields}
        self.client.send_message(source_addr="X", source_addr_ton=5, destination_addr=phone, **given)

    def read_until(self, is_enough: Callable[[], object]) -> None:
        while not is_enough():
            self.client.read_once()


@pytest.fixture(autouse=True)
def _former_clients_are_gone(simulator: RunningSimulator) -> None:
    eventually(lambda: simulator.get("stats")["sessions"] == 0)


@pytest.fixture
def esme(simulator: RunningSimulator) -> Iterator[Callable[..., Esme]]:
    """`esme("receiver")` binds a client; it leaves when the test ends."""
    bound: list[Esme] = []

    def made(how: str = "transceiver", system_id: str = "school") -> Esme:
        bound.append(Esme(simulator.smpp_port, how, system_id))
        return bound[-1]

    yield made
    for one in bound:
        one.client.disconnect()


@pytest.fixture
def raw(simulator: RunningSimulator) -> Iterator[Peer]:
    """A connection whose every octet the test sends."""
    with socket.create_connection(("127.0.0.1", simulator.smpp_port), PATIENCE_SECONDS) as connection:
        yield Peer(connection)


def submit_body(text: bytes = b"hi", phone: bytes = PHONE.encode()) -> bytes:
    head = b"\0\x05\0X\0\x01\x01" + phone + b"\0"
    return head + b"\0\0\0\0\0\x01\0\0\0" + bytes((len(text),)) + text


def test_of_a_pair_the_receiver_gets_the_receipts_of_its_own_account(
    simulator: RunningSimulator, esme: Callable[..., Esme]
) -> None:
    stranger = esme("transceiver", "another school")
    transmitter, receiver = esme("transmitter"), esme("receiver")

    transmitter.submit()
    transmitter.read_until(lambda: transmitter.answered)
    receiver.read_until(lambda: receiver.arrived)

    assert simulator.get("stats")["receivers"] == 2
    assert [unit.receipted_message_id for unit in receiver.arrived] == [transmitter.answered[0].message_id]
    stranger.submit("79990000004")
    stranger.read_until(lambda: stranger.arrived)
    assert [unit.source_addr for unit in stranger.arrived] == [b"79990000004"]
    assert transmitter.arrived == []


def test_receipts_wait_for_a_receiver(simulator: RunningSimulator, esme: Callable[..., Esme]) -> None:
    transmitter = esme("transmitter")
    transmitter.submit()
    transmitter.read_until(lambda: transmitter.answered)
    eventually(lambda: simulator.get("stats")["receipts"] == 1)

    receiver = esme("receiver")
    receiver.read_until(lambda: receiver.arrived)

    assert receiver.arrived[0].source_addr == PHONE.encode()


def test_a_receiver_may_not_submit_and_nobody_binds_twice(raw: Peer) -> None:
    raw.send(pdu(BIND_RECEIVER, 1, CREDENTIALS), pdu(SUBMIT, 2, submit_body()), pdu(BIND, 3, CREDENTIALS))

    assert raw.expect(BIND_RECEIVER | ANSWER).status == 0
    assert raw.expect(SUBMIT | ANSWER).status == NOT_BOUND
    assert raw.expect(BIND | ANSWER).status == ALREADY_BOUND


def test_who_has_unbound_may_bind_anew(raw: Peer) -> None:
    raw.send(pdu(BIND, 1, CREDENTIALS), pdu(UNBIND, 2), pdu(SUBMIT, 3, submit_body()), pdu(BIND, 4, CREDENTIALS))

    answers = [raw.next() for _ in range(4)]

    assert [(one.sequence, one.status) for one in answers] == [(1, 0), (2, 0), (3, NOT_BOUND), (4, 0)]


def test_other_commands_are_refused_and_answers_to_nothing_passed_over(raw: Peer) -> None:
    raw.send(pdu(0x03, 5, b"query"), pdu(DELIVER | ANSWER, 6), pdu(0x80000077, 7), pdu(ENQUIRE, 8))

    assert [(one.sequence, one.status) for one in (raw.next(), raw.next())] == [(5, UNKNOWN_COMMAND), (8, 0)]


def test_what_comes_after_the_part_at_which_it_hangs_up_is_not_taken(simulator: RunningSimulator, raw: Peer) -> None:
    simulator.behave(hang_up_after=2)

    raw.send(pdu(BIND, 1, CREDENTIALS), *(pdu(SUBMIT, number, submit_body(b"%d" % number)) for number in range(2, 6)))

    assert raw.hangs_up()
    assert simulator.texts(PHONE) == ["2"]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\0\0\0\x0f\0\0\0\x04\0\0\0\0\0\0\0\x01",
        b"\xff\xff\xff\xff\0\0\0\x04\0\0\0\0\0\0\0\x01",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        pdu(SUBMIT, 9, submit_body()[:-1]),
        pdu(SUBMIT, 9, submit_body() + b"\x04\x24\x00"),
        pdu(SUBMIT, 9, submit_body() + b"\x04\x24\x00\x05abc"),
        pdu(SUBMIT, 9, b""),
        pdu(BIND, 9, b"school"),
    ],
    ids=["15", "4 GiB", "http", "cut text", "cut tag", "cut value", "empty", "no end"],
)
def test_what_is_no_pdu_ends_its_own_connection_only(
    simulator: RunningSimulator, esme: Callable[..., Esme], raw: Peer, garbage: bytes
) -> None:
    other = esme()
    raw.send(pdu(BIND_TRANSMITTER, 1, CREDENTIALS))
    assert raw.expect(BIND_TRANSMITTER | ANSWER).status == 0

    raw.send(garbage)

    assert raw.hangs_up()
    other.submit()
    other.read_until(lambda: other.arrived)


@pytest.mark.parametrize(("text", "parts"), [("Ж" * 200, 3), ("Ж", 1), ("a" * 40_000, 255)])
def test_a_text_that_comes_whole_is_shown_with_the_parts_it_costs(
    simulator: RunningSimulator, raw: Peer, text: str, parts: int
) -> None:
    octets = text.encode("utf-16-be") if parts < 255 else text.encode()
    body = bytearray(submit_body(b""))
    body[-3] = 8 if parts < 255 else 1  # data_coding
    raw.send(
        pdu(BIND, 1, CREDENTIALS), pdu(SUBMIT, 2, bytes(body) + b"\x04\x24" + len(octets).to_bytes(2, "big") + octets)
    )
    raw.expect(DELIVER)

    (shown,) = simulator.get(f"phones/{PHONE}")["messages"]
    assert (shown["text"], shown["parts"], shown["receipt"]) == (text, parts, "delivered")


@pytest.mark.parametrize("phone", [b"Anna", b"7999x", b"", b"12"])
def test_what_is_no_number_gets_no_text(simulator: RunningSimulator, raw: Peer, phone: bytes) -> None:
    raw.send(pdu(BIND, 1, CREDENTIALS), pdu(SUBMIT, 2, submit_body(phone=phone)))

    assert raw.expect(SUBMIT | ANSWER).status == 0x0B
    assert simulator.get("phones") == {"phones": []}
