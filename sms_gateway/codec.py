"""PDUs by smpplib's codec, made careful: what an SMSC sends is measured before it is believed."""

import struct
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from smpplib import command, consts, exceptions, pdu

HEADER_OCTETS = 16
MOST_OCTETS = 65_536
MOST_SEQUENCE = 0x7FFFFFFF
_C_STRING, _COUNTED = 0, -1  # ends with NUL; as long as sm_length says

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


class _Numbers:
    """What smpplib asks a client for; our sequences are set by the link."""

    sequence = 0

    def next_sequence(self) -> int:
        return 0


_NUMBERS = _Numbers()


class _Lean:
    """Fields that were not given are None by the class: smpplib would set all forty of them on each PDU."""

    def _set_vars(self, **given: Any) -> None:
        for name, value in given.items():
            if value is not None:
                setattr(self, name, value)

    def field_is_optional(self, field: str) -> bool:
        return False  # `params_order` holds the mandatory ones only


class _Careful(_Lean):
    """Reading that raises Malformed where smpplib would take garbage for a value, or fall with a KeyError.

    A parameter that we do not read, or that has another size than its own, is passed over by the length it states.
    """

    plan: tuple[tuple[str, int], ...]  # mandatory fields and their octets, by smpplib's tables; see `_plan`

    def parse_params(self, octets: bytes) -> None:
        place, end, values = 0, len(octets), self.__dict__
        for field, size in self.plan:
            if place >= end:
                return  # an answer that refuses has no body
            if size == _C_STRING:
                stop = octets.find(0, place)
                if stop < 0:
                    raise Malformed(f"{field} does not end")
                values[field] = octets[place:stop]
                place = stop + 1
                continue
            stop = place + (values.get("sm_length") or 0 if size == _COUNTED else size)
            if stop > end:
                raise Malformed(f"{field} is longer than the PDU")
            values[field] = octets[place:stop] if size == _COUNTED else int.from_bytes(octets[place:stop], "big")
            place = stop
        if place < end:
            self.parse_optional_params(octets[place:])

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


def _kind(name: str, manner: type = _Lean) -> type:
    """smpplib's class of a PDU, lean, and without the optional parameters: those that we read we take ourselves."""
    smpplib_kind: Any = type(command.factory(name, client=_NUMBERS))
    mandatory = tuple(field for field in smpplib_kind.params_order if field not in consts.OPTIONAL_PARAMS)
    nothing = dict.fromkeys((*smpplib_kind.params, *(field for field, _ in _READ.values())))
    own = {"params_order": mandatory, "plan": tuple(_plan(smpplib_kind, mandatory)), "command": name}
    return type(f"Our{smpplib_kind.__name__}", (manner, smpplib_kind), {**nothing, **own, "status": 0, "sequence": 0})


def _plan(smpplib_kind: Any, mandatory: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Each field with its octets, or how its end is found."""
    for field in mandatory:
        param = smpplib_kind.params[field]
        yield field, param.size if param.type is int else _C_STRING if param.type is str else _COUNTED


_READING = {
    pdu.command_codes.get_command_code(name): (name, _kind(name, _Careful))
    for name in (
        "bind_transceiver_resp",
        "bind_transmitter_resp",
        "bind_receiver_resp",
        "submit_sm_resp",
        "deliver_sm",
        "data_sm",
        "unbind",
        "unbind_resp",
        "enquire_link",
        "enquire_link_resp",
        "generic_nack",
        "alert_notification",
    )
}
_WRITING = {
    name: _kind(name)
    for name in (
        "bind_transceiver",
        "bind_transmitter",
        "bind_receiver",
        "submit_sm",
        "deliver_sm_resp",
        "data_sm_resp",
        "unbind",
        "unbind_resp",
        "enquire_link",
        "enquire_link_resp",
        "generic_nack",
    )
}


def made(name: str, sequence: int, status: int = 0, **fields: Any) -> bytes:
    """The octets of one PDU; those without fields are written by smpplib once and then only get their sequence."""
    return _made(name, sequence, status, **fields) if fields else with_sequence(_bare(name, status), sequence)


@cache
def _bare(name: str, status: int) -> bytes:
    return _made(name, 0, status)


def _made(name: str, sequence: int, status: int, **fields: Any) -> bytes:
    """smpplib ignores a sequence among the fields, so it is set afterwards."""
    unit: Any = _WRITING[name](name, client=_NUMBERS, **fields)
    unit.status = status
    unit.sequence = sequence
    octets: bytes = unit.generate()
    return octets


def with_sequence(octets: bytes, sequence: int) -> bytes:
    """The same PDU under another sequence."""
    return octets[:12] + sequence.to_bytes(4, "big") + octets[16:]


def with_length(octets: bytes) -> bytes:
    """The same PDU with the length that it has."""
    return len(octets).to_bytes(4, "big") + octets[4:]


def payload_parameter(payload: bytes) -> bytes:
    """message_payload (SMPP 3.4 §5.3.2.32), to stand at the end of a PDU."""
    return struct.pack(">HH", consts.OPTIONAL_PARAMS["message_payload"], len(payload)) + payload


def read(octets: bytes) -> Any:
    """One PDU of smpplib from its octets; raises Malformed, or UnknownCommand where only the command is foreign."""
    _, code, status, sequence = struct.unpack_from(">LLLL", octets)
    if code not in _READING:
        raise UnknownCommand(code, sequence)
    name, kind = _READING[code]
    unit: Any = object.__new__(kind)  # smpplib's __init__ sets every field that we have by the class
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
