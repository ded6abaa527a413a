"""How long a link waits, and what it is told when nobody binds it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timers:
    """How long a link waits, in seconds."""

    connect: float = 10.0
    bind: float = 10.0
    answer: float = 60.0  # to a submit_sm; then whether the SMSC has it is uncertain
    enquire: float = 30.0  # of silence before enquire_link, and then again before the link counts as dead
    unbind: float = 2.0
    drain: float = 5.0  # for answers that are still to come when we leave


class BindRefused(Exception):
    """The SMSC answered our bind with this command_status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"bind refused with 0x{status:02X}")
        self.status = status
