"""A gateway that is killed a hundred times at random and at each step again and again, under load and throttling."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable

from config import Settings
from tests.sms_gateway.deaths import REFUSED, UNREACHABLE, Load, gateway, kill_at_random, witnessed
from tests.sms_gateway.dying_gateway import STEPS
from tests.sms_gateway.support import Outbox, RunningSimulator, eventually

WINDOW = 20
MESSAGES_A_DEATH = 40
ALL = {"at random": 100, **dict.fromkeys(STEPS, 5), "of the link": 15}
FEWEST = {"at random": 12, **dict.fromkeys(STEPS, 1), "of the link": 2}  # however short the time is


def test_a_gateway_that_dies_again_and_again_keeps_its_word(
    outbox: Outbox, simulator: RunningSimulator, gateway_settings: Callable[..., Settings]
) -> None:
    ends_at = time.monotonic() + 60 * float(os.environ.get("ZVONOK_SOAK_MINUTES", "10"))
    outbox.set(uncertain_grace_seconds="1")
    settings = gateway_settings(simulator.smpp_port, WINDOW)
    deaths: Counter[str] = Counter()
    with witnessed(outbox):
        load = Load(outbox)
        while ways := still_to_die(deaths, FEWEST if time.monotonic() > ends_at else ALL):
            simulator.behave(**some_behaviour())
            load.queue(MESSAGES_A_DEATH)
            deaths.update(one_death(random.choice(ways), settings, simulator))
            assert len(outbox.rows("SELECT FROM sms_message WHERE state = 'sending'")) <= WINDOW
        settle(load, settings, simulator)
        account = load.account(simulator)
        print(f"\n{deaths.total()} deaths of a window of {WINDOW}: {dict(deaths)}\n{account}")
        print("the SMSC:", simulator.get("stats"))
        account.holds(deaths.total(), WINDOW)


def still_to_die(deaths: Counter[str], wanted: dict[str, int]) -> list[str]:
    return [way for way, times in wanted.items() if deaths[way] < times]


def some_behaviour() -> dict[str, object]:
    """How the SMSC is until the next death."""
    return {
        "receipts": random.choice(["after", "early", "twice"]),
        "receipt_delay": random.choice([0.0, 0.05, 0.3]),
        "answer_delay": random.choice([0.0, 0.0, 0.02]),
        "throttle": random.choice([0, 0, 40, 150]),
        "hex_ids": random.random() < 0.3,
        "undeliverable_numbers": [UNREACHABLE],
        "fail_numbers": {REFUSED: 0x0B},
    }


def one_death(way: str, settings: Settings, simulator: RunningSimulator) -> list[str]:
    """Let a gateway live a little; the ways in which it, and perhaps its link before it, died."""
    if way in STEPS:
        return [way] if died_at(way, settings) else ["at random"]
    if way == "at random":
        kill_at_random(settings, simulator, 0.4)
        return [way]
    simulator.behave(hang_up_after=random.randrange(1, MESSAGES_A_DEATH))
    kill_at_random(settings, simulator, 1.5)
    hung_up = simulator.get("behave")["hang_up_after"] == 0
    simulator.behave(hang_up_after=0)
    return [way, "at random"] if hung_up else ["at random"]


def died_at(step: str, settings: Settings) -> bool:
    """Whether it killed itself there before its patience was over; else it is killed."""
    with gateway(settings, step, random.randrange(1, 5)) as process:
        try:
            return process.wait(5) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            return False


def settle(load: Load, settings: Settings, simulator: RunningSimulator) -> None:
    """The SMSC is well again, and a gateway lives until all is settled; it leaves when asked to."""
    simulator.behave(throttle=0, answer_delay=0.0)
    with gateway(settings) as process:
        eventually(lambda: simulator.get("stats")["receivers"] > 0)
        load.settles(180)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
