"""The whole line against an SMSC that is not ours: npm's `smpp`."""

from collections.abc import Iterator

import pytest

from sms_gateway.timers import Timers
from tests.peers.node_peer import NodeSmsc
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.support import QUICK, Outbox, eventually
from tests.sms_gateway.test_links import add_link

NOBODY = 1  # the port of the settings' own link, where nobody listens
PHONE, DIGITS = "+79990000001", "79990000001"
LONG_GSM = "Anna, 5A: maths 5 [test] {4} and so on until it is long; " * 7
LONG_UCS2 = "Аня, 5А: математика 5, русский язык 4 и так далее, пока не станет длинно 😀; " * 4


@pytest.fixture
def node(node_smpp: None) -> Iterator[NodeSmsc]:
    smsc = NodeSmsc()
    yield smsc
    smsc.close()


@pytest.mark.parametrize(
    ("body", "coding", "parts"),
    [
        ("Anna: maths 5 [test] €", 0, 1),
        ("Аня: математика 5 😀", 8, 1),
        (LONG_GSM.strip(), 0, 3),
        (LONG_UCS2.strip(), 8, 5),
    ],
    ids=["GSM", "UCS-2", "long GSM", "long UCS-2"],
)
def test_a_text_is_read_as_it_was_written_and_its_receipts_settle_it(
    outbox: Outbox, start: StartGateway, node: NodeSmsc, body: str, coding: int, parts: int
) -> None:
    start(node.port)

    message = outbox.queue(body, PHONE)

    assert node.tells("text", phone=DIGITS) == {"event": "text", "phone": DIGITS, "text": body, "parts": parts}
    assert outbox.becomes(message, "delivered")["parts"] == parts
    submit = node.told("submit")[-1]
    assert (submit["coding"], submit["source"], submit["ton"], submit["receipt"]) == (coding, "ZVONOK", 5, 1)
    node.tells("delivered", times=parts, status=0)
    who = {"way": "transceiver", "system_id": "zvonok", "password": "zvonok", "version": 0x34}
    assert node.told("bound") == [{"event": "bound", **who}]


@pytest.mark.parametrize(
    ("how", "state"),
    [
        ({"stat": "UNDELIV"}, "undeliverable"),
        ({"stat": "EXPIRED"}, "expired"),
        ({"early": True, "answer_delay": 50}, "delivered"),
        ({"times": 2, "receipt_delay": 30}, "delivered"),
        ({"status": 0x0B}, "rejected"),
        ({"statuses": [0x58, 0x58], "receipt_delay": 50}, "delivered"),
    ],
    ids=["undeliverable", "expired", "receipt before the answer", "receipt twice", "refused", "throttled"],
)
def test_what_the_smsc_says_is_what_the_operator_sees(
    outbox: Outbox, start: StartGateway, node: NodeSmsc, how: dict[str, object], state: str
) -> None:
    node.behave(**how)
    start(node.port)

    message = outbox.queue(phone=PHONE)

    assert outbox.becomes(message, "delivered", "undeliverable", "expired", "rejected")["state"] == state
    if state == "delivered":
        assert len(node.told("text")) == 1


@pytest.mark.parametrize("text", ["Стоп", LONG_UCS2.strip()], ids=["short", "long"])
def test_a_text_from_a_phone_is_stored_before_the_smsc_is_answered(
    outbox: Outbox, start: StartGateway, node: NodeSmsc, text: str
) -> None:
    start(node.port)
    node.tells("bound")

    node.tell(write={"from": DIGITS, "to": "79000000000", "text": text})

    node.tells("delivered", times=5 if len(text) > 70 else 1, status=0)
    (inbound,) = outbox.rows("SELECT phone, body, parts FROM sms_inbound")
    assert (inbound["phone"], inbound["body"]) == (PHONE, text)


def test_a_transmitter_and_a_receiver_do_together_what_a_transceiver_does(
    outbox: Outbox, start: StartGateway, node: NodeSmsc
) -> None:
    add_link(outbox, node.port, bind="pair")
    start(NOBODY)
    message = outbox.queue(phone=PHONE)
    outbox.becomes(message, "delivered")

    node.tell(write={"from": DIGITS, "to": "79000000000", "text": "Стоп"})

    node.tells("delivered", times=2, status=0)
    assert {said["way"] for said in node.told("bound")} == {"transmitter", "receiver"}
    assert [row["body"] for row in outbox.rows("SELECT body FROM sms_inbound")] == ["Стоп"]


def test_a_long_text_goes_in_one_piece_where_the_link_is_to_do_so(
    outbox: Outbox, start: StartGateway, node: NodeSmsc
) -> None:
    add_link(outbox, node.port, long_texts="payload")
    start(NOBODY)

    message = outbox.queue(LONG_UCS2.strip(), PHONE)

    assert node.tells("text")["text"] == LONG_UCS2.strip()
    outbox.becomes(message, "delivered")
    assert len(node.told("submit")) == 1


def test_each_side_asks_whether_the_other_is_there(outbox: Outbox, start: StartGateway, node: NodeSmsc) -> None:
    start(node.port, timers=Timers(connect=2, bind=2, answer=2, enquire=0.2, unbind=1, drain=1))

    node.tells("enquired", times=2)
    node.tell(enquire=True)

    assert node.tells("answered enquire")["status"] == 0
    assert len(node.told("bound")) == 1


def test_the_gateway_unbinds_when_it_leaves(outbox: Outbox, start: StartGateway, node: NodeSmsc) -> None:
    gateway = start(node.port, timers=Timers(connect=2, bind=2, answer=2, enquire=30, unbind=2, drain=1))
    node.tells("bound")

    gateway.stop()

    node.tells("unbound")
    node.tells("closed")
    assert outbox.link()["state"] == "down"


def test_the_gateway_comes_back_when_the_smsc_sends_it_away(
    outbox: Outbox, start: StartGateway, node: NodeSmsc
) -> None:
    start(node.port, timers=QUICK)
    node.tells("bound")

    node.tell(unbind=True)

    assert node.tells("answered unbind")["status"] == 0
    node.tells("bound", times=2)
    message = outbox.queue(phone=PHONE)
    eventually(outbox.is_in(message, "delivered"))
