"""Several links: who sends while another is down, refuses, is slow or paused; and what one link alone may do."""

import select
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from config import Settings
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.peer import ANSWER, SUBMIT, HandSmsc, Peer, pdu, receipt, sent
from tests.sms_gateway.support import (
    PATIENCE_SECONDS,
    InThread,
    Outbox,
    RunningSimulator,
    eventually,
    start_gateway,
    start_simulator,
    sweeps,
)

PHONE = "+79990000001"
RECEIVER, TRANSMITTER = 0x01, 0x02


@pytest.fixture
def other() -> Iterator[RunningSimulator]:
    """A second operator."""
    thread, simulator = start_simulator()
    simulator.behave(receipt_delay=0.0)
    yield simulator
    thread.stop()


def add_link(outbox: Outbox, port: int, name: str = "second", **also: object) -> int:
    """A link as the console adds it."""
    values = {
        "name": name,
        "host": "127.0.0.1",
        "port": port,
        "system_id": "zvonok",
        "password": "zvonok",
        "source": "SECOND",
        "window": 10,
        "active": True,
        **also,
    }
    names = ", ".join(f'"{column}"' for column in values)
    places = ", ".join(["%s"] * len(values))
    row = outbox.connection.execute(
        f"INSERT INTO sms_link (school_id, tls, reply_to, rate, from_settings, state,"
        f" state_words, version, {names}) VALUES (1, false, '', 0, false, 'down', '', 1,"
        f" {places}) RETURNING id".encode(),
        list(values.values()),
    ).fetchone()
    return int(row["id"])


def set_link(outbox: Outbox, link: int | None = None, **values: object) -> None:
    """What an operator changes; without a number the link of the settings."""
    for name, value in values.items():
        which = "id = %s" if link is not None else "from_settings = %s"
        outbox.connection.execute(f'UPDATE sms_link SET "{name}" = %s WHERE {which}'.encode(), (value, link or True))


def are_bound(outbox: Outbox, count: int = 2) -> None:
    eventually(lambda: len(outbox.rows("SELECT FROM sms_link WHERE state = 'bound'")) == count)


def all_done(outbox: Outbox) -> bool:
    return not outbox.rows("SELECT FROM sms_message WHERE done_at IS NULL")


def by_link(outbox: Outbox) -> Counter[str]:
    rows = outbox.rows("SELECT l.name FROM sms_message m JOIN sms_link l ON l.id = m.link_id")
    return Counter("second" if row["name"] == "second" else "first" for row in rows)


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
