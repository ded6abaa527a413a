"""A gateway that kills itself at a step: `python -m tests.sms_gateway.dying_gateway STEP`, settings from outside."""

import os
import signal
import sys
from typing import Any

import config
from sms_gateway.link import Link
from sms_gateway.loop import Turns
from sms_gateway.main import run_gateway

STEPS = ("claimed", "sending", "written", "answered", "receipt", "receipt committed")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str) -> None:
    """Make the gateway die at this step: around the methods where the step begins and ends."""
    committed, settle, acknowledge = Turns._committed, Turns._settle, Link.acknowledge

    def at_commit(self: Any, arrived: Any, sending: Any, claimed: Any) -> None:
        if (step == "claimed" and claimed) or (step == "sending" and sending):
            die()
        committed(self, arrived, sending, claimed)
        if step == "written" and sending:
            die()

    async def at_settle(self: Any, arrived: Any) -> Any:
        if (step == "answered" and self._done) or (step == "receipt" and arrived):
            die()
        return await settle(self, arrived)

    def at_acknowledge(self: Any, arrivals: Any, status: int = 0) -> None:
        if step == "receipt committed" and arrivals:
            die()
        acknowledge(self, arrivals, status)

    Turns._committed = at_commit  # type: ignore[method-assign]
    Turns._settle = at_settle  # type: ignore[method-assign]
    Link.acknowledge = at_acknowledge  # type: ignore[method-assign]


if __name__ == "__main__":
    arm(sys.argv[1])
    run_gateway(config.load())
