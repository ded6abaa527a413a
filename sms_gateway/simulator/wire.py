"""PDUs of the simulator: written apart from the gateway's codec, so that neither hides the other's mistakes."""

import struct
from dataclasses import dataclass

BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 0x01, 0x02, 0x09
SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK = 0x04, 0x05, 0x06, 0x15
GENERIC_NACK, ANSWER = 0x80000000, 0x80000000
BINDS = (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER)

OK, INVALID_COMMAND, NOT_BOUND, THROTTLED = 0x00, 0x03, 0x04, 0x58

_HEADER = struct.Struct(">LLLL")
MOST_OCTETS = 65_536


class NoPdu(Exception):
    """The octets are no PDU; the connection is of no more use."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A submit_sm as it came."""

    source: str
    phone: str
    esm_class: int
    validity: str
    wants_receipt: bool
    data_coding: int
    octets: bytes


def pdu(command: int, sequence: int, status: int = OK, body: bytes = b"") -> bytes:
    return _HEADER.pack(16 + len(body), command, status, sequence) + body


def cut(buffer: bytearray) -> list[tuple[int, int, int, bytes]]:
    """Take the whole PDUs off the buffer: command, status, sequence, body. Raises NoPdu."""
    units = []
    start = 0
    while len(buffer) - start >= 16:
        size, command, status, sequence = _HEADER.unpack_from(buffer, start)
        if not 16 <= size <= MOST_OCTETS:
            raise NoPdu(f"a length of {size}")
        if len(buffer) - start < size:
            break
        units.append((command, status, sequence, bytes(buffer[start + 16 : start + size])))
        start += size
    del buffer[:start]
    return units


def submitted(body: bytes) -> Submitted:
    """The fields of a submit_sm; raises NoPdu where it is cut off."""
    try:
        end = body.index(0) + 3
        source_end = body.index(0, end)
        phone_from = source_end + 3
        phone_end = body.index(0, phone_from)
        esm_class = body[phone_end + 1]
        schedule_end = body.index(0, phone_end + 4)
        validity_end = body.index(0, schedule_end + 1)
        registered, _, data_coding, _, size = body[validity_end + 1 : validity_end + 6]
    except (ValueError, IndexError) as wrong:
        raise NoPdu("a submit_sm that is cut off") from wrong
    octets = body[validity_end + 6 : validity_end + 6 + size]
    if len(octets) < size:
        raise NoPdu("a text that is cut off")
    return Submitted(
        source=body[end:source_end].decode("latin-1"),
        phone=body[phone_from:phone_end].decode("latin-1"),
        esm_class=esm_class,
        validity=body[schedule_end + 1 : validity_end].decode("latin-1"),
        wants_receipt=bool(registered & 1),
        data_coding=data_coding,
        octets=octets,
    )


def deliver_body(source: str, to: str, esm_class: int, data_coding: int, octets: bytes, tlvs: bytes = b"") -> bytes:
    """The body of a deliver_sm from a phone, or of a receipt."""
    addresses = b"\0\x01\x01" + source.encode("latin-1") + b"\0\x01\x01" + to.encode("latin-1") + b"\0"
    flags = bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, data_coding, 0, len(octets)))
    return addresses + flags + octets + tlvs


def text_tlv(tag: int, text: str) -> bytes:
    value = text.encode("latin-1") + b"\0"
    return struct.pack(">HH", tag, len(value)) + value


def octet_tlv(tag: int, value: int) -> bytes:
    return struct.pack(">HHB", tag, 1, value)
