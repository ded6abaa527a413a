"""kill -9 of the gateway at each step and at random: nothing is lost, and what is doubled was listed as uncertain."""

import random
import signal
from collections.abc import Callable, Iterator

import pytest

from config import Settings
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.deaths import Load, gateway, kill_at_random, witnessed
from tests.sms_gateway.dying_gateway import STEPS
from tests.sms_gateway.support import Outbox, RunningSimulator, eventually

MESSAGES, WINDOW = 40, 10
RANDOM_KILLS, LOAD = 5, 25
PHONE = "+79990000001"
PATIENCE_SECONDS = 100  # seconds are enough; a link that a busy machine breaks once more rests for up to a minute


@pytest.fixture
def load(outbox: Outbox) -> Iterator[Load]:
    """The outbox, ready for a mixed load."""
    outbox.set(uncertain_grace_seconds="1")
    with witnessed(outbox):
        yield Load(outbox)


def die(settings: Settings, step: str) -> int:
    """Run a gateway until it kills itself; how many messages or receipts it held then."""
    with gateway(settings, step) as process:
        said, _ = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    return int(said)


@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_lost_and_only_listed_rows_are_doubled(
    load: Load,
    simulator: RunningSimulator,
    start: StartGateway,
    gateway_settings: Callable[..., Settings],
    step: str,
) -> None:
    outbox = load.outbox
    simulator.behave(receipts=random.choice(["after", "early", "twice"]))
    texts = {outbox.queue(f"text {number}", kind="digest"): f"text {number}" for number in range(MESSAGES)}
    load.sent = {message: ("digest", PHONE, text) for message, text in texts.items()}

    assert 0 < die(gateway_settings(simulator.smpp_port, WINDOW), step) <= 2 * WINDOW  # two receipts a message
    sending = {row["id"] for row in outbox.rows("SELECT id FROM sms_message WHERE state = 'sending'")}
    died_where_it_was_told(outbox, simulator, step, sending)
    start(simulator.smpp_port, window=WINDOW)
    load.settles(PATIENCE_SECONDS)

    account = load.account(simulator)
    account.holds(deaths=1, window=WINDOW)
    assert set(account.doubled) <= sending
    attempts = {row["id"]: row["attempts"] for row in outbox.rows("SELECT id, attempts FROM sms_message")}
    assert {message for message, count in attempts.items() if count > 1} <= sending


def died_where_it_was_told(outbox: Outbox, simulator: RunningSimulator, step: str, sending: set[int]) -> None:
    """What database and phones show right after the death is what that step has done, and no more."""
    on_phones = len(simulator.texts(PHONE))
    settled = outbox.rows("SELECT FROM sms_part")
    if step == "claimed":
        assert sending == set() and on_phones == 0
        assert outbox.rows("SELECT FROM sms_message WHERE state = 'claimed'")
    elif step == "sending":
        assert len(sending) > 0 and on_phones == 0
    elif step == "written":
        assert eventually(lambda: simulator.texts(PHONE)) and not settled
    elif step in ("answered", "receipt"):
        assert len(sending) > 0 and on_phones > 0 and not settled
    else:
        assert settled
    assert len(sending) <= WINDOW


def test_a_gateway_killed_at_random_moments_keeps_its_word(
    load: Load, simulator: RunningSimulator, start: StartGateway, gateway_settings: Callable[..., Settings]
) -> None:
    simulator.behave(receipts="twice", throttle=30, undeliverable_numbers=["+79990009998"])
    simulator.behave(fail_numbers={"+79990009999": 0x0B}, receipt_delay=0.05)
    settings = gateway_settings(simulator.smpp_port, WINDOW)

    for _ in range(RANDOM_KILLS):
        load.queue(LOAD)
        kill_at_random(settings, simulator, 0.2)
        assert len(load.outbox.rows("SELECT FROM sms_message WHERE state = 'sending'")) <= WINDOW
    throttled = simulator.get("stats")["refused 0x58"]
    simulator.behave(throttle=0)
    start(simulator.smpp_port, window=WINDOW)
    load.settles(PATIENCE_SECONDS)

    assert throttled > 0
    load.account(simulator).holds(RANDOM_KILLS, WINDOW)


def test_a_second_gateway_takes_up_nothing_that_the_first_still_has(
    outbox: Outbox, simulator: RunningSimulator, start: StartGateway
) -> None:
    simulator.behave(answer_delay=0.2)
    texts = [f"text {number}" for number in range(30)]
    for text in texts:
        outbox.queue(text, kind="digest")

    start(simulator.smpp_port, window=5)
    start(simulator.smpp_port, window=5)
    eventually(lambda: not outbox.rows("SELECT FROM sms_message WHERE done_at IS NULL"), 30)

    assert sorted(simulator.texts(PHONE)) == sorted(texts)
    assert {row["attempts"] for row in outbox.rows("SELECT attempts FROM sms_message")} == {1}
