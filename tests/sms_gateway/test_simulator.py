"""The simulator: an SMSC that others can rely on, and that misbehaves only when told to."""

import json
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import smpplib.client

from sms_gateway.simulator.phones import Phones
from sms_gateway.simulator.smsc import Smsc
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.support import Outbox, RunningSimulator, eventually

PHONE = "+79990000001"


def test_phones_show_what_came_and_what_was_written(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    start(simulator.smpp_port)
    outbox.becomes(outbox.queue("Ж" * 100), "delivered")
    simulator.post(f"phones/{PHONE}/reply", text="Спасибо")

    assert [phone["phone"] for phone in simulator.get("phones")["phones"]] == [PHONE]
    came, written = simulator.get("phones/%2B79990000001")["messages"]
    assert (came["direction"], came["text"], came["parts"], came["receipt"]) == ("to_phone", "Ж" * 100, 2, "delivered")
    assert (written["direction"], written["text"], written["parts"]) == ("from_phone", "Спасибо", 1)
    assert came["at"] < written["at"]
    assert came["other"] == "ZVONOK"


@pytest.mark.parametrize(
    "behaviour",
    [
        {"hex_ids": True},
        {"receipts": "early"},
        {"receipts": "twice"},
        {"answer_delay": 0.1},
        {"hex_ids": True, "receipts": "early"},
        {"receipt_pdu": "data_sm"},
        {"receipt_pdu": "data_sm", "receipt_form": "text"},
        {"receipt_form": "tlv"},
        {"receipt_form": "text", "hex_ids": True},
        {"receipt_ids": "padded"},
        {"receipt_ids": "padded", "receipt_form": "text"},
        {"receipt_ids": "cut"},
    ],
    ids=lambda behaviour: "-".join(behaviour),
)
def test_odd_but_lawful_ways_of_an_smsc_end_in_delivered(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway, behaviour: dict[str, object]
) -> None:
    simulator.behave(**behaviour)
    start(simulator.smpp_port)
    messages = [outbox.queue(f"text {number}" * 20) for number in range(3)]

    for message in messages:
        outbox.becomes(message, "delivered")

    assert len(simulator.texts(PHONE)) == 3


def test_a_receipt_whose_id_is_cut_off_settles_nothing_else(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    simulator.behave(receipt_ids="cut", receipt_form="text")
    start(simulator.smpp_port)
    messages = [outbox.queue("one"), outbox.queue("two")]

    eventually(lambda: len(outbox.rows("SELECT FROM sms_receipt")) == 2)

    assert [outbox.state(message) for message in messages] == ["accepted", "accepted"]


def test_a_lost_receipt_leaves_the_message_accepted(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    simulator.behave(lose_receipts=1.0)
    start(simulator.smpp_port)

    message = outbox.queue()

    outbox.becomes(message, "accepted")
    assert simulator.get(f"phones/{PHONE}")["messages"][0]["receipt"] == "lost"


def test_hanging_up_in_mid_window_loses_nothing(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    outbox.set(uncertain_grace_seconds="1")
    simulator.behave(hang_up_after=5)
    start(simulator.smpp_port, window=4)
    texts = [f"text {number}" for number in range(12)]
    for text in texts:
        outbox.queue(text, kind="digest")

    eventually(lambda: not outbox.rows("SELECT FROM sms_message WHERE done_at IS NULL"), 30)

    assert set(simulator.texts(PHONE)) == set(texts)
    assert len(simulator.texts(PHONE)) <= len(texts) + 4


@pytest.mark.parametrize(
    ("path", "values", "words"),
    [
        ("behave", {"sing": True}, "no setting sing"),
        ("behave", {"throttle": "much"}, "throttle"),
        ("behave", {"receipts": "never"}, "receipts"),
        ("behave", {"receipts": []}, "receipts"),
        ("behave", {"receipt_pdu": "submit_sm"}, "one of deliver_sm, data_sm"),
        ("behave", {"fail_share": 1.5}, "fail_share is from 0 to 1"),
        ("behave", {"answer_delay": float("nan")}, "answer_delay is from 0 to 3600"),
        ("behave", {"answer_delay": float("inf")}, "answer_delay is from 0 to 3600"),
        ("behave", {"fail_status": 0}, "fail_status is from 1"),
        ("behave", {"refuse_bind": 2**32}, "refuse_bind"),
        ("behave", {"never_answer": 1}, "never_answer"),
        ("behave", {"fail_numbers": {"79990000001": True}}, "fail_numbers"),
        ("behave", {"fail_numbers": ["79990000001"]}, "fail_numbers"),
        ("behave", {"undeliverable_numbers": ["Anna"]}, "phone numbers"),
        ("behave", {"undeliverable_numbers": "79990000001"}, "undeliverable_numbers"),
        ("phones/12/reply", {"text": "СТОП"}, "a phone number"),
        (f"phones/{PHONE}/reply", {}, "a text"),
        (f"phones/{PHONE}/reply", {"text": " "}, "a text"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    simulator: RunningSimulator, path: str, values: dict[str, object], words: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        simulator.post(path, **values)
    with refused.value as answer:
        assert answer.code == 400
        assert words in json.load(answer)["message"]


@pytest.mark.parametrize("body", [b"[" * 90_000, b"\xff", b"{"], ids=["deep", "no text", "half"])
def test_a_body_that_is_no_json_is_refused(simulator: RunningSimulator, body: bytes) -> None:
    address = f"http://127.0.0.1:{simulator.http_port}/behave"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(address, data=body, method="POST"), timeout=5)
    with refused.value as answer:
        assert answer.code == 400


def test_it_behaves_well_again_and_keeps_its_phones(simulator: RunningSimulator) -> None:
    good = simulator.post("behave/well")
    simulator.post(f"phones/{PHONE}/reply", text="Спасибо")
    simulator.behave(throttle=5, fail_numbers={PHONE: 0x0B}, receipts="twice")

    assert simulator.post("behave/well") == good == simulator.get("behave")
    assert len(simulator.get(f"phones/{PHONE}")["messages"]) == 1


def test_an_unknown_path_says_which_there_are(simulator: RunningSimulator) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        simulator.get("nothing")
    with refused.value as answer:
        assert answer.code == 404
        assert "/phones" in json.load(answer)["message"]


def test_an_independent_client_can_use_it(simulator: RunningSimulator) -> None:
    client = smpplib.client.Client("127.0.0.1", simulator.smpp_port, allow_unknown_opt_params=True, timeout=5)
    answered: list[bytes] = []
    receipts: list[bytes] = []
    client.set_message_sent_handler(lambda pdu: answered.append(pdu.message_id))
    client.set_message_received_handler(lambda pdu: receipts.append(pdu.receipted_message_id))
    client.connect()
    client.bind_transceiver(system_id="anything", password="goes")
    client.send_message(
        source_addr="X", source_addr_ton=5, destination_addr="79990000003", short_message=b"hi", registered_delivery=1
    )
    while not receipts:
        client.read_once()
    client.unbind()
    client.disconnect()

    assert answered == receipts != [b""]
    assert simulator.texts("+79990000003") == ["hi"]


def test_phones_remember_their_texts_over_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "var" / "simulator.json"
    before = Phones(file)
    before.write(PHONE, "Спасибо", 1, "79000000000")
    before.save()

    after = Phones(file)

    assert after.texts(PHONE) == before.texts(PHONE)
    assert after.write(PHONE, "ещё", 1, "79000000000").id > before.texts(PHONE)[-1]["id"]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"+7999": [{"id": 1}]}', '{"+7999": null}'])
def test_a_broken_file_of_phones_is_no_reason_to_fail(tmp_path: Path, content: str) -> None:
    file = tmp_path / "simulator.json"
    file.write_text(content)

    assert Smsc(Phones(file)).phones.numbers() == []
