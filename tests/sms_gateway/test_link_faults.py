"""What is wrong with one link costs that link, and no other anything."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from config import Settings
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import SUBMIT, HandSmsc, sent
from tests.sms_gateway.several import PHONE, add_link, are_bound, set_link
from tests.sms_gateway.support import (
    InThread,
    Outbox,
    RunningSimulator,
    eventually,
    start_gateway,
    sweeps,
)


def test_two_gateways_each_say_how_a_link_is_and_the_better_one_counts(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    gateways: list[InThread] = [start(simulator.smpp_port), start(simulator.smpp_port)]
    eventually(lambda: len(outbox.rows("SELECT FROM sms_session WHERE state = 'bound'")) == 2)

    gateways[0].stop()

    eventually(lambda: len(outbox.rows("SELECT FROM sms_session")) == 1)
    assert outbox.link()["state"] == "bound"
    outbox.becomes(outbox.queue(), "delivered")


@pytest.mark.parametrize(
    "wrong",
    [{"host": "sms..operator.ru"}, {"host": "x" * 64 + ".ru"}, {"kind": "http", "system_id": "a:b"}],
    ids=["two dots", "long label", "colon"],
)
def test_a_link_that_cannot_be_opened_costs_pauses_and_no_connection_to_the_database(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway, wrong: dict[str, str]
) -> None:
    add_link(outbox, 1, **wrong)
    start(simulator.smpp_port)

    eventually(lambda: outbox.rows("SELECT FROM sms_link WHERE name = 'second' AND state_words <> ''"))
    for _ in range(5):
        sweeps(outbox)

    (held,) = outbox.rows("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'zvonok gateway'")
    assert held["count"] <= 4  # the listener, the sweeps, two links
    outbox.becomes(outbox.queue("by the other"), "delivered")


def test_a_link_of_the_name_that_the_settings_would_take_stops_nothing(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    add_link(outbox, 1, name=f"127.0.0.1:{simulator.smpp_port}", active=False)
    start(simulator.smpp_port)

    are_bound(outbox, 1)

    outbox.becomes(outbox.queue(), "delivered")
    assert len(outbox.rows("SELECT FROM sms_link")) == 2


def test_settings_that_take_the_name_of_another_link_change_all_but_the_name(
    outbox: Outbox, simulator: RunningSimulator, other: RunningSimulator, start: StartGateway
) -> None:
    first = start(simulator.smpp_port)
    are_bound(outbox, 1)
    first.stop()
    add_link(outbox, 1, name=f"127.0.0.1:{other.smpp_port}", active=False)

    start(other.smpp_port)

    outbox.becomes(outbox.queue("by the other"), "delivered")
    assert other.texts(PHONE) == ["by the other"]


def test_a_row_of_a_link_that_ended_without_its_database_becomes_uncertain(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    outbox.set(uncertain_grace_seconds="600")
    start(hand.port)
    peer = hand.bound()
    message = outbox.queue(kind="code")
    peer.expect(SUBMIT)
    outbox.becomes(message, "sending")
    outbox.connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'zvonok gateway'"
    )

    set_link(outbox, active=False)

    row = outbox.becomes(message, "uncertain")
    assert row["attempts"] == 1
    assert row["claimed_by"] is None


def test_an_answer_that_blames_a_link_which_is_well_costs_its_message_an_attempt_and_no_other_anything(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    sent(outbox, peer)
    replies = [outbox.queue(f"reply {number}", kind="reply") for number in range(3)]
    submits = [peer.expect(SUBMIT) for _ in replies]

    peer.answer(submits[0], status=0x02)
    peer.answer(submits[1], "8")
    peer.answer(submits[2], "9")

    for message in replies:
        outbox.becomes(message, "accepted", "queued")
    states = sorted((outbox.state(message), outbox.message(message)["attempts"]) for message in replies)
    assert states == [("accepted", 1), ("accepted", 1), ("queued", 1)]
    sent(outbox, peer, "10")


def test_a_link_that_only_blames_itself_is_closed_when_the_wire_is_empty(
    outbox: Outbox, hand: HandSmsc, start: StartGateway
) -> None:
    start(hand.port)
    peer = hand.bound()
    replies = [outbox.queue(f"reply {number}", kind="reply") for number in range(3)]
    submits = [peer.expect(SUBMIT) for _ in replies]

    for submit in submits:
        peer.answer(submit, status=0x04)

    assert peer.hangs_up()
    for message in replies:
        assert outbox.becomes(message, "queued")["attempts"] == 0


def test_the_link_of_the_settings_rests_while_they_name_none_and_comes_back(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway, gateway_settings: Callable[..., Settings]
) -> None:
    first = start(simulator.smpp_port)
    are_bound(outbox, 1)
    first.stop()
    without = replace(gateway_settings(simulator.smpp_port), env="production", smsc_url=None)
    second = start_gateway(without)
    eventually(lambda: outbox.link()["state"] == "down")
    second.stop()

    start(simulator.smpp_port)

    are_bound(outbox, 1)
    outbox.becomes(outbox.queue(), "delivered")
