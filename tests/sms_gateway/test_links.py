"""Several links: who sends while another is down, refuses, is slow or paused; and what one link alone may do."""

from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import HandSmsc, sent
from tests.sms_gateway.several import PHONE, add_link, all_done, are_bound, by_link, set_link
from tests.sms_gateway.support import (
    Outbox,
    RunningSimulator,
    eventually,
    sweeps,
)


def test_the_better_priority_sends_and_the_next_takes_over_while_it_is_down(
    outbox: Outbox, simulator: RunningSimulator, other: RunningSimulator, start: StartGateway
) -> None:
    add_link(outbox, simulator.smpp_port, priority=1)
    start(other.smpp_port)
    are_bound(outbox)
    set_link(outbox, priority=2)
    sweeps(outbox)
    first = outbox.queue("by the first")
    outbox.becomes(first, "delivered")
    assert simulator.texts(PHONE) == ["by the first"]

    simulator.behave(refuse_bind=0x0D, hang_up_after=1)
    outbox.queue("the first hangs up")
    eventually(lambda: outbox.rows("SELECT FROM sms_link WHERE NOT from_settings AND state = 'down'"))
    second = outbox.queue("by the second")

    outbox.becomes(second, "delivered")
    assert "by the second" in other.texts(PHONE)
    simulator.behave(refuse_bind=0)
    are_bound(outbox)
    third = outbox.queue("by the first again")
    outbox.becomes(third, "delivered")
    assert "by the first again" in simulator.texts(PHONE)


def test_links_of_one_priority_share_the_traffic(
    outbox: Outbox, simulator: RunningSimulator, other: RunningSimulator, start: StartGateway
) -> None:
    add_link(outbox, other.smpp_port)
    start(simulator.smpp_port)
    are_bound(outbox)
    set_link(outbox, weight=3)
    sweeps(outbox)

    for number in range(80):
        outbox.queue(f"text {number}")
    eventually(lambda: all_done(outbox))

    assert len(simulator.texts(PHONE)) + len(other.texts(PHONE)) == 80
    assert by_link(outbox)["second"] >= 15


def test_a_link_that_refuses_most_rests_while_another_sends(
    outbox: Outbox, simulator: RunningSimulator, other: RunningSimulator, start: StartGateway
) -> None:
    add_link(outbox, other.smpp_port, priority=2)
    start(simulator.smpp_port)
    are_bound(outbox)
    simulator.behave(fail_share=1.0, fail_status=0x08)

    for number in range(30):
        outbox.queue(f"text {number}")

    eventually(lambda: outbox.rows("SELECT FROM sms_link WHERE from_settings AND state = 'resting'"))
    outbox.connection.execute("UPDATE sms_message SET due_at = now() WHERE state = 'queued'")
    eventually(lambda: all_done(outbox))
    assert sorted(other.texts(PHONE)) == sorted(f"text {number}" for number in range(30))


def test_a_link_that_does_not_answer_rests_while_another_sends(
    outbox: Outbox, simulator: RunningSimulator, other: RunningSimulator, start: StartGateway
) -> None:
    add_link(outbox, other.smpp_port, priority=2)
    start(simulator.smpp_port)
    are_bound(outbox)
    set_link(outbox, slow_seconds=1)
    sweeps(outbox)
    simulator.behave(never_answer=True)
    outbox.queue("never answered")

    eventually(lambda: outbox.rows("SELECT FROM sms_link WHERE from_settings AND state IN ('resting', 'down')"))
    outbox.becomes(outbox.queue("by the other"), "delivered")

    assert "by the other" in other.texts(PHONE)


def test_a_paused_link_sends_nothing_but_a_test_and_still_hears(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    start(simulator.smpp_port)
    are_bound(outbox, 1)
    link = outbox.link()["id"]
    set_link(outbox, paused=True)
    eventually(lambda: outbox.link()["state"] == "paused")

    waits = outbox.queue("waits")
    asked = outbox.queue("a test", kind="reply", only_link_id=link)
    outbox.becomes(asked, "delivered")
    simulator.post(f"phones/{PHONE}/reply", text="STOP")

    eventually(lambda: outbox.rows("SELECT FROM sms_inbound"))
    assert outbox.state(waits) == "queued"
    assert simulator.texts(PHONE) == ["a test"]
    set_link(outbox, paused=False)
    outbox.becomes(waits, "delivered")


def test_a_test_of_one_link_goes_by_no_other(
    outbox: Outbox, simulator: RunningSimulator, other: RunningSimulator, start: StartGateway
) -> None:
    second = add_link(outbox, other.smpp_port, priority=9)
    start(simulator.smpp_port)
    are_bound(outbox)

    asked = outbox.queue("a test", kind="reply", only_link_id=second)

    outbox.becomes(asked, "delivered")
    assert (simulator.texts(PHONE), other.texts(PHONE)) == ([], ["a test"])


def test_a_link_of_another_school_sends_only_its_own(
    outbox: Outbox, simulator: RunningSimulator, other: RunningSimulator, start: StartGateway
) -> None:
    outbox.connection.execute(
        "INSERT INTO school (name, short_name, timezone, version) VALUES ('Other', 'Oth', 'Europe/Moscow', 1)"
    )
    (school,) = outbox.rows("SELECT max(id) AS id FROM school")
    outbox.connection.execute(
        "INSERT INTO school_setting (school_id, name, value, version) VALUES (%s, 'quiet_hours', 'no', 1)",
        (school["id"],),
    )
    theirs = add_link(outbox, other.smpp_port, priority=1)
    outbox.connection.execute("UPDATE sms_link SET school_id = %s WHERE id = %s", (school["id"], theirs))
    start(simulator.smpp_port)
    are_bound(outbox)
    set_link(outbox, priority=2)
    sweeps(outbox)

    outbox.becomes(outbox.queue("ours"), "delivered")
    outbox.becomes(outbox.queue("theirs", school_id=school["id"]), "delivered")

    assert (simulator.texts(PHONE), other.texts(PHONE)) == (["ours"], ["theirs"])


def test_other_limits_change_a_link_without_binding_anew(outbox: Outbox, hand: HandSmsc, start: StartGateway) -> None:
    start(hand.port)
    peer = hand.bound()
    are_bound(outbox, 1)

    set_link(outbox, priority=5, weight=2, most_refused_percent=10)
    sweeps(outbox)

    sent(outbox, peer)
