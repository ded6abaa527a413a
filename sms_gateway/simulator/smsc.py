"""The simulator's SMPP side: sessions that bind and submit, receipts and texts that go back to them."""

import asyncio
import itertools
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from app.domain.sms_text import Coding, decoded, segmented, without_header
from sms_gateway.simulator import wire
from sms_gateway.simulator.behaviour import Behaviour, digits
from sms_gateway.simulator.phones import Phones, Text

log = structlog.get_logger(__name__)

REDELIVER_SECONDS = 0.5
MOST_KEPT = 50_000
_RECEIPT, _HEADER = 0x04, 0x40
_MESSAGE_ID, _MESSAGE_STATE = 0x001E, 0x0427
_DELIVERED, _UNDELIVERABLE = 2, 5


@dataclass(slots=True)
class _Accepted:
    """A part that was taken: what its receipt needs."""

    number: int
    given: wire.Submitted
    text: Text | None
    at: datetime


class Smsc:
    """All sessions, the phones, and what waits for a session to be delivered to."""

    def __init__(self, phones: Phones) -> None:
        self.phones = phones
        self.behaviour = Behaviour()
        self.figures: Counter[str] = Counter()
        self.sessions: list[Session] = []
        self._numbers = itertools.count(int(time.time()) * 1000)  # no id comes again after a restart
        self._references = itertools.count(random.randrange(256))
        self._to_deliver: deque[bytes] = deque(maxlen=MOST_KEPT)
        self._taken: deque[float] = deque()

    def reset(self) -> None:
        """Behave well, with empty phones."""
        self.behaviour = Behaviour()
        self.figures.clear()
        self.phones.forget()
        self._to_deliver.clear()

    def write(self, phone: str, text: str, to: str) -> int:
        """A phone's owner writes; the parts go to a session that receives, now or when there is one."""
        sms = segmented(text)
        reference = next(self._references)
        for octets in sms.payloads(reference):
            esm_class = _HEADER if len(sms.segments) > 1 else 0
            self.deliver(wire.deliver_body(digits(phone), digits(to), esm_class, sms.coding, octets))
        self.phones.write(f"+{digits(phone)}", text, len(sms.segments), to)
        self.figures["written"] += 1
        return len(sms.segments)

    def deliver(self, body: bytes) -> None:
        self._to_deliver.append(body)
        self.pump()

    def pump(self) -> None:
        """Hand what waits to sessions that receive."""
        receivers = [session for session in self.sessions if session.receives]
        while self._to_deliver and receivers:
            random.choice(receivers).deliver(self._to_deliver.popleft())

    def again(self, bodies: list[bytes]) -> None:
        """What was not acknowledged is delivered again."""
        self._to_deliver.extendleft(reversed(bodies))
        asyncio.get_running_loop().call_later(REDELIVER_SECONDS, self.pump)

    def verdict(self, given: wire.Submitted) -> int:
        """The command_status that this submit_sm gets."""
        behaviour = self.behaviour
        if behaviour.throttle:
            now = time.monotonic()
            while self._taken and self._taken[0] < now - 1.0:
                self._taken.popleft()
            if len(self._taken) >= behaviour.throttle:
                return wire.THROTTLED
            self._taken.append(now)
        if given.phone in behaviour.fail_numbers:
            return behaviour.fail_numbers[given.phone]
        return behaviour.fail_status if random.random() < behaviour.fail_share else wire.OK

    def accept(self, given: wire.Submitted) -> _Accepted:
        self.figures["accepted"] += 1
        return _Accepted(next(self._numbers), given, self.phones.receive(given), datetime.now(UTC))

    def answer_id(self, accepted: _Accepted) -> str:
        return f"{accepted.number:x}" if self.behaviour.hex_ids else str(accepted.number)

    def send_receipt(self, accepted: _Accepted) -> None:
        """The receipt, or two, or none, as the behaviour says."""
        behaviour, given = self.behaviour, accepted.given
        if not given.wants_receipt:
            return
        failed = given.phone in behaviour.undeliverable_numbers or random.random() < behaviour.undeliverable_share
        lost = random.random() < behaviour.lose_receipts
        if accepted.text is not None:
            said = "lost" if lost else "undeliverable" if failed else "delivered"
            self.phones.settled(accepted.text, said)
        if not lost:
            for _ in range(2 if behaviour.receipts == "twice" else 1):
                self.figures["receipts"] += 1
                self.deliver(_receipt_body(accepted, failed))


