"""The traffic light of an SMS link: from what its gateways say of it to one colour and one reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FRESH = timedelta(seconds=60)  # a gateway that has said nothing for longer is not believed
LONG_WAIT = timedelta(minutes=5)
BELOW = 0.95  # of the agreed rate: less than this is a link that was slowed down


class Light(StrEnum):
    """What the operator must do: nothing, look, act; or the link is switched off."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    GREY = "grey"


@dataclass(frozen=True)
class Saying:
    """What one gateway process says of a link."""

    state: str  # down, bound, paused, resting
    heartbeat_at: datetime | None
    rate: float | None = None  # parts a second that are let through now; None: unlimited

    def is_fresh(self, now: datetime) -> bool:
        return self.heartbeat_at is not None and now - self.heartbeat_at < FRESH


def light_of(
    now: datetime,
    sayings: Sequence[Saying],
    *,
    is_active: bool = True,
    is_paused: bool = False,
    agreed_rate: int = 0,
    waiting: timedelta | None = None,
) -> tuple[Light, str]:
    """The colour, and the key of its reason: off, silent, down, paused, resting, partly_down, slowed, waiting, good.

    `agreed_rate` is in parts a second, 0 unlimited; `waiting` the age of the oldest message that is due.
    """
    fresh = [saying for saying in sayings if saying.is_fresh(now)]
    if not is_active:
        return Light.GREY, "off"
    if not fresh:
        return Light.RED, "silent"
    if all(saying.state == "down" for saying in fresh):
        return Light.RED, "down"
    if is_paused or all(saying.state in ("paused", "down") for saying in fresh):
        return Light.AMBER, "paused"
    if any(saying.state == "resting" for saying in fresh):
        return Light.AMBER, "resting"
    if any(saying.state == "down" for saying in fresh):
        return Light.AMBER, "partly_down"
    if _is_slowed(fresh, agreed_rate):
        return Light.AMBER, "slowed"
    if waiting is not None and waiting > LONG_WAIT:
        return Light.AMBER, "waiting"
    return Light.GREEN, "good"


def _is_slowed(fresh: Sequence[Saying], agreed_rate: int) -> bool:
    """Whether a gateway lets less through than was agreed; each has the whole rate for itself."""
    rates = [saying.rate for saying in fresh if saying.rate is not None]
    return any(agreed_rate == 0 or rate < agreed_rate * BELOW for rate in rates)
