"""Messages leave the outbox, reach a phone, and their receipts settle them."""

from datetime import timedelta

import pytest

from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.support import Outbox, RunningSimulator, eventually

PHONE = "+79990000001"


def test_a_queued_message_reaches_the_phone_and_its_receipt_settles_it(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    start(simulator.smpp_port)
    waiting = outbox.queue("Шк 12: Анна, математика 5")

    row = outbox.becomes(waiting, "delivered")

    assert simulator.texts(PHONE) == ["Шк 12: Анна, математика 5"]
    assert (row["attempts"], row["parts"], row["error"]) == (1, 1, None)
    assert row["created_at"] <= row["submitted_at"] <= row["done_at"]


def test_what_was_queued_before_the_gateway_came_is_sent_in_the_order_of_kinds(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    for kind in ("weekly", "digest", "immediate", "reply", "code"):
        outbox.queue(kind, kind=kind)

    start(simulator.smpp_port, window=1)

    assert eventually(lambda: len(texts := simulator.texts(PHONE)) == 5 and texts) == [
        "code",
        "reply",
        "immediate",
        "digest",
        "weekly",
    ]


@pytest.mark.parametrize(
    "text", ["a" * 400, "Ж" * 400, "😀" * 100, "[]{}€" * 60], ids=["latin", "cyrillic", "emoji", "brackets"]
)
def test_a_long_text_arrives_whole_and_is_delivered_when_all_its_parts_are(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway, text: str
) -> None:
    start(simulator.smpp_port)
    long = outbox.queue(text)

    row = outbox.becomes(long, "delivered")

    assert simulator.texts(PHONE) == [text]
    parts = outbox.rows("SELECT * FROM sms_part WHERE message_id = %s", long)
    assert row["parts"] == len(parts) > 1
    assert {part["state"] for part in parts} == {"delivered"}
    assert len({part["smsc_id"] for part in parts}) == len(parts)


def test_a_text_longer_than_the_window_goes_through_it(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    start(simulator.smpp_port, window=2)
    long = outbox.queue("Ж" * 600)

    outbox.becomes(long, "delivered")

    assert simulator.texts(PHONE) == ["Ж" * 600]


def test_many_messages_are_all_sent_once(outbox: Outbox, simulator: RunningSimulator, start: StartGateway) -> None:
    start(simulator.smpp_port, window=50)
    for number in range(300):
        outbox.queue(f"text {number}", phone=f"+7999{number:07}", kind="digest")

    eventually(lambda: outbox.rows("SELECT FROM sms_message WHERE state <> 'delivered'") == [])

    assert simulator.get("stats")["accepted"] == 300
    assert all(simulator.texts(f"+7999{number:07}") == [f"text {number}"] for number in (0, 150, 299))


@pytest.mark.parametrize(
    ("behaviour", "state", "part"),
    [
        ({"undeliverable_share": 1.0}, "undeliverable", "undeliverable"),
        ({"fail_share": 1.0, "fail_status": 0x0B}, "rejected", "rejected"),
    ],
)
def test_a_message_that_fails_says_why(
    outbox: Outbox,
    simulator: RunningSimulator,
    start: StartGateway,
    behaviour: dict[str, object],
    state: str,
    part: str,
) -> None:
    simulator.behave(**behaviour)
    start(simulator.smpp_port)
    waiting = outbox.queue()

    row = outbox.becomes(waiting, "undeliverable", "rejected", "delivered")

    assert row["state"] == state
    assert row["error"]
    assert row["error_code"]
    assert row["done_at"]
    assert [one["state"] for one in outbox.rows("SELECT state FROM sms_part")] == [part]


def test_a_temporary_error_sends_the_message_back_to_wait_and_counts_the_attempt(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    simulator.behave(fail_share=1.0, fail_status=0x14)
    start(simulator.smpp_port)
    waiting = outbox.queue()

    eventually(lambda: outbox.message(waiting)["attempts"] == 1 and outbox.state(waiting) == "queued")
    row = outbox.message(waiting)
    assert timedelta(seconds=20) < row["due_at"] - row["submitted_at"] < timedelta(seconds=40)
    assert row["error_code"] == 0x14

    simulator.behave(fail_share=0.0)
    outbox.connection.execute("UPDATE sms_message SET due_at = now()")
    assert outbox.becomes(waiting, "delivered")["attempts"] == 2
    assert outbox.message(waiting)["error"] is None


def test_throttling_slows_the_link_and_is_no_attempt(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    simulator.behave(throttle=8)
    start(simulator.smpp_port, window=10)
    for number in range(20):
        outbox.queue(f"text {number}")

    eventually(lambda: outbox.rows("SELECT FROM sms_message WHERE state <> 'delivered'") == [], 30)

    assert sorted(simulator.texts(PHONE)) == sorted(f"text {number}" for number in range(20))
    assert {row["attempts"] for row in outbox.rows("SELECT attempts FROM sms_message")} == {1}
    assert simulator.get("stats")["refused 0x58"] > 0


def test_the_agreed_rate_is_kept(outbox: Outbox, simulator: RunningSimulator, start: StartGateway) -> None:
    start(simulator.smpp_port, window=50, rate=20)
    for number in range(20):
        outbox.queue(f"text {number}")

    eventually(lambda: outbox.rows("SELECT FROM sms_message WHERE state <> 'delivered'") == [])

    (spread,) = outbox.rows("SELECT max(submitted_at) - min(submitted_at) AS took FROM sms_message")
    assert spread["took"] > timedelta(seconds=0.7)


@pytest.mark.parametrize("phone", ["", "12", "79990000001", "+7999000000a"])
def test_a_number_that_is_none_is_rejected_in_words(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway, phone: str
) -> None:
    start(simulator.smpp_port)

    row = outbox.becomes(outbox.queue(phone=phone), "rejected")

    assert row["error"]
    assert simulator.get("stats").get("submits", 0) == 0


def test_the_link_of_the_settings_is_a_row_that_says_how_it_is(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    gateway = start(simulator.smpp_port, window=7, rate=3, reply_to="79001234567")

    link = eventually(lambda: outbox.rows("SELECT * FROM sms_link WHERE state = 'bound'"))[0]
    assert (link["port"], link["window"], link["rate"]) == (simulator.smpp_port, 7, 3)
    assert (link["reply_to"], link["source"], link["from_settings"]) == ("79001234567", "ZVONOK", True)
    assert link["heartbeat_at"]

    gateway.stop()
    assert outbox.link()["state"] == "down"

    start(simulator.smpp_port, window=9)
    eventually(lambda: outbox.link()["window"] == 9 and outbox.link()["state"] == "bound")


def test_a_gateway_that_is_asked_to_end_settles_what_is_under_way_and_gives_the_rest_back(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    simulator.behave(answer_delay=0.3)
    gateway = start(simulator.smpp_port, window=5)
    for number in range(40):
        outbox.queue(f"text {number}")
    eventually(lambda: outbox.rows("SELECT FROM sms_message WHERE state = 'sending'"))

    gateway.stop()

    states = {row["state"] for row in outbox.rows("SELECT DISTINCT state FROM sms_message")}
    assert states <= {"queued", "accepted", "delivered"}
    assert "queued" in states
    sent = outbox.rows("SELECT count(*) AS n FROM sms_message WHERE state <> 'queued'")[0]["n"]
    assert len(simulator.texts(PHONE)) == sent


def test_a_link_that_is_switched_off_is_left_and_its_messages_wait(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    start(simulator.smpp_port)
    eventually(lambda: outbox.rows("SELECT FROM sms_link WHERE state = 'bound'"))

    outbox.connection.execute("UPDATE sms_link SET active = false")
    eventually(lambda: simulator.get("stats")["receivers"] == 0)
    waiting = outbox.queue()
    eventually(lambda: outbox.link()["state"] == "down")
    assert outbox.state(waiting) == "queued"

    outbox.connection.execute("UPDATE sms_link SET active = true")
    outbox.becomes(waiting, "delivered")


def test_an_urgent_message_overtakes_waiting_digests(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    start(simulator.smpp_port, window=10, rate=100)
    for number in range(400):
        outbox.queue(f"digest {number}", kind="digest")
    eventually(lambda: outbox.rows("SELECT FROM sms_message WHERE state = 'delivered'"))

    code = outbox.queue("code", kind="code", phone="+79990000002")

    outbox.becomes(code, "delivered")
    assert outbox.rows("SELECT FROM sms_message WHERE state = 'queued'"), "nothing was waiting any more"


def test_long_and_short_messages_share_a_small_window(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    simulator.behave(answer_delay=0.01)
    start(simulator.smpp_port, window=4)
    texts = [("Ж" * 200 if number % 3 else "short") + f" {number}" for number in range(20)]
    for text in texts:
        outbox.queue(text, kind="digest")

    eventually(lambda: outbox.rows("SELECT FROM sms_message WHERE state <> 'delivered'") == [])

    assert sorted(simulator.texts(PHONE)) == sorted(texts)


def test_a_gateway_without_work_is_quiet(outbox: Outbox, simulator: RunningSimulator, start: StartGateway) -> None:
    simulator.behave(answer_delay=1.5)
    start(simulator.smpp_port, window=3)
    long = [outbox.queue("Ж" * 130), outbox.queue("Ж" * 130)]  # two parts each: the second waits for the first
    eventually(lambda: outbox.state(long[0]) == "sending")
    (before,) = outbox.rows("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")

    for message in long:
        outbox.becomes(message, "delivered")

    outbox.rows("SELECT pg_stat_force_next_flush()")
    (after,) = outbox.rows("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
    assert after["xact_commit"] - before["xact_commit"] < 3000
