"""A link without a database: octets in, answers and arrivals out, judged by a reader of its own."""

import asyncio
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

from app.domain.sms_states import normal_id
from sms_gateway.link import Link
from sms_gateway.receipts import Receipt
from sms_gateway.rows import Flight, LinkRow, Outgoing, Part
from sms_gateway.timers import Timers

SUBMIT, SUBMIT_RESP, DELIVER, DATA, NACK = 0x04, 0x80000004, 0x05, 0x103, 0x80000000
MOST_OCTETS = 65_536
PARTS = 8


_ROW = {"id": 1, "school_id": 1, "window": PARTS, "source": "ZVONOK", "system_id": "school"}
_WORDS = {"kind": "smpp", "bind": "transceiver", "long_texts": "header"}


def a_row() -> LinkRow:
    """A row of sms_link; columns that are not named here are empty."""
    empty: dict[Any, Any] = {int: 0, str: "", bool: False}
    kinds, given = get_type_hints(LinkRow), {**_ROW, **_WORDS}
    return LinkRow(**{one.name: given.get(one.name, empty.get(kinds[one.name])) for one in fields(LinkRow)})


def _some_parts() -> list[Part]:
    made = []
    for number in range(PARTS):
        until = datetime.now(UTC) + timedelta(hours=1)
        message = Outgoing(number, f"+7999000000{number}", "text", "immediate", 3, until, 0, until, "")
        flight = Flight(message)
        flight.parts = [Part(flight, 1, b"text")]
        made += flight.parts
    return made


class LoneTransport(asyncio.Transport):
    """Keeps what is written, and whether reading is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_closed = False
        self.is_paused = False

    def write(self, data: Any) -> None:
        assert not self.is_closed, "written after the end"
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False


@dataclass
class Said:
    """What a stream of octets says, cut apart from the gateway's own reader."""

    units: list[tuple[int, int, int, bytes]] = field(default_factory=list)
    has_wrong_length: bool = False

    @classmethod
    def of(cls, stream: bytes) -> "Said":
        said, place = cls(), 0
        while place + 4 <= len(stream):
            size = int.from_bytes(stream[place : place + 4], "big")
            if not 16 <= size <= MOST_OCTETS:
                said.has_wrong_length = True
                break
            if place + size > len(stream):
                break
            command, status, sequence = struct.unpack_from(">LLL", stream, place + 4)
            said.units.append((command, status, sequence, stream[place + 16 : place + size]))
            place += size
        return said

    def answers(self, sequence: int) -> list[tuple[int, int, bytes]]:
        """Command, status and body of what answers a submit of this sequence."""
        return [
            (command, status, body)
            for command, status, of, body in self.units
            if of == sequence and command in (SUBMIT_RESP, NACK)
        ]


async def bound_link(transport: LoneTransport) -> Link:
    link = Link(a_row(), Timers(), lambda: None)
    link.connection_made(transport)
    binding = asyncio.ensure_future(link.bind())
    await asyncio.sleep(0)
    ((command, _, sequence, _),) = Said.of(bytes(transport.written)).units
    link.data_received(struct.pack(">LLLL", 17, command | 0x80000000, 0, sequence) + b"\0")
    await binding
    return link


async def heard(chunks: Iterable[bytes]) -> None:
    """Feed a link that waits for the answers to its parts with these octets, and judge what it made of them."""
    stream = b"".join(chunks := list(chunks))
    said, parts, transport = Said.of(stream), _some_parts(), LoneTransport()
    link = await bound_link(transport)
    link.submit(parts)
    link.flush()
    submitted = [unit for unit in Said.of(bytes(transport.written)).units if unit[0] == SUBMIT]
    sequences = {sequence: part for (_, _, sequence, _), part in zip(submitted, parts, strict=True)}
    for chunk in chunks:
        link.data_received(chunk)
    answered, arrived = link.take()
    if link.lost is None:
        link.acknowledge(arrived)
        link.flush()
    _judge(said, sequences, answered, arrived, link.lost)
    Said.of(bytes(transport.written))
    link.connection_lost(None)
    assert link.lost is not None


def _judge(said: Said, sequences: dict[int, Part], answered: list[Part], arrived: list[Any], lost: str | None) -> None:
    assert len(answered) == len(set(map(id, answered))), "a part was answered twice"
    for sequence, part in sequences.items():
        answers = said.answers(sequence)
        if part in answered:
            command, status, body = answers[0]
            assert part.status == (status or (0x03 if command == NACK else 0))
            if command == SUBMIT_RESP and not status and part.smsc_id:
                assert part.smsc_id == normal_id(body.split(b"\0")[0].decode("latin-1"))
        elif lost is None:
            assert answers == [], "an answer was lost"
    deliveries = [unit for unit in said.units if unit[0] in (DELIVER, DATA)]
    assert [arrival.sequence for arrival in arrived] == [unit[2] for unit in deliveries][: len(arrived)]
    if lost is None:
        assert len(arrived) == len(deliveries), "a delivery was lost"
        assert not said.has_wrong_length
    for arrival, (_, _, _, body) in zip(arrived, deliveries, strict=False):
        if isinstance(arrival.content, Receipt) and arrival.content.phone.startswith("+"):
            assert arrival.content.phone.lstrip("+7").encode() in body