def _receipt_body(accepted: _Accepted, failed: bool) -> bytes:
    given = accepted.given
    _, octets = without_header(given.octets) if given.esm_class & _HEADER else (None, given.octets)
    start = decoded(octets, given.data_coding)
    start = start[: 20 if start.isascii() else 8]  # of two octets each, more would not fit
    text = (
        f"id:{accepted.number} sub:001 dlvrd:{0 if failed else 1:03} submit date:{accepted.at:%y%m%d%H%M} "
        f"done date:{datetime.now(UTC):%y%m%d%H%M} stat:{'UNDELIV' if failed else 'DELIVRD'} "
        f"err:{1 if failed else 0:03} text:{start}"
    )
    tlvs = wire.text_tlv(_MESSAGE_ID, str(accepted.number)) + wire.octet_tlv(
        _MESSAGE_STATE, _UNDELIVERABLE if failed else _DELIVERED
    )
    coding = Coding.GSM if text.isascii() else Coding.UCS2
    encoded = text.encode("ascii" if text.isascii() else "utf-16-be", "replace")
    return wire.deliver_body(given.phone, given.source, _RECEIPT, coding, encoded, tlvs)


class Session(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, smsc: Smsc) -> None:
        self._smsc = smsc
        self._buffer = bytearray()
        self._out: list[bytes] = []
        self._bound_as = 0
        self._unanswered: dict[int, bytes] = {}
        self._sequence = 0
        self._transport: asyncio.Transport | None = None
        self._submits = 0

    @property
    def receives(self) -> bool:
        return self._bound_as in (wire.BIND_RECEIVER, wire.BIND_TRANSCEIVER)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._smsc.sessions.append(self)

    def connection_lost(self, problem: Exception | None) -> None:
        self._transport = None
        self._bound_as = 0
        self._smsc.sessions.remove(self)
        if self._unanswered:
            self._smsc.again(list(self._unanswered.values()))

    def data_received(self, octets: bytes) -> None:
        self._buffer += octets
        try:
            for command, status, sequence, body in wire.cut(self._buffer):
                self._take(command, status, sequence, body)
        except wire.NoPdu as wrong:
            log.warning("a client sent no PDU", problem=str(wrong))
            if self._transport is not None:
                self._transport.close()
        self._flush()

    def deliver(self, body: bytes) -> None:
        self._sequence += 1
        self._unanswered[self._sequence] = body
        self._put(wire.pdu(wire.DELIVER_SM, self._sequence, body=body))

    def _take(self, command: int, status: int, sequence: int, body: bytes) -> None:
        if command == wire.SUBMIT_SM:
            self._take_submit(sequence, body)
        elif command == wire.DELIVER_SM | wire.ANSWER:
            delivered = self._unanswered.pop(sequence, None)
            if status and delivered is not None:
                self._smsc.again([delivered])
        elif command in wire.BINDS:
            refused = self._smsc.behaviour.refuse_bind
            self._put(wire.pdu(command | wire.ANSWER, sequence, refused, b"ZVONOK\0"))
            if not refused:
                self._bound_as = command
                self._smsc.pump()
        elif command in (wire.ENQUIRE_LINK, wire.UNBIND):
            self._put(wire.pdu(command | wire.ANSWER, sequence))
            if command == wire.UNBIND:
                self._bound_as = 0
        elif not command & wire.ANSWER:
            self._put(wire.pdu(wire.GENERIC_NACK, sequence, wire.INVALID_COMMAND))

    def _take_submit(self, sequence: int, body: bytes) -> None:
        smsc, behaviour = self._smsc, self._smsc.behaviour
        smsc.figures["submits"] += 1
        self._submits += 1
        if behaviour.hang_up_after and self._submits >= behaviour.hang_up_after:
            smsc.behaviour = behaviour.changed({"hang_up_after": 0})
            self._hang_up()
            return
        if self._bound_as not in (wire.BIND_TRANSMITTER, wire.BIND_TRANSCEIVER):
            self._answer(sequence, wire.NOT_BOUND)
            return
        given = wire.submitted(body)
        status = smsc.verdict(given)
        if status:
            smsc.figures[f"refused 0x{status:02X}"] += 1
            self._answer(sequence, status)
            return
        accepted = smsc.accept(given)
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
