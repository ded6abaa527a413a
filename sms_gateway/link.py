"""One SMPP connection: bound, its window kept full, every answer given to the part it belongs to."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from app.domain.sms_states import normal_id
from sms_gateway import codec
from sms_gateway.connection import Arrival
from sms_gateway.receipts import understood
from sms_gateway.rows import LinkRow, Part
from sms_gateway.submit import Sender
from sms_gateway.timers import BindRefused, Timers

log = structlog.get_logger(__name__)

MOST_ARRIVED = 2000
INVALID_COMMAND = 0x03


class Link(asyncio.Protocol):
    """A connection in use. `changed` is called when there are answers or arrivals to take, or the link is lost.

    `bind_as` is transceiver, transmitter or receiver.
    """

    def __init__(self, row: LinkRow, timers: Timers, changed: Callable[[], None], bind_as: str = "transceiver") -> None:
        self.row = row
        self._bind = f"bind_{bind_as}"
        self.timers = timers
        self.answered: list[Part] = []
        self.arrived: list[Arrival] = []
        self.lost: str | None = None
        self._closed = asyncio.Event()
        self._sender = Sender(row)
        self._changed = changed
        self._waiting: dict[int, tuple[Part, float]] = {}
        self._to_send: deque[Part] = deque()
        self._out: list[bytes] = []
        self._reader = codec.Reader()
        self._sequence = 0
        self._loop = asyncio.get_running_loop()
        self._bound: asyncio.Future[int] = self._loop.create_future()
        self._unbound: asyncio.Future[None] = self._loop.create_future()
        self._unbinding = 0  # the sequence of our unbind
        self._heard_at = self._loop.time()
        self._enquired_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None

    # What the loop of the gateway asks for.

    async def bind(self) -> None:
        """Raises BindRefused, TimeoutError, or ConnectionError with the words of a loss."""
        self._put(self._bind, self._next(), system_id=self.row.system_id, password=self.row.password, system_type="")
        self._flush()
        status = await asyncio.wait_for(self._bound, self.timers.bind)
        if status:
            raise BindRefused(status)

    def prepare(self, parts: Sequence[Part]) -> None:
        """Make the octets of parts that will be submitted soon."""
        for part in parts:
            part.octets = self._sender.octets(part)

    def submit(self, parts: Sequence[Part]) -> None:
        """Send these in their order, as far as the window lets them through now, the others as answers come."""
        self._to_send.extend(parts)
        self._fill_window()

    def acknowledge(self, arrivals: Sequence[Arrival], status: int = 0) -> None:
        for arrival in arrivals:
            self._put(f"{arrival.command}_resp", arrival.sequence, status)

    def flush(self) -> None:
        """Write what was put, in one piece."""
        self._flush()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def oldest_wait_seconds(self) -> float:
        oldest = next(iter(self._waiting.values()), None)
        return 0.0 if oldest is None else self._loop.time() - oldest[1]

    def unwritten(self) -> list[Part]:
        """Parts of which no octet left, at the end of the link."""
        return list(self._to_send)

    def take(self) -> tuple[list[Part], list[Arrival]]:
        """What has come since the last time."""
        answered, self.answered = self.answered, []
        arrived, self.arrived = self.arrived, []
        if len(arrived) >= MOST_ARRIVED and self._transport is not None and self.lost is None:
            self._transport.resume_reading()
        return answered, arrived

    async def unbind(self) -> None:
        """Leave in order: what comes before unbind_resp is still taken."""
        if self.lost is None:
            self._unbinding = self._next()
            self._put("unbind", self._unbinding)
            self._flush()
            try:
                await asyncio.wait_for(asyncio.shield(self._unbound), self.timers.unbind)
            except (TimeoutError, ConnectionError):
                log.info("the SMSC did not answer unbind", link=self.row.name)

    def give_up(self, words: str) -> None:
        """Close the connection; `words` say why."""
        self._lose(words)

    async def wait_closed(self) -> None:
        await self._closed.wait()

    async def close(self, words: str) -> None:
        self._lose(words)
        await self._closed.wait()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._timer = self._loop.call_later(self._tick_seconds, self._tick)

    def data_received(self, octets: bytes) -> None:
        self._heard_at = self._loop.time()
        self._enquired_at = None
        try:
            for unit in self._reader.feed(octets):
                self._take(unit)
        except codec.Malformed as wrong:
            log.error("malformed PDU, the link is closed", link=self.row.name, problem=str(wrong))
            self._lose(f"malformed PDU: {wrong}")
            return
        self._fill_window()
        self._flush()
        if len(self.arrived) >= MOST_ARRIVED and self._transport is not None:
            self._transport.pause_reading()
        if self.answered or self.arrived:
            self._changed()

    def eof_received(self) -> bool:
        return False

    def pause_writing(self) -> None:
        """A peer that does not read gets nothing to answer either."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None and self.lost is None and len(self.arrived) < MOST_ARRIVED:
            self._transport.resume_reading()

    def connection_lost(self, problem: Exception | None) -> None:
        self._lose(f"connection lost: {problem}" if problem else "the SMSC hung up")
        self._closed.set()

    # Inside.

    def _take(self, octets: bytes) -> None:
        try:
            unit = codec.read(octets)
        except codec.UnknownCommand as foreign:
            log.warning("unknown command", link=self.row.name, command=f"0x{foreign.code:08X}")
            if not foreign.is_response:
                self._put("generic_nack", foreign.sequence, INVALID_COMMAND)
            return
        _HANDLERS.get(unit.command, Link._ignore)(self, unit)

    def _ignore(self, unit: Any) -> None:
        """alert_notification has no answer, and an enquire_link_resp said by coming what it had to say."""

    def _take_answer(self, unit: Any) -> None:
        part, sent_at = self._waiting.pop(unit.sequence, (None, 0.0))
        if part is None:
            log.warning("an answer to nothing", link=self.row.name, command=unit.command, sequence=unit.sequence)
            return
        part.status = unit.status
        part.seconds = self._loop.time() - sent_at
        if unit.command == "generic_nack":
            part.status = unit.status or INVALID_COMMAND
        elif not unit.status and unit.message_id:
            part.smsc_id = normal_id(codec.text_of(unit.message_id))
        self.answered.append(part)

    def _take_arrival(self, unit: Any) -> None:
        self.arrived.append(Arrival(self, unit.sequence, understood(unit, datetime.now(UTC)), unit.command))

    def _take_enquiry(self, unit: Any) -> None:
        self._put("enquire_link_resp", unit.sequence)

    def _take_bind_answer(self, unit: Any) -> None:
        if unit.command == f"{self._bind}_resp" and not self._bound.done():
            self._bound.set_result(unit.status)

    def _take_unbind(self, unit: Any) -> None:
        self._put("unbind_resp", unit.sequence)
        self._flush()
        self._lose("the SMSC asked us to unbind")

    def _take_unbind_answer(self, unit: Any) -> None:
        if unit.sequence == self._unbinding and not self._unbound.done():
            self._unbound.set_result(None)

    def _take_nack(self, unit: Any) -> None:
        if not self._bound.done():
            self._bound.set_result(unit.status or INVALID_COMMAND)
        elif unit.sequence in self._waiting:
            self._take_answer(unit)
        else:
            log.warning("generic_nack", link=self.row.name, status=unit.status)

    def _fill_window(self) -> None:
        now = self._loop.time()
        while self._to_send and len(self._waiting) < self.row.window and self.lost is None:
            part = self._to_send.popleft()
            sequence = self._next()
            self._waiting[sequence] = (part, now)
            self._out.append(codec.with_sequence(part.octets or self._sender.octets(part), sequence))

    def _put(self, command: str, sequence: int, status: int = 0, **fields: Any) -> None:
        self._out.append(codec.made(command, sequence, status, **fields))

    def _flush(self) -> None:
        if self._out and self._transport is not None and self.lost is None:
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _next(self) -> int:
        """Sequences of this connection; none is used that still waits for its answer."""
        while True:
            self._sequence = self._sequence % codec.MOST_SEQUENCE + 1
            if self._sequence not in self._waiting:
                return self._sequence

    @property
    def _tick_seconds(self) -> float:
        return min(1.0, self.timers.answer / 4, self.timers.enquire / 4)

    def _tick(self) -> None:
        if self.lost is not None:
            return
        now = self._loop.time()
        if self.oldest_wait_seconds > self.timers.answer:
            self._lose(f"no answer to submit_sm for {self.timers.answer:g} s")
        elif self._enquired_at is not None and now - self._enquired_at > self.timers.enquire:
            self._lose("no answer to enquire_link")
        elif self._enquired_at is None and now - self._heard_at > self.timers.enquire and self._bound.done():
            self._enquired_at = now
            self._put("enquire_link", self._next())
            self._flush()
        self._timer = self._loop.call_later(self._tick_seconds, self._tick)

    def _lose(self, words: str) -> None:
        if self.lost is not None:
            return
        self.lost = words
        if self._timer is not None:
            self._timer.cancel()
        for future in (self._bound, self._unbound):
            if not future.done():
                future.set_exception(ConnectionError(words))
                future.exception()  # nobody may be waiting for it
        if self._transport is not None:
            self._transport.close()
            self._loop.call_later(self.timers.unbind, self._transport.abort)  # a peer that never reads
        self._changed()


_HANDLERS: dict[str, Callable[[Link, Any], None]] = {
    "submit_sm_resp": Link._take_answer,
    "deliver_sm": Link._take_arrival,
    "data_sm": Link._take_arrival,
    "enquire_link": Link._take_enquiry,
    "bind_transceiver_resp": Link._take_bind_answer,
    "bind_transmitter_resp": Link._take_bind_answer,
    "bind_receiver_resp": Link._take_bind_answer,
    "unbind": Link._take_unbind,
    "unbind_resp": Link._take_unbind_answer,
    "generic_nack": Link._take_nack,
}
