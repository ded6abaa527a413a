"""Our simulator as an SMSC for a client that is not ours: Kannel, by a pair of binds and by one for both ways."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.kannel_boxes import Kannel, running_kannel
from tests.sms_gateway.support import RunningSimulator, eventually

PHONE = "+79990000001"
DELIVERED, FAILED = "1", "2"  # Kannel's numbers for receipts
LONG = "Anna, 5A: maths 5 [test] {4} and so on until it is long; " * 7
TEXTS = {"Anna: maths 5 [test] €": 0, "Аня: математика 5 😀": 2, LONG.strip(): 0, "Аня, математика 5; " * 9 + "!": 2}


@pytest.fixture(params=["pair", "one bind, ids in hex"])
def boxes(
    request: pytest.FixtureRequest, kannel: None, simulator: RunningSimulator, tmp_path: Path
) -> Iterator[Kannel]:
    pair = request.param == "pair"
    simulator.behave(hex_ids=not pair, receipt_delay=0.3)  # Kannel forgets a receipt that overtakes its answer
    with running_kannel(tmp_path, simulator.smpp_port, pair=pair, hex_ids=not pair) as running:
        eventually(lambda: simulator.get("stats")["sessions"] == (2 if pair else 1))
        eventually(lambda: simulator.get("stats")["receivers"] == 1)
        yield running


def test_kannel_sends_gets_receipts_and_hears_from_phones(boxes: Kannel, simulator: RunningSimulator) -> None:
    simulator.behave(undeliverable_numbers=["+79990000002"])

    for text, coding in TEXTS.items():
        boxes.send(PHONE, text, coding)
    boxes.send("+79990000002", "Boris: maths 4", 0)
    simulator.post(f"phones/{PHONE}/reply", text="Стоп, пожалуйста", to="79001234567")

    eventually(lambda: len(simulator.texts(PHONE)) == len(TEXTS))
    assert Counter(simulator.texts(PHONE)) == Counter(TEXTS.keys())
    shown = simulator.get(f"phones/{PHONE}")["messages"]
    assert {message["other"] for message in shown} == {"KANNEL", "79001234567"}
    (said,) = eventually(lambda: boxes.told.all("/inbound"))
    assert (said["phone"], said["to"], said["text"]) == (PHONE, "+79001234567", "Стоп, пожалуйста")
    eventually(lambda: kinds(boxes, "+79990000002")[FAILED] == 1)
    assert eventually(lambda: kinds(boxes, PHONE)[DELIVERED] >= len(TEXTS) and kinds(boxes, PHONE))[FAILED] == 0
    assert simulator.get("stats")["accepted"] > len(TEXTS) + 1, "the long ones went in parts"


def kinds(boxes: Kannel, phone: str) -> Counter[str]:
    """How many receipts of which kind Kannel has told about this phone."""
    return Counter(said["kind"] for said in boxes.told.all("/receipt") if said["phone"].lstrip("+ ") == phone[1:])
