"""A transmitter and a receiver in place of one transceiver, for SMSCs that know no bind_transceiver."""

from collections.abc import Sequence

from sms_gateway.connection import Arrival
from sms_gateway.link import Link
from sms_gateway.rows import LinkRow, Part
from sms_gateway.timers import Timers


class Pair:
    """Two connections that live and end together."""

    def __init__(self, transmitter: Link, receiver: Link) -> None:
        self._transmitter = transmitter
        self._receiver = receiver

    @property
    def row(self) -> LinkRow:
        return self._transmitter.row

    @row.setter
    def row(self, row: LinkRow) -> None:
        self._transmitter.row = self._receiver.row = row

    @property
    def timers(self) -> Timers:
        return self._transmitter.timers

    @property
    def lost(self) -> str | None:
        words = self._transmitter.lost or self._receiver.lost
        if words is not None:
            self.give_up(words)
        return words

    async def bind(self) -> None:
        """The receiver first, so that no receipt comes before somebody takes it."""
        await self._receiver.bind()
        await self._transmitter.bind()

    def prepare(self, parts: Sequence[Part]) -> None:
        self._transmitter.prepare(parts)

    def submit(self, parts: Sequence[Part]) -> None:
        self._transmitter.submit(parts)

    def acknowledge(self, arrivals: Sequence[Arrival], status: int = 0) -> None:
        for connection in (self._transmitter, self._receiver):
            connection.acknowledge([arrival for arrival in arrivals if arrival.connection is connection], status)

    def flush(self) -> None:
        self._transmitter.flush()
        self._receiver.flush()

    def take(self) -> tuple[list[Part], list[Arrival]]:
        answered, arrived = self._transmitter.take()
        _, received = self._receiver.take()
        return answered, arrived + received

    def unwritten(self) -> list[Part]:
        return self._transmitter.unwritten()

    @property
    def waiting(self) -> int:
        return self._transmitter.waiting

    @property
    def oldest_wait_seconds(self) -> float:
        return self._transmitter.oldest_wait_seconds

    async def unbind(self) -> None:
        await self._transmitter.unbind()
        await self._receiver.unbind()

    def give_up(self, words: str) -> None:
        self._transmitter.give_up(words)
        self._receiver.give_up(words)

    async def wait_closed(self) -> None:
        await self._transmitter.wait_closed()
        await self._receiver.wait_closed()

    async def close(self, words: str) -> None:
        await self._transmitter.close(words)
        await self._receiver.close(words)
