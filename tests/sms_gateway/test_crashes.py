"""kill -9 of the gateway at each step: nothing is lost, and what is doubled stands in the list of uncertain rows."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from config import ROOT, Settings
from tests.sms_gateway.conftest import StartGateway
from tests.sms_gateway.dying_gateway import STEPS
from tests.sms_gateway.support import Outbox, RunningSimulator, eventually

MESSAGES, WINDOW = 40, 10


@pytest.mark.parametrize("step", STEPS)
def test_nothing_is_lost_and_only_listed_rows_are_doubled(
    outbox: Outbox,
    simulator: RunningSimulator,
    start: StartGateway,
    gateway_settings: Callable[..., Settings],
    step: str,
) -> None:
    outbox.set(uncertain_grace_seconds="1")
    texts = {outbox.queue(f"text {number}", kind="digest"): f"text {number}" for number in range(MESSAGES)}

    assert die(gateway_settings(simulator.smpp_port, WINDOW), step) == -signal.SIGKILL
    sending = {row["id"] for row in outbox.rows("SELECT id FROM sms_message WHERE state = 'sending'")}
    start(simulator.smpp_port, window=WINDOW)
    eventually(lambda: not outbox.rows("SELECT FROM sms_message WHERE done_at IS NULL"), 30)

    arrived = Counter(simulator.texts("+79990000001"))
    doubled = {message for message, text in texts.items() if arrived[text] > 1}
    assert set(arrived) == set(texts.values()), "a text was lost"
    assert doubled <= sending
    assert len(sending) <= WINDOW
    if step == "claimed":
        assert sending == set()
    assert {row["state"] for row in outbox.rows("SELECT state FROM sms_message")} == {"delivered"}
    attempts = {row["id"]: row["attempts"] for row in outbox.rows("SELECT id, attempts FROM sms_message")}
    assert {message for message, count in attempts.items() if count > 1} <= sending


def die(settings: Settings, step: str) -> int:
    """Run a gateway until it kills itself; its exit status."""
    environment = {
        "PATH": os.environ["PATH"],
        "ZVONOK_VAR": str(settings.var),
        "ZVONOK_DATABASE_APP_URL": settings.database_app_url or "",
        "ZVONOK_SMSC_URL": settings.smsc_url or "",
    }
    return subprocess.run(
        [sys.executable, "-m", "tests.sms_gateway.dying_gateway", step],
        cwd=ROOT,
        env=environment,
        timeout=30,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


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

    assert sorted(simulator.texts("+79990000001")) == sorted(texts)
    assert {row["attempts"] for row in outbox.rows("SELECT attempts FROM sms_message")} == {1}
