"""PDUs of the simulator: written apart from the gateway's codec, so that neither hides the other's mistakes."""

import struct
from dataclasses import dataclass

BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 0x01, 0x02, 0x09
SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK, DATA_SM = 0x04, 0x05, 0x06, 0x15, 0x103
GENERIC_NACK, ANSWER = 0x80000000, 0x80000000
BINDS = (BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER)

OK, INVALID_COMMAND, NOT_BOUND, ALREADY_BOUND, INVALID_DESTINATION, THROTTLED = 0x00, 0x03, 0x04, 0x05, 0x0B, 0x58

MESSAGE_PAYLOAD = 0x0424

_HEADER = struct.Struct(">LLLL")
_TLV = struct.Struct(">HH")
MOST_OCTETS = 131_072  # a text in message_payload is at most 64 KiB, and the rest of its PDU comes on top


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
    is_payload: bool = False  # the text came whole in message_payload


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


def bound_name(body: bytes) -> str:
    """The system_id of a bind; raises NoPdu where it does not end."""
    end = body.find(0)
    if end < 0:
        raise NoPdu("a bind that is cut off")
    return body[:end].decode("latin-1")


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
    text_end = validity_end + 6 + size
    octets = body[validity_end + 6 : text_end]
    if len(octets) < size:
        raise NoPdu("a text that is cut off")
    payload = optional(body, text_end).get(MESSAGE_PAYLOAD) if len(body) > text_end else None
    return Submitted(
        source=body[end:source_end].decode("latin-1"),
        phone=body[phone_from:phone_end].decode("latin-1"),
        esm_class=esm_class,
        validity=body[schedule_end + 1 : validity_end].decode("latin-1"),
        wants_receipt=bool(registered & 1),
        data_coding=data_coding,
        octets=octets if payload is None else payload,
        is_payload=payload is not None,
    )


def optional(body: bytes, place: int) -> dict[int, bytes]:
    """The optional parameters from this place on, by their tags; raises NoPdu where one is cut off."""
    found: dict[int, bytes] = {}
    while place < len(body):
        if place + _TLV.size > len(body):
            raise NoPdu("an optional parameter that is cut off")
        tag, size = _TLV.unpack_from(body, place)
        place += _TLV.size
        if place + size > len(body):
            raise NoPdu("an optional parameter longer than its PDU")
        found[tag] = body[place : place + size]
        place += size
    return found


def deliver_body(source: str, to: str, esm_class: int, data_coding: int, octets: bytes, tlvs: bytes = b"") -> bytes:
    """The body of a deliver_sm from a phone, or of a receipt."""
    flags = bytes((esm_class, 0, 0)) + b"\0\0" + bytes((0, 0, data_coding, 0, len(octets)))
    return _addresses(source, to) + flags + octets + tlvs


def data_body(source: str, to: str, esm_class: int, data_coding: int, tlvs: bytes) -> bytes:
    """The body of a data_sm: as a deliver_sm, but with its text among the optional parameters."""
    return _addresses(source, to) + bytes((esm_class, 0, data_coding)) + tlvs


def _addresses(source: str, to: str) -> bytes:
    return b"\0" + _address(source) + _address(to)


def _address(written: str) -> bytes:
    """TON and NPI by what it looks like: an international number, a short one, or a name."""
    kind = b"\x05\0" if not written.isdecimal() else b"\x01\x01" if len(written) > 8 else b"\0\x01"
    return kind + written.encode("latin-1") + b"\0"


def tlv(tag: int, value: bytes) -> bytes:
    return _TLV.pack(tag, len(value)) + value
