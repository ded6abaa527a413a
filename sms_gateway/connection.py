"""What the turns of a link ask of a connection, whatever protocol it speaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sms_gateway.receipts import Inbound, Receipt
from sms_gateway.rows import LinkRow, Part
from sms_gateway.timers import Timers

SYSTEM_ERROR = 0x08


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A receipt or a text that is answered after the commit, on the connection by which it came."""

    connection: "Connection"
    sequence: int
    content: Receipt | Inbound
    command: str = "deliver_sm"


class Connection(Protocol):
    """A link in use: parts go out, their answers and what arrives are taken, until it is lost."""

    row: LinkRow

    @property
    def timers(self) -> Timers:
        """How long it waits."""

    @property
    def lost(self) -> str | None:
        """Why it is over; None while it is in use."""

    async def wait_closed(self) -> None:
        """Until nothing can come any more."""

    async def bind(self) -> None:
        """Raises BindRefused, TimeoutError, or ConnectionError with the words of a loss."""

    def prepare(self, parts: Sequence[Part]) -> None:
        """Make ready what will be submitted soon."""

    def submit(self, parts: Sequence[Part]) -> None:
        """Send these in their order, as far as the window lets them through now, the others as answers come."""

    def acknowledge(self, arrivals: Sequence[Arrival], status: int = 0) -> None:
        """Tell whoever sent them that they are stored, or with another status that they must come again."""

    def flush(self) -> None:
        """Write what was put, in one piece."""

    def take(self) -> tuple[list[Part], list[Arrival]]:
        """Answered parts and arrivals since the last time."""

    def unwritten(self) -> list[Part]:
        """Parts of which no octet left, at the end of the link."""

    @property
    def waiting(self) -> int:
        """Parts without an answer."""

    @property
    def oldest_wait_seconds(self) -> float:
        """For how long the oldest of them has waited."""

    async def unbind(self) -> None:
        """Leave in order: what comes before the other side agrees is still taken."""

    def give_up(self, words: str) -> None:
        """Close the connection; `words` say why."""

    async def close(self, words: str) -> None:
        """The same, and wait until it is closed."""
