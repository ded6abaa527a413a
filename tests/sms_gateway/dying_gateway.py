"""A gateway that kills itself: `python -m tests.sms_gateway.dying_gateway STEP TIMES`, its settings from outside.

At a step of STEPS it dies when that step has come for the TIMES-th time, and says how many messages or receipts it had
in its hands; at any other word it lives until it is killed.
"""

import asyncio
import os
import signal
import sys
from typing import Any

import config
from app import logs
from sms_gateway.link import Link
from sms_gateway.loop import Turns
from sms_gateway.main import Gateway
from sms_gateway.receipts import Receipt
from tests.sms_gateway.support import QUICK

STEPS = ("claimed", "sending", "written", "answered", "receipt", "receipt committed")


class Death:
    """Waits at one step."""

    def __init__(self, step: str, times: int) -> None:
        self._step = step
        self._times = times

    def at(self, step: str, held: int) -> None:
        """Come, where this is the step and there is something to lose."""
        if step != self._step or not held:
            return
        self._times -= 1
        if self._times == 0:
            print(held, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)


def arm(death: Death) -> None:
    """Put death around the methods where a step begins or ends."""
    committed, settle, acknowledge = Turns._committed, Turns._settle, Link.acknowledge

    def at_commit(self: Any, arrived: Any, going: Any, stored: Any) -> None:
        death.at("claimed", len(stored.claimed))
        death.at("sending", len(stored.marked))
        committed(self, arrived, going, stored)
        death.at("written", len(stored.marked))

    async def at_settle(self: Any, arrived: Any) -> Any:
        stored = await settle(self, arrived)  # within the transaction, whose commit comes later
        death.at("answered", len(stored.outcomes))
        death.at("receipt", sum(isinstance(arrival.content, Receipt) for arrival in arrived))
        return stored

    def at_acknowledge(self: Any, arrivals: Any, status: int = 0) -> None:
        if status == 0:
            death.at("receipt committed", len(arrivals))
        acknowledge(self, arrivals, status)

    Turns._committed = at_commit  # type: ignore[method-assign]
    Turns._settle = at_settle  # type: ignore[method-assign]
    Link.acknowledge = at_acknowledge  # type: ignore[method-assign]


async def live() -> None:
    """As run_gateway, with short pauses between sweeps and binds."""
    settings = config.load()
    logs.configure("gateway", settings)  # away from stdout, where the step is told
    gateway = Gateway(settings, QUICK, upkeep_seconds=0.1, shortest_pause=0.05)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, gateway.leave)
    await gateway.run()


if __name__ == "__main__":
    arm(Death(sys.argv[1], int(sys.argv[2])))
    asyncio.run(live())
