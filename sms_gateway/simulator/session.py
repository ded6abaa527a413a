"""One connection of a client to the simulator: binds, submits, and what goes back to it."""

import asyncio
from collections.abc import Callable

import structlog

from sms_gateway.simulator import wire
from sms_gateway.simulator.receipts import Delivery
from sms_gateway.simulator.smsc import Smsc

log = structlog.get_logger(__name__)

_TRANSMITS = (wire.BIND_TRANSMITTER, wire.BIND_TRANSCEIVER)
_RECEIVES = (wire.BIND_RECEIVER, wire.BIND_TRANSCEIVER)


class Session(asyncio.Protocol):
    """A client's connection: of a pair, one is bound to transmit and the other to receive."""

    def __init__(self, smsc: Smsc) -> None:
        self.system_id = ""
        self._smsc = smsc
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._bound_as = 0
        self._unanswered: dict[int, Delivery] = {}
        self._sequence = 0
        self._transport: asyncio.Transport | None = None
        self._submits = 0

    @property
    def receives(self) -> bool:
        return self._bound_as in _RECEIVES

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._smsc.sessions.append(self)

    def connection_lost(self, problem: Exception | None) -> None:
        self._transport = None
        self._bound_as = 0
        self._smsc.sessions.remove(self)
        if self._unanswered:
            self._smsc.again(self._unanswered.values())

    def data_received(self, octets: bytes) -> None:
        self._buffer += octets
        try:
            for command, status, sequence, body in wire.cut(self._buffer):
                if self._transport is None or self._transport.is_closing():
                    break  # we have hung up: what came in the same breath was never taken
                self._take(command, status, sequence, body)
        except wire.NoPdu as wrong:
            log.warning("a client sent no PDU", problem=str(wrong))
            self.close()
        self._flush()

    def deliver(self, delivery: Delivery) -> None:
        self._sequence += 1
        self._unanswered[self._sequence] = delivery
        self._put(wire.pdu(delivery.command, self._sequence, body=delivery.body))

    def _take(self, command: int, status: int, sequence: int, body: bytes) -> None:
        if command == wire.SUBMIT_SM:
            self._take_submit(sequence, body)
        elif command in (wire.DELIVER_SM | wire.ANSWER, wire.DATA_SM | wire.ANSWER):
            delivered = self._unanswered.pop(sequence, None)
            if status and delivered is not None:
                self._smsc.again([delivered])
        elif command in wire.BINDS:
            self._take_bind(command, sequence, body)
        elif command in (wire.ENQUIRE_LINK, wire.UNBIND):
            self._put(wire.pdu(command | wire.ANSWER, sequence))
            if command == wire.UNBIND:
                self._bound_as = 0
        elif not command & wire.ANSWER:
            self._put(wire.pdu(wire.GENERIC_NACK, sequence, wire.INVALID_COMMAND))

    def _take_bind(self, command: int, sequence: int, body: bytes) -> None:
        name = wire.bound_name(body)
        status = wire.ALREADY_BOUND if self._bound_as else self._smsc.behaviour.refuse_bind
        self._put(wire.pdu(command | wire.ANSWER, sequence, status, b"ZVONOK\0"))
        if not status:
            self._bound_as, self.system_id = command, name
            self._smsc.pump()

    def _take_submit(self, sequence: int, body: bytes) -> None:
        smsc, behaviour = self._smsc, self._smsc.behaviour
        smsc.figures["submits"] += 1
        self._submits += 1
        if behaviour.hang_up_after and self._submits >= behaviour.hang_up_after:
            smsc.behaviour = behaviour.changed({"hang_up_after": 0})
            self._hang_up()
            return
        if self._bound_as not in _TRANSMITS:
            self._answer(sequence, wire.NOT_BOUND)
            return
        given = wire.submitted(body)
        status = smsc.verdict(given)
        if status:
            smsc.figures[f"refused 0x{status:02X}"] += 1
            self._answer(sequence, status)
            return
        accepted = smsc.accept(given, self.system_id)
        if behaviour.receipts == "early":
            smsc.send_receipt(accepted)
        if not behaviour.never_answer:
            self._answer(sequence, wire.OK, smsc.answer_id(accepted).encode() + b"\0")
        if behaviour.receipts != "early":
            _after(behaviour.answer_delay + behaviour.receipt_delay, lambda: smsc.send_receipt(accepted))

    def _answer(self, sequence: int, status: int, body: bytes = b"") -> None:
        octets = wire.pdu(wire.SUBMIT_SM | wire.ANSWER, sequence, status, body)
        _after(self._smsc.behaviour.answer_delay, lambda: self._put(octets))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _hang_up(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _put(self, octets: bytes) -> None:
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(octets)

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            self._transport.write(b"".join(self._out))
        self._out.clear()


def _after(seconds: float, act: Callable[[], object]) -> None:
    if seconds > 0:
        asyncio.get_running_loop().call_later(seconds, act)
    else:
        act()
