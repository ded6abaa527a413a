"""An SMSC that does nothing but take: the fastest we can write, so that the benchmark measures the client.

`python -m tests.bench.sink` prints its port and `bound` for each bind; with `--times [PHONE]` also the second at which
each submit_sm came, or each to this phone.
"""

import asyncio
import struct
import sys
import time
from contextlib import suppress

_HEADER = struct.Struct(">LLLL")
_BINDS = frozenset({1, 2, 9})
_SUBMIT, _UNBIND, _ENQUIRE, _DELIVER, _ANSWER = 4, 6, 0x15, 5, 0x80000000
_DELIVERED = struct.pack(">HHB", 0x0427, 1, 2)


class Sink(asyncio.Protocol):
    """Answers each submit_sm at once and sends its receipt with the answer, in one write for all that was read."""

    accepted = 0
    tells_times = False
    watched = b""  # nobody in particular

    def __init__(self) -> None:
        self._buffer = b""
        self._sequence = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, octets: bytes) -> None:
        octets = self._buffer + octets
        out: list[bytes] = []
        start = 0
        while len(octets) - start >= 16:
            size, command, _, sequence = _HEADER.unpack_from(octets, start)
            if len(octets) - start < size:
                break
            if command == _SUBMIT:
                out.append(self._accept(octets, start + 16, sequence))
            elif command in _BINDS:
                out.append(_HEADER.pack(21, command | _ANSWER, 0, sequence) + b"sink\0")
                print("bound", flush=True)
            elif command in (_UNBIND, _ENQUIRE):
                out.append(_HEADER.pack(16, command | _ANSWER, 0, sequence))
            start += size
        self._buffer = octets[start:]
        if out:
            self._transport.write(b"".join(out))

    def _accept(self, octets: bytes, place: int, sequence: int) -> bytes:
        Sink.accepted += 1
        number = b"%d" % Sink.accepted
        source_from = octets.index(0, place) + 3
        source_end = octets.index(0, source_from)
        phone_end = octets.index(0, source_end + 3)
        if Sink.tells_times and octets[source_end + 3 : phone_end].startswith(Sink.watched):
            print(time.time(), flush=True)
        answer = _HEADER.pack(17 + len(number), _SUBMIT | _ANSWER, 0, sequence) + number + b"\0"
        self._sequence += 1
        text = b"id:" + number + b" sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:DELIVRD err:000"
        body = b"".join(
            (
                b"\0\x01\x01" + octets[source_end + 3 : phone_end] + b"\0",
                b"\x01\x01" + octets[source_from:source_end] + b"\0",
                b"\x04\0\0\0\0\x01\0\0\0" + bytes((len(text),)) + text,
                struct.pack(">HH", 0x001E, len(number) + 1) + number + b"\0" + _DELIVERED,
            )
        )
        return answer + _HEADER.pack(16 + len(body), _DELIVER, 0, self._sequence) + body


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print("listens", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    Sink.tells_times = "--times" in sys.argv
    Sink.watched = "".join(sys.argv[2:]).encode()
    with suppress(KeyboardInterrupt):
        asyncio.run(serve())
