"""PDUs by smpplib's codec, made careful: what an SMSC sends is measured before it is believed."""

import struct
from collections.abc import Iterator
from typing import Any

from smpplib import command, consts, exceptions, pdu

HEADER_OCTETS = 16
MOST_OCTETS = 65_536
MOST_SEQUENCE = 0x7FFFFFFF

# Optional parameters that we read: tag → name, octets (0: a text that ends with NUL or with the parameter).
_READ = {
    consts.OPTIONAL_PARAMS[name]: (name, octets)
    for name, octets in (
        ("receipted_message_id", 0),
        ("message_state", 1),
        ("message_payload", -1),
        ("sar_msg_ref_num", 2),
        ("sar_total_segments", 1),
        ("sar_segment_seqnum", 1),
    )
}


class Malformed(Exception):
    """What came is no PDU, or none of a shape that SMPP 3.4 allows; the text says what is wrong."""


class UnknownCommand(Exception):
    """A whole PDU with a command that smpplib does not know: answered with generic_nack, the link stays."""

    def __init__(self, code: int, sequence: int) -> None:
        super().__init__(f"unknown command 0x{code:08X}")
        self.code = code
        self.sequence = sequence

    @property
    def is_response(self) -> bool:
        return bool(self.code & 0x80000000)


class _Careful:
    """Reading that raises Malformed where smpplib would take garbage for a value, or fall with a KeyError.

    A parameter that we do not read, or that has another size than its own, is passed over by the length it states.
    """

    def _parse_string(self, field: str, octets: bytes, place: int) -> tuple[bytes, int]:
        end = octets.find(0, place)
        if end < 0:
            raise Malformed(f"{field} does not end")
        setattr(self, field, octets[place:end])
        return octets, end + 1

    def _parse_ostring(self, field: str, octets: bytes, place: int) -> tuple[bytes, int]:
        end = place + (getattr(self, "sm_length", 0) or 0)
        if end > len(octets):
            raise Malformed(f"{field} is longer than the PDU")
        setattr(self, field, octets[place:end])
        return octets, end

    def parse_optional_params(self, octets: bytes) -> None:
        place = 0
        while place < len(octets):
            if place + 4 > len(octets):
                raise Malformed("an optional parameter is cut off")
            tag, size = struct.unpack_from(">HH", octets, place)
            place += 4 + size
            if place > len(octets):
                raise Malformed(f"optional parameter 0x{tag:04X} is longer than the PDU")
            if tag in _READ:
                self._take(*_READ[tag], octets[place - size : place])

    def _take(self, name: str, size: int, value: bytes) -> None:
        if size == 0:
            setattr(self, name, value.split(b"\0", 1)[0])
        elif size == -1:
            setattr(self, name, value)
        elif size == len(value):
            setattr(self, name, int.from_bytes(value, "big"))


def _careful(kind: type) -> type:
    return type(f"Careful{kind.__name__}", (_Careful, kind), {})


class Submit(command.SubmitSM):
    """submit_sm without optional parameters, which we do not send and smpplib would walk through each time."""

    params_order = command.SubmitSM.params_order[:18]


_KINDS: dict[str, type] = {
    "bind_transceiver_resp": _careful(command.BindTransceiverResp),
    "bind_transmitter_resp": _careful(command.BindTransmitterResp),
    "bind_receiver_resp": _careful(command.BindReceiverResp),
    "submit_sm_resp": _careful(command.SubmitSMResp),
    "deliver_sm": _careful(command.DeliverSM),
    "data_sm": _careful(command.DataSM),
    "unbind": command.Unbind,
    "unbind_resp": command.UnbindResp,
    "enquire_link": command.EnquireLink,
    "enquire_link_resp": command.EnquireLinkResp,
    "generic_nack": command.GenericNAck,
    "alert_notification": _careful(command.AlertNotification),
}
_NAMES: dict[int, str] = {code: name for name in _KINDS if (code := pdu.command_codes.get_command_code(name))}


class _Numbers:
    """What smpplib asks a client for; our sequences are set by the link."""

    sequence = 0

    def next_sequence(self) -> int:
        return 0


_NUMBERS = _Numbers()


def made(name: str, sequence: int, status: int = 0, **fields: Any) -> bytes:
    """The octets of one PDU. smpplib ignores a sequence among the fields, so it is set afterwards."""
    kind = Submit if name == "submit_sm" else None
    unit = kind(name, client=_NUMBERS, **fields) if kind else command.factory(name, client=_NUMBERS, **fields)
    unit.status = status
    unit.sequence = sequence
    octets: bytes = unit.generate()
    return octets


def read(octets: bytes) -> Any:
    """One PDU of smpplib from its octets; raises Malformed, or UnknownCommand where only the command is foreign."""
    _, code, status, sequence = struct.unpack_from(">LLLL", octets)
    name = _NAMES.get(code)
    if name is None:
        raise UnknownCommand(code, sequence)
    unit = _KINDS[name](name, client=_NUMBERS)
    unit.status = status
    unit.sequence = sequence
    if len(octets) > HEADER_OCTETS:
        try:
            unit.parse_params(octets[HEADER_OCTETS:])
        except (struct.error, KeyError, ValueError, TypeError, AttributeError, exceptions.UnknownCommandError) as wrong:
            raise Malformed(f"{name} cannot be read: {wrong}") from wrong
    return unit


def text_of(octets: bytes) -> str:
    """A C-octet string as text; smpplib leaves it as it came."""
    return octets.decode("latin-1")


class Reader:
    """Cuts a stream into PDUs; half of one waits for its other half, whatever the timers do meanwhile."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, octets: bytes) -> Iterator[bytes]:
        """The PDUs that are whole by now; raises Malformed for a length that none can have."""
        buffer = self._buffer
        buffer += octets
        start, end = 0, len(buffer)
        try:
            while end - start >= 4:
                size = int.from_bytes(buffer[start : start + 4], "big")
                if not HEADER_OCTETS <= size <= MOST_OCTETS:
                    raise Malformed(f"a PDU of {size} octets")
                if end - start < size:
                    break
                yield bytes(buffer[start : start + size])
                start += size
        finally:
            del buffer[:start]
